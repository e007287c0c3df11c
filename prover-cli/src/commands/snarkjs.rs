//! `wattproof snarkjs`: files of circom's and snarkjs's tools.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use serde_json::json;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::format::{Bundle, MAX_BUNDLE, MAX_PACKAGE, Setup};
use wattproof_circuits::iden3::{
    Zkey, json as iden3_json, write_r1cs, write_symbols, write_witness,
};
use wattproof_circuits::relation::{Claim, Relation, Statement, circuit_id};
use wattproof_intake::Unnamed;

use super::keys;
use super::setup::{Drafts, WARNING};
use crate::args::{
    AdoptArgs, CircuitArgs, KeyArgs, ProofArgs, SnarkjsCommand, WitnessArgs, ZkeyArgs,
};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::{Report, Screen};

pub(super) fn run(command: &SnarkjsCommand, files: &Files, screen: &Screen) -> Result<Report> {
    match command {
        SnarkjsCommand::Circuit(args) => circuit(args, files),
        SnarkjsCommand::Witness(args) => witness(args, files),
        SnarkjsCommand::Zkey(args) => zkey(args, files, screen),
        SnarkjsCommand::Key(args) => key(args, files),
        SnarkjsCommand::Proof(args) => proof(args, files),
        SnarkjsCommand::Adopt(args) => adopt(args, files, screen),
    }
}

fn circuit(args: &CircuitArgs, files: &Files) -> Result<Report> {
    let policy = files.policy(&args.policy, args.period.as_deref(), Unnamed::Sampled)?.policy;
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    draft(&args.out, Access::Public, |out| write_r1cs(&matrices, out))?;
    if let Some(path) = &args.sym {
        let names = Statement::input_names(&shape);
        draft(path, Access::Public, |out| write_symbols(&matrices, &names, out))?;
    }
    let id = circuit_id(&shape, &matrices);
    let (constraints, variables) = (matrices.constraints(), matrices.variables);
    let text = format!("Circuit {id}, {constraints} constraints. Wrote {}.", args.out.display());
    let json = json!({
        "circuit_id": id, "constraints": constraints, "variables": variables,
        "public_inputs": matrices.inputs - 1, "out": args.out, "sym": args.sym,
    });
    Ok(Report::new(json, text))
}

fn witness(args: &WitnessArgs, files: &Files) -> Result<Report> {
    let claim = files.parse(&args.package, MAX_PACKAGE, Claim::from_json)?;
    let (statement, relation) = claim.check()?;
    let matrices = Relation::matrices(&claim.policy.shape());
    let assignment = Evaluator::assign(&relation, matrices.variables);
    draft(&args.out, Access::Secret, |out| write_witness(&assignment, out))?;
    let text = format!("Wrote {}. SECRET: it holds the readings.", args.out.display());
    let public = iden3_json::public_inputs(&statement.to_public_inputs());
    let public: serde_json::Value = serde_json::from_str(&public).unwrap_or_default();
    let json = json!({ "out": args.out, "variables": assignment.len(), "public_inputs": public });
    Ok(Report::new(json, text).beside(&args.out))
}

fn zkey(args: &ZkeyArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let verifying = keys::read_verifying(&args.key, files)?;
    let phase = screen.phase("Reading the proving key");
    let proving = keys::read_proving(&args.key, &verifying)?;
    phase.next("Writing the key");
    draft(&args.out, Access::Public, |out| Zkey::new(&proving, verifying.key()).write(out))?;
    drop(phase);
    let text = format!("Wrote {}, without contributions: for proving.", args.out.display());
    let json = json!({ "out": args.out, "circuit_id": verifying.circuit_id() });
    Ok(Report::new(json, text))
}

fn key(args: &KeyArgs, files: &Files) -> Result<Report> {
    let verifying = keys::read_verifying(&args.key, files)?;
    let text = iden3_json::verification_key(verifying.key());
    write(&args.out, Access::Public, Existing::Replace, text.as_bytes())?;
    let json = json!({ "out": args.out, "circuit_id": verifying.circuit_id() });
    Ok(Report::new(json, format!("Wrote {}.", args.out.display())).beside(&args.out))
}

fn proof(args: &ProofArgs, files: &Files) -> Result<Report> {
    let bundle = files.parse(&args.bundle, MAX_BUNDLE, Bundle::from_json)?;
    let proof = bundle.proof().map_err(Failure::within(&args.bundle))?;
    let inputs = bundle.statement.to_public_inputs();
    let mut written = Vec::new();
    for (path, text) in [
        (&args.proof, iden3_json::proof(&proof)),
        (&args.public, iden3_json::public_inputs(&inputs)),
        (&args.calldata, iden3_json::calldata(&proof, &inputs) + "\n"),
    ] {
        if let Some(path) = path {
            write(path, Access::Public, Existing::Replace, text.as_bytes())?;
            written.push(path.display().to_string());
        }
    }
    let text = format!("Wrote {}. The proof is not verified by this.", written.join(", "));
    let report = Report::new(json!({ "out": written }), text);
    let paths = [&args.proof, &args.public, &args.calldata].into_iter().flatten();
    Ok(paths.fold(report, |report, path| report.beside(path)))
}

fn adopt(args: &AdoptArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let policy = files.policy(&args.policy, args.period.as_deref(), Unnamed::Sampled)?.policy;
    screen.warn(WARNING);
    let phase = screen.phase("Recording the circuit");
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    let id = circuit_id(&shape, &matrices);
    let drafts = Drafts::create(&args.out, id, Existing::unless(args.force))?;
    phase.next("Reading the key");
    let file = File::open(&args.zkey).map_err(Failure::unreadable(&args.zkey))?;
    let read = Zkey::read(BufReader::with_capacity(1 << 20, file));
    let read = read.and_then(|zkey| zkey.into_keys(id.0, matrices));
    let (proving, verifying) = read.map_err(Failure::within(&args.zkey))?;
    drafts.store(shape, Setup::Dev {}, &proving, verifying, &phase)
}

/// Writes an output piece by piece.
fn draft(
    path: &Path,
    access: Access,
    content: impl FnOnce(&mut Draft) -> std::io::Result<()>,
) -> Result<()> {
    let mut draft = Draft::create(path, access, Existing::Replace)?;
    content(&mut draft).and_then(|()| draft.flush()).map_err(Failure::unwritable(path))?;
    draft.finish()
}
