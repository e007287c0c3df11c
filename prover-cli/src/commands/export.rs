//! `wattproof export`: keys as contracts.

use serde_json::json;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::iden3::solidity;
use wattproof_circuits::relation::{Relation, circuit_id};
use wattproof_circuits::verifier::KeyPolicy;

use super::keys;
use crate::args::{ExportCommand, SolidityArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, write};
use crate::screen::{Report, Screen};

pub(super) fn run(command: &ExportCommand, files: &Files, screen: &Screen) -> Result<Report> {
    match command {
        ExportCommand::Solidity(args) => solidity(args, files, screen),
    }
}

fn solidity(args: &SolidityArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let SolidityArgs { key, out, name, allow_development } = args;
    let file = keys::read_verifying(key, files)?;
    let policy = KeyPolicy { allow_dev: *allow_development };
    let text = solidity::verifier(&file, name, policy).map_err(Failure::within(key))?;
    let phase = screen.phase("Recording the circuit");
    let own = circuit_id(file.shape(), &Relation::matrices(file.shape()));
    drop(phase);
    if own != file.circuit_id() {
        let message = "the key is for another version of its circuit than this program proves.";
        return Err(Failure::within(key)(Error::new(Code::WrongCircuit, message)));
    }
    if file.setup().is_dev() {
        screen.warn("A contract of a DEVELOPMENT key: its maker can forge. It says so in setup().");
    }
    write(out, Access::Public, Existing::Replace, text.as_bytes())?;
    let json = json!({
        "out": out, "contracts": [format!("{name}Verifier"), format!("{name}BatchVerifier")],
        "circuit_id": file.circuit_id(), "fingerprint": file.fingerprint(), "setup": file.setup(),
        "public_inputs": file.key().public_inputs(),
    });
    let fingerprint = file.fingerprint();
    let text = format!("Wrote {} for the key with fingerprint {fingerprint}.", out.display());
    Ok(Report::new(json, text).beside(out))
}
