//! What a proof will tell, before it is made: the disclosure ledger in JavaScript.

use crate::error::JsError;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wattproof_circuits::disclosure::{Assessment, Disclosures, Permit};
use wattproof_circuits::error::{Error, Result};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::relation::{Claim, Statement};
use wattproof_circuits::verifier::OutputWords;

/// What a yes will reveal: JSON as `disclosure` of `Proving.finish`. Refused past the owner's budget, and if the readings do not
/// meet the policy.
#[wasm_bindgen]
pub fn disclose(witness_json: &str, ledger_json: Option<String>) -> Result<String, JsError> {
    let (claim, ledger) = read(witness_json, ledger_json)?;
    let assessment = assess(&ledger, &claim, false)?;
    let (statement, _) = claim.check()?;
    Ok(words(&claim, &statement, &assessment).to_string())
}

/// Sets the budget of a ledger, or takes it away; begins a ledger if there is none. JSON: the ledger.
#[wasm_bindgen(js_name = setBudget)]
pub fn set_budget(ledger_json: Option<String>, bits: Option<u32>) -> Result<String, JsError> {
    let mut ledger = read_ledger(ledger_json)?;
    ledger.set_budget(bits);
    Ok(ledger.to_json()?)
}

/// The claim of a `witness-package/1` file and the ledger of a `disclosures/1` file.
pub(super) fn read(
    witness_json: &str,
    ledger_json: Option<String>,
) -> Result<(Claim, Disclosures)> {
    let claim = Claim::from_json(witness_json).map_err(|e| e.at("witness"))?;
    Ok((claim, read_ledger(ledger_json)?))
}

fn read_ledger(json: Option<String>) -> Result<Disclosures> {
    let ledger = json.as_deref().map(Disclosures::from_json).transpose();
    ledger.map(Option::unwrap_or_default).map_err(|e: Error| e.at("ledger"))
}

/// Sums of hidden outputs are joined on the command line, so that no shares come with a claim here.
pub(super) fn assess(ledger: &Disclosures, claim: &Claim, over_budget: bool) -> Result<Assessment> {
    ledger.assess(claim, &[], Permit { over_budget, ..Permit::default() })
}

/// What whoever verifies will know, in words.
pub(super) fn words(claim: &Claim, statement: &Statement, assessment: &Assessment) -> Value {
    let policy = &claim.policy;
    let step = |step: &wattproof_circuits::disclosure::Step| json!({ "text": step.text, "millibits": step.millibits });
    json!({
        "period": claim.period,
        "zone": policy.scope().calendar.zone,
        "context": claim.context,
        "policy_digest": field_string(&statement.policy_digest),
        "conditions": policy.words(),
        "revealed": OutputWords::all(policy, &policy.shape().outputs(), &statement.outputs),
        "level": policy.level_words(),
        "root": field_string(&statement.anchor),
        "nullifier": field_string(&statement.nullifier),
        "steps": assessment.steps().iter().map(step).collect::<Vec<_>>(),
        "earlier": assessment.earlier(),
        "adds_millibits": assessment.millibits().to_string(),
        "account_millibits": assessment.account().to_string(),
        "budget_bits": assessment.budget_bits(),
    })
}
