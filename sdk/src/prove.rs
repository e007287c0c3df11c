//! Proving, for workers that share no memory: one holds the outline of the key, all hold points, and what goes between them
//! is bytes. Nothing here reads a clock or a network.

pub mod disclose;

use crate::error::JsError;
use std::io::{self, Read};
use wasm_bindgen::prelude::*;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::disclosure::{Assessment, Disclosures};
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::{Bundle, SetupStamp};
use wattproof_circuits::groth16::{self, Outline, Part, Sum, Sums};
use wattproof_circuits::hash::F;
use wattproof_circuits::random;
use wattproof_circuits::relation::{Claim, Statement};
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey};
use zeroize::Zeroize;

#[wasm_bindgen]
extern "C" {
    /// The file of a proving key, as JavaScript holds it.
    #[wasm_bindgen(typescript_type = "{ read(into: Uint8Array): number }")]
    pub type Source;

    /// Copies the next bytes and says how many; zero at the end.
    #[wasm_bindgen(method, structural)]
    fn read(this: &Source, into: &mut [u8]) -> u32;
}

struct Reader<'a>(&'a Source);

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok((self.0.read(buffer) as usize).min(buffer.len()))
    }
}

/// Both keys of a circuit, but for the points of the sums.
#[wasm_bindgen]
pub struct Prover {
    verifying: LoadedKey,
    outline: Outline,
    parts: Vec<Vec<Part>>,
}

#[wasm_bindgen]
impl Prover {
    /// Reads a `verifying-key/1` file, and the file of the proving key whose digest it pins. Development keys are refused unless
    /// `allow_dev_keys` is true. The work is cut for so many `workers`, the first of which is this one.
    pub fn load(
        verifying_key_json: &str,
        allow_dev_keys: bool,
        source: &Source,
        workers: u32,
    ) -> Result<Prover, JsError> {
        let trust = KeyPolicy { allow_dev: allow_dev_keys };
        let verifying = LoadedKey::from_json(verifying_key_json, trust)?;
        let file = verifying.file();
        let outline = Outline::read(Reader(source), &file.proving_key_sha256().0)?;
        if outline.circuit_id != file.circuit_id().0 {
            let message = "the proving key is for another circuit than its verifying key.";
            return Err(Error::new(Code::WrongCircuit, message).into());
        }
        let parts = outline.cut(workers as usize);
        Ok(Self { verifying, outline, parts })
    }

    /// JSON: for each worker its parts, each with `sum` (a number for [`Points::read`]), `waits` (for the quotient), and
    /// `begin` and `end`, bytes of the key's file.
    pub fn parts(&self) -> String {
        let part = |part: &Part| {
            serde_json::json!({
                "sum": part.sum as u8,
                "waits": part.sum == Sum::H,
                "begin": part.bytes.start,
                "end": part.bytes.end,
            })
        };
        let worker = |parts: &Vec<Part>| parts.iter().map(part).collect::<Vec<_>>();
        serde_json::Value::from_iter(self.parts.iter().map(worker)).to_string()
    }

    /// Begins a proof of a `witness-package/1` file: judges it by the ledger (a `disclosures/1` file, or none yet), checks it,
    /// and works out the assignment.
    pub fn begin(
        &self,
        witness_json: &str,
        ledger_json: Option<String>,
        over_budget: bool,
    ) -> Result<Proving, JsError> {
        let (claim, ledger) = disclose::read(witness_json, ledger_json)?;
        // In the order of the command line: a refusal for the budget says nothing of the readings.
        let assessment = disclose::assess(&ledger, &claim, over_budget)?;
        let (statement, relation) = claim.check()?;
        if *self.verifying.file().shape() != claim.policy.shape() {
            let message = "witness: its policy needs another circuit than the key's.";
            return Err(Error::new(Code::WrongCircuit, message).into());
        }
        let assignment = Evaluator::assign(&relation, self.outline.matrices.variables);
        let (quotient, sums) = (Vec::new(), Sums::default());
        Ok(Proving { claim, statement, ledger, assessment, assignment, quotient, sums })
    }

