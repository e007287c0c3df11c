//! `wattproof ceremony`: a circuit's keys made by many.

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::Path;

use blake2::{Blake2b512, Digest as _};
use serde_json::{Value, json};
use sha2::Sha256;
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::format::{Digest, Setup};
use wattproof_circuits::iden3::{Contribution, Ptau, Source, Zkey};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Relation, Shape, circuit_id};
use wattproof_circuits::setup::ceremony::{
    self, Demands, check_phase1, contribution_hash, initial_key, known_phase1,
};
use wattproof_intake::Unnamed;

use super::setup::Drafts;
use crate::args::{
    BeaconArgs, CeremonyCommand, CeremonyInitArgs, ContributeArgs, FinishArgs, GroundArgs,
    JudgeArgs,
};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::{Phase, Report, Screen};

pub(super) fn run(command: &CeremonyCommand, files: &Files, screen: &Screen) -> Result<Report> {
    match command {
        CeremonyCommand::Init(args) => init(args, files, screen),
        CeremonyCommand::Contribute(args) => contribute(args, files, screen),
        CeremonyCommand::Beacon(args) => beacon(args, screen),
        CeremonyCommand::Verify(args) => verify(args, files, screen),
        CeremonyCommand::Finish(args) => finish(args, files, screen),
    }
}

/// What a ceremony stands on: the circuit, and the first phase.
struct Ground {
    shape: Shape,
    id: Digest,
    matrices: Matrices,
    /// BLAKE2b-512 of the first phase's file, and what it is known as.
    blake2b: String,
    known: Option<String>,
    initial: Zkey,
}

impl Ground {
    /// Makes the initial key anew.
    fn lay(args: &GroundArgs, files: &Files, phase: &Phase) -> Result<Self> {
        let policy = files.policy(&args.policy, args.period.as_deref(), Unnamed::Sampled)?.policy;
        phase.next("Hashing the first phase");
        let mut file = File::open(&args.ptau).map_err(Failure::unreadable(&args.ptau))?;
        let blake2b = hash(&mut file, &args.ptau)?;
        let known = known_phase1(&blake2b);
        let trusted =
            args.trust_ptau.as_ref().is_some_and(|hex| hex.eq_ignore_ascii_case(&blake2b));
        if known.is_none() && !trusted {
            return Err(Failure::Ceremony(format!(
                "{} is no first phase whose ceremony is known here; its BLAKE2b-512 is {blake2b}",
                args.ptau.display()
            )));
        }
        phase.next("Recording the circuit");
        let shape = policy.shape();
        let matrices = Relation::matrices(&shape);
        let id = circuit_id(&shape, &matrices);
        phase.next("Checking the first phase");
        let within = |refusal| Failure::within(&args.ptau)(refusal);
        let rows = matrices.constraints() + matrices.inputs;
        let mut ptau = Ptau::open(BufReader::with_capacity(1 << 20, file)).map_err(within)?;
        let phase1 = ptau.phase1(rows.next_power_of_two().ilog2()).map_err(within)?;
        check_phase1(&phase1, &mut random::rng()?).map_err(refused)?;
        phase.next("Making the initial key");
        let initial = initial_key(&matrices, &phase1).map_err(within)?;
        Ok(Self { shape, id, matrices, blake2b, known, initial })
    }
}

