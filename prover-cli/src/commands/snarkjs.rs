//! `wattproof snarkjs`: files of circom's and snarkjs's tools.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use serde_json::json;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::{Bundle, MAX_BUNDLE, MAX_PACKAGE, Setup, VerifyingKeyFile};
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::iden3::{
    Zkey, json as iden3_json, read_witness, write_r1cs, write_symbols, write_witness,
};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Claim, Relation, Statement, circuit_id};
use wattproof_intake::Unnamed;
use wattproof_service::memory;
use zeroize::Zeroizing;

use super::keys;
use super::setup::{Drafts, WARNING};
use crate::args::{
    AdoptArgs, CircuitArgs, KeyArgs, ProofArgs, SnarkjsCommand, SnarkjsProveArgs,
    SnarkjsVerifyArgs, WitnessArgs, ZkeyArgs,
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
        SnarkjsCommand::Prove(args) => prove(args, files, screen),
        SnarkjsCommand::Verify(args) => verify(args, files),
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

fn prove(args: &SnarkjsProveArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let verifying = keys::read_verifying(&args.key, files)?;
    let phase = screen.phase("Reading the witness");
    let file = File::open(&args.witness).map_err(Failure::unreadable(&args.witness))?;
    let assignment = read_witness(BufReader::with_capacity(1 << 20, file));
    let assignment = Zeroizing::new(assignment.map_err(Failure::within(&args.witness))?);
    phase.next("Reading the proving key");
    let proving = keys::read_proving(&args.key, &verifying)?;
    let m = &proving.matrices;
    let other =
        |message: String| Failure::within(&args.witness)(Error::new(Code::WrongCircuit, message));
    if assignment.len() != m.variables {
        let (has, needs) = (assignment.len(), m.variables);
        return Err(other(format!("has {has} values; the key's circuit has {needs}.")));
    }
    // Which one says nothing of the values: the circuit is public.
    if let Some(i) = (0..m.constraints()).find(|i| !m.holds(*i, &assignment)) {
        return Err(other(format!("breaks constraint {i} of the key's circuit.")));
    }
    phase.next("Proving");
    let (proof, _) = proving.prove_timed(&assignment, &mut random::rng()?)?;
    memory::wipe_stacks();
    let inputs = &assignment[1..m.inputs];
    PreparedVerifyingKey::from(verifying.key()).verify(inputs, &proof)?;
    drop(phase);
    for (path, text) in [
        (&args.proof, iden3_json::proof(&proof)),
        (&args.public, iden3_json::public_inputs(inputs)),
    ] {
        write(path, Access::Public, Existing::Replace, text.as_bytes())?;
    }
    let text = format!(
        "The witness meets the circuit. Wrote {} and {}.",
        args.proof.display(),
        args.public.display()
    );
    let json = json!({ "proof": args.proof, "public": args.public });
    Ok(Report::new(json, text).beside(&args.proof).beside(&args.public))
}

fn verify(args: &SnarkjsVerifyArgs, files: &Files) -> Result<Report> {
    let key = files.text(&args.key, iden3_json::MAX_FILE)?;
    // Ours says what it is; theirs does not.
    let key = match key.contains("\"wattproof\"") {
        true => VerifyingKeyFile::from_json(&key).map(|file| file.key().clone()),
        false => iden3_json::read_verification_key(&key),
    };
    let key = key.map_err(Failure::within(&args.key))?;
    let (proof, inputs) = match (&args.calldata, &args.proof, &args.public) {
        (Some(path), ..) => files.parse(path, iden3_json::MAX_FILE, iden3_json::read_calldata)?,
        (None, Some(proof), Some(public)) => (
            files.parse(proof, iden3_json::MAX_FILE, iden3_json::read_proof)?,
            files.parse(public, iden3_json::MAX_FILE, iden3_json::read_public_inputs)?,
        ),
        _ => return Err(Failure::Usage("--proof and --public, or --calldata, is missing".into())),
    };
    PreparedVerifyingKey::from(&key).verify(&inputs, &proof)?;
    let text = "The proof verifies for these public inputs. Whose claim it is, and of what, `wattproof verify` checks.";
    let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    Ok(Report::new(json!({ "verifies": true, "public_inputs": inputs }), text))
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