    /// The part of a worker.
    fn part(&self, worker: u32, part: u32) -> Result<&Part, Error> {
        let parts = self.parts.get(worker as usize);
        let part = parts.and_then(|parts| parts.get(part as usize));
        part.ok_or_else(|| Error::new(Code::OutOfRange, "there is no such part."))
    }
}

/// A proof on its way. Secret.
#[wasm_bindgen]
pub struct Proving {
    claim: Claim,
    statement: Statement,
    ledger: Disclosures,
    assessment: Assessment,
    assignment: Vec<F>,
    quotient: Vec<F>,
    sums: Sums,
}

#[wasm_bindgen]
impl Proving {
    /// The scalars for a part of a worker: secret. Those of a part that waits are there after `quotient`.
    pub fn scalars(&self, prover: &Prover, worker: u32, part: u32) -> Result<Vec<u8>, JsError> {
        let part = prover.part(worker, part)?;
        let values = if part.sum == Sum::H { &self.quotient } else { &self.assignment };
        Ok(prover.outline.scalars(part, values)?)
    }

    /// Works out the quotient.
    pub fn quotient(&mut self, prover: &Prover) -> Result<(), JsError> {
        self.quotient = prover.outline.quotient(&self.assignment)?;
        Ok(())
    }

    /// Takes the sum of a worker's part.
    pub fn add(
        &mut self,
        prover: &Prover,
        worker: u32,
        part: u32,
        sum: &[u8],
    ) -> Result<(), JsError> {
        let sum_of = prover.part(worker, part)?.sum;
        Ok(self.sums.add(sum_of, sum)?)
    }

    /// Puts the proof together once every part's sum is there, verifies it, and records it. JSON: `bundle` and `ledger`, files
    /// as text, and `disclosure`.
    pub fn finish(&mut self, prover: &Prover, embed_policy: bool) -> Result<String, JsError> {
        let proof = prover.outline.finish(&self.sums, &mut random::rng()?)?;
        let file = prover.verifying.file();
        let stamp = if file.setup().is_trial() { SetupStamp::Dev } else { SetupStamp::Ceremony };
        let policy = embed_policy.then(|| self.claim.policy.clone());
        let (id, statement) = (file.circuit_id(), self.statement.clone());
        let bundle = Bundle::new(id, stamp, statement, &proof, policy);
        let bundle = bundle.signed_by(self.claim.voucher.device().cloned()).to_json();
        // What is handed out is what was verified.
        let again = Bundle::from_json(&bundle);
        again.and_then(|b| prover.verifying.check_proof(&b)).map_err(|e| e.at("bundle"))?;
        let disclosure = disclose::words(&self.claim, &self.statement, &self.assessment);
        self.ledger.record(self.assessment.disclosed().clone());
        let ledger = self.ledger.to_json().map_err(|e| e.at("ledger"))?;
        let json = serde_json::json!({
            "bundle": bundle,
            "ledger": ledger,
            "disclosure": disclosure,
        });
        Ok(json.to_string())
    }
}

impl Drop for Proving {
    fn drop(&mut self) {
        self.assignment.zeroize();
        self.quotient.zeroize();
    }
}

/// The points of one part.
#[wasm_bindgen]
pub struct Points(groth16::Points);

#[wasm_bindgen]
impl Points {
    /// Reads them from their bytes of the key's file, whose digest was compared.
    pub fn read(sum: u8, bytes: &[u8]) -> Result<Points, JsError> {
        let unknown = || Error::new(Code::OutOfRange, "there is no such sum.");
        let sum = Sum::ALL.get(usize::from(sum)).copied().ok_or_else(unknown)?;
        Ok(Self(groth16::Points::read(sum, bytes)?))
    }

    /// The sum of each point times its scalar: secret, as the scalars are.
    pub fn sum(&self, mut scalars: Vec<u8>) -> Result<Vec<u8>, JsError> {
        let sum = self.0.sum(&scalars);
        scalars.zeroize();
        Ok(sum?)
    }
}