fn hash(file: &mut File, path: &Path) -> Result<String> {
    let mut hasher = Blake2b512::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(Failure::unreadable(path))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    file.rewind().map_err(Failure::unreadable(path))?;
    Ok(hex(&hasher.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(refusal: ceremony::Refusal) -> Failure {
    Failure::Ceremony(refusal.to_string())
}

fn read(path: &Path) -> Result<Zkey> {
    let file = File::open(path).map_err(Failure::unreadable(path))?;
    Zkey::read(BufReader::with_capacity(1 << 20, file)).map_err(Failure::within(path))
}

fn store(key: &Zkey, path: &Path) -> Result<()> {
    let mut draft = Draft::create(path, Access::Public, Existing::Replace)?;
    key.write(&mut draft).and_then(|()| draft.flush()).map_err(Failure::unwritable(path))?;
    draft.finish()
}

fn init(args: &CeremonyInitArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let phase = screen.phase("Reading the policy");
    let ground = Ground::lay(&args.ground, files, &phase)?;
    phase.next("Writing the key");
    store(&ground.initial, &args.out)?;
    drop(phase);
    let circuit_hash = hex(&ground.initial.circuit_hash);
    let text = format!(
        "Circuit {}. Wrote {}, to which nobody contributed yet.\nCircuit hash: {circuit_hash}",
        ground.id,
        args.out.display()
    );
    let json = json!({
        "circuit_id": ground.id, "circuit_hash": circuit_hash, "out": args.out,
        "ptau": { "blake2b": ground.blake2b, "known": ground.known },
    });
    Ok(Report::new(json, text))
}

fn contribute(args: &ContributeArgs, files: &Files, screen: &Screen) -> Result<Report> {
    if args.name.trim().is_empty() {
        return Err(Failure::Usage("--name is empty".into()));
    }
    let phase = screen.phase("Reading the key");
    let mut key = read(&args.key)?;
    let mut seed = [0; 32];
    random::fill(&mut seed)?;
    if let Some(path) = &args.entropy {
        let entropy = files.bytes(path, 1 << 20)?;
        seed = Sha256::new_with_prefix(seed).chain_update(entropy).finalize().into();
    }
    phase.next("Contributing");
    ceremony::contribute(&mut key, &args.name, &mut random::seeded(seed));
    phase.next("Writing the key");
    store(&key, &args.out)?;
    drop(phase);
    Ok(contributed(&key, &args.out))
}

fn beacon(args: &BeaconArgs, screen: &Screen) -> Result<Report> {
    let value = unhex(&args.hash)
        .ok_or_else(|| Failure::Usage("--hash is not hexadecimal digits in pairs".into()))?;
    let phase = screen.phase("Reading the key");
    let mut key = read(&args.key)?;
    phase.next("Hashing and contributing");
    ceremony::contribute_beacon(&mut key, &args.name, &value, args.iterations).map_err(refused)?;
    phase.next("Writing the key");
    store(&key, &args.out)?;
    drop(phase);
    Ok(contributed(&key, &args.out))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let [high, low] = pair else { return None };
        let digit = |c: &u8| char::from(*c).to_digit(16);
        Some((digit(high)? << 4 | digit(low)?) as u8)
    });
    pairs.collect()
}

fn contributed(key: &Zkey, out: &Path) -> Report {
    let mine = key.contributions.last().map(told).unwrap_or_default();
    let hash = mine["hash"].as_str().unwrap_or_default();
    let text = format!(
        "Wrote {}: contribution {} to it.\nContribution hash, to be published: {hash}",
        out.display(),
        key.contributions.len()
    );
    Report::new(json!({ "out": out, "contribution": mine }), text)
}

/// A contribution, for a transcript.
fn told(contribution: &Contribution) -> Value {
    let beacon = match &contribution.source {
        Source::Secret => Value::Null,
        Source::Beacon { hash, iterations } => {
            json!({ "hash": hex(hash), "iterations": iterations })
        }
    };
    json!({ "name": contribution.name, "hash": hex(&contribution_hash(contribution)), "beacon": beacon })
}

/// The key, and what it stands on, if every check passes.
fn judge(args: &JudgeArgs, files: &Files, phase: &Phase) -> Result<(Ground, Zkey)> {
    let ground = Ground::lay(&args.ground, files, phase)?;
    phase.next("Reading the key");
    let key = read(&args.zkey)?;
    phase.next("Checking every contribution");
    let demands = Demands { contributions: args.contributors, beacon: true };
    ceremony::verify(&key, &ground.initial, &demands, &mut random::rng()?).map_err(refused)?;
    Ok((ground, key))
}

/// What was done, in order: the file whose SHA-256 a verifying key names.
fn transcript(ground: &Ground, key: &Zkey) -> Value {
    json!({
        "wattproof": "ceremony/1",
        "circuit_id": ground.id,
        "circuit_hash": hex(&key.circuit_hash),
        "ptau": { "blake2b": ground.blake2b, "known": ground.known },
        "contributions": key.contributions.iter().map(told).collect::<Vec<_>>(),
    })
}

fn verify(args: &JudgeArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let phase = screen.phase("Reading the policy");
    let (ground, key) = judge(args, files, &phase)?;
    drop(phase);
    let transcript = transcript(&ground, &key);
    let text = format!("{}\nEvery check passed.", summary(&ground, &key));
    Ok(Report::new(transcript, text))
}

fn summary(ground: &Ground, key: &Zkey) -> String {
    let mut lines = vec![format!("Circuit {}.", ground.id)];
    let known = ground.known.as_deref().unwrap_or("trusted by name");
    lines.push(format!("First phase: {known}, BLAKE2b-512 {}.", ground.blake2b));
    for (i, contribution) in key.contributions.iter().enumerate() {
        let what = match &contribution.source {
            Source::Secret => String::new(),
            Source::Beacon { hash, iterations } => {
                format!(" (beacon {}, 2^{iterations} iterations)", hex(hash))
            }
        };
        let name = contribution.name.as_deref().unwrap_or_default();
        lines.push(format!("{}. {name}{what}: {}", i + 1, hex(&contribution_hash(contribution))));
    }
    lines.join("\n")
}

fn finish(args: &FinishArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let phase = screen.phase("Reading the policy");
    let (ground, key) = judge(&args.judge, files, &phase)?;
    let text = serde_json::to_string_pretty(&transcript(&ground, &key)).unwrap_or_default() + "\n";
    let setup = Setup::Ceremony {
        contributions: key.contributions.iter().filter(|c| c.source == Source::Secret).count()
            as u32,
        transcript: Digest(Sha256::digest(&text).into()),
    };
    let existing = Existing::unless(args.force);
    let drafts = Drafts::create(&args.out, ground.id, existing)?;
    let path = args.out.join(format!("{}.ceremony.json", &ground.id.to_string()[..16]));
    let words = summary(&ground, &key);
    let (proving, verifying) = key.into_keys(ground.id.0, ground.matrices)?;
    write(&path, Access::Public, existing, text.as_bytes())?;
    let report = drafts.store(ground.shape, setup, &proving, verifying, &phase)?;
    drop(phase);
    screen.say(&words);
    Ok(report)
}
