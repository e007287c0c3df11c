//! `wattproof disclosures`, and the ledger's part in proving.

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wattproof_circuits::aggregate::Share;
use wattproof_circuits::disclosure::{Assessment, Disclosed, Disclosures, Permit, bits_text};
use wattproof_circuits::policy::Period;
use wattproof_circuits::relation::Claim;
use wattproof_intake::words::{clip, element, local, purpose};

use crate::args::{Bits, DisclosuresCommand, LedgerArgs};
use crate::disclosures::{FileDisclosures, read};
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::screen::{Report, Screen};

pub(super) fn run(command: &DisclosuresCommand, files: &Files) -> Result<Report> {
    match command {
        DisclosuresCommand::Show { ledger } => show(&read(ledger, files)?),
        DisclosuresCommand::Budget { ledger, bits } => budget(ledger, *bits),
    }
}

fn budget(path: &Path, Bits(bits): Bits) -> Result<Report> {
    let mut file = FileDisclosures::open(path)?;
    file.ledger.set_budget(bits);
    file.save()?;
    let text = match bits {
        Some(bits) => format!("Verifiers may learn {bits} bits of a meter over any one period."),
        None => "There is no budget: proofs are counted and never refused.".into(),
    };
    Ok(Report::new(json!({ "ledger": path, "budget_bits": bits }), text))
}

fn show(ledger: &Disclosures) -> Result<Report> {
    let mut lines = vec![match ledger.budget_bits() {
        Some(bits) => format!("budget: {bits} bits"),
        None => "budget: none".into(),
    }];
    let mut proofs = Vec::new();
    for proof in ledger.proofs() {
        let account = ledger.account(&proof.meter, &proof.period);
        lines.push(format!(
            "{}, {}: {} bits; {} with all that overlaps",
            span(&proof.period)?,
            clip(&proof.scope.1),
            bits_text(proof.millibits()),
            bits_text(account)
        ));
        lines.push(format!("- for {}", purpose(&proof.context)));
        lines.extend(
            proof.facts.iter().map(|fact| {
                format!("- {}; {} bits", clip(&fact.text), bits_text(fact.millibits()))
            }),
        );
        lines.extend(proof.parts.iter().map(|part| {
            format!("- in a sum: hidden output {}, roster {}", part.output, part.roster)
        }));
        proofs.push(proof_json(proof, account));
    }
    if proofs.is_empty() {
        lines.push("No proofs.".into());
    }
    let json = json!({ "budget_bits": ledger.budget_bits(), "proofs": proofs });
    Ok(Report::new(json, lines.join("\n")).essential())
}

fn proof_json(proof: &Disclosed, account: u64) -> Value {
    let facts = proof.facts.iter();
    let facts: Vec<_> = facts
        .map(|f| json!({ "figure": f.figure, "text": f.text, "millibits": f.millibits() }))
        .collect();
    let sums = proof.parts.iter();
    let sums: Vec<_> = sums.map(|p| json!({ "output": p.output, "roster": p.roster })).collect();
    json!({
        "meter": element(&proof.meter),
        "period": proof.period,
        "authority": proof.scope.0,
        "name": proof.scope.1,
        "policy_digest": element(&proof.policy_digest),
        "context": proof.context,
        "facts": facts,
        "sums": sums,
        "millibits": proof.millibits(),
        "account_millibits": account,
    })
}

/// In UTC: a ledger has periods of many calendars.
fn span(period: &Period) -> Result<String> {
    let zone = TimeZone::UTC;
    Ok(format!("{} to {} UTC", local(period.start(), &zone)?, local(period.end(), &zone)?))
}

/// A proof on its way, and the ledger that counts it; held by this process until the proof is out.
pub(super) struct Counted(Option<(FileDisclosures, Assessment)>);

/// Judges a claim by the ledger that was named.
pub(super) fn assess(args: &LedgerArgs, claim: &Claim, shares: &[Share]) -> Result<Counted> {
    let permit = Permit { over_budget: args.over_budget, another_sum: args.another_sum };
    let Some(path) = &args.disclosures else {
        if permit != Permit::default() {
            let message = "--over-budget and --another-sum are said to a ledger: --disclosures";
            return Err(Failure::Usage(message.into()));
        }
        return Ok(Counted(None));
    };
    let file = FileDisclosures::open(path)?;
    let assessment = file.ledger.assess(claim, shares, permit)?;
    Ok(Counted(Some((file, assessment))))
}

impl Counted {
    /// What verifiers who compare notes will know; warns of what the owner should not miss.
    pub(super) fn tell(&self, screen: &Screen) {
        let Some((file, assessment)) = &self.0 else {
            screen.say("Earlier proofs are not counted: --disclosures FILE keeps a ledger of what they told.");
            return;
        };
        if file.is_new {
            screen.say("The ledger begins with this proof: earlier ones are not counted.");
        }
        let mut lines = vec![match assessment.earlier() {
            0 => "With no other proof over this period, verifiers who compare notes will know:"
                .to_owned(),
            n => {
                format!("With {n} earlier over this period, verifiers who compare notes will know:")
            }
        }];
        lines.extend(assessment.steps().iter().map(|step| match step.millibits {
            0 => format!("- {}", step.text),
            bits => format!("- {}; {} bits", step.text, bits_text(bits)),
        }));
        let (adds, all) = (bits_text(assessment.millibits()), bits_text(assessment.account()));
        lines.push(match assessment.budget_bits() {
            Some(budget) => {
                format!("It adds {adds} bits. With it the account has {all} of {budget}.")
            }
            None => {
                format!("It adds {adds} bits. With it the account has {all}; there is no budget.")
            }
        });
        screen.say(&lines.join("\n"));
        if let Some(budget) = assessment.budget_bits() {
            if assessment.is_over_budget() {
                screen.warn(&format!("past the budget of {budget} bits, as allowed: {all} bits."));
            } else if assessment.millibits() > 0 && assessment.account() > u64::from(budget) * 750 {
                screen.warn(&format!(
                    "{all} of the budget's {budget} bits are used with this proof."
                ));
            }
        }
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let Some((_, assessment)) = &self.0 else { return Value::Null };
        let steps = assessment.steps().iter();
        let steps: Vec<_> =
            steps.map(|s| json!({ "text": s.text, "millibits": s.millibits })).collect();
        json!({
            "earlier": assessment.earlier(),
            "steps": steps,
            "adds_millibits": assessment.millibits(),
            "account_millibits": assessment.account(),
            "budget_bits": assessment.budget_bits(),
        })
    }

    /// Enters the proof into the ledger. Once this returns, it may be handed out.
    pub(super) fn record(self) -> Result<()> {
        let Some((mut file, assessment)) = self.0 else { return Ok(()) };
        file.ledger.record(assessment.disclosed().clone());
        file.save()
    }
}
