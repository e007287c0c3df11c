//! What a ceremony stands on: the circuit, and the first phase.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use blake2::{Blake2b512, Digest as _};
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::format::{Digest, FirstPhase};
use wattproof_circuits::iden3::{Ptau, Zkey};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Relation, Shape, circuit_id};
use wattproof_circuits::setup::ceremony::{
    PhaseOne, check_phase1, initial_key_watched, known_phase1,
};
use wattproof_intake::Unnamed;

use super::{hex, refused};
use crate::args::GroundArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::screen::Phase;

pub(super) struct Ground {
    pub(super) shape: Shape,
    pub(super) id: Digest,
    pub(super) matrices: Matrices,
    pub(super) ptau: PhaseOne,
    pub(super) initial: Zkey,
}

impl Ground {
    /// Makes the initial key anew.
    pub(super) fn lay(args: &GroundArgs, files: &Files, phase: &Phase) -> Result<Self> {
        let policy = files.policy(&args.policy, args.period.as_deref(), Unnamed::Sampled)?.policy;
        let path = &args.ptau;
        let blake2b = hash(path, phase)?;
        let named = hex(&blake2b);
        let known = known_phase1(&named);
        let trusted = args.trust_ptau.as_ref().is_some_and(|hex| hex.eq_ignore_ascii_case(&named));
        if known.is_none() && !trusted {
            return Err(Failure::Ceremony(format!(
                "{} is no first phase whose ceremony is known here; its BLAKE2b-512 is {named}",
                path.display()
            )));
        }
        phase.next("Recording the circuit");
        let shape = policy.shape();
        let matrices = Relation::matrices(&shape);
        let id = circuit_id(&shape, &matrices);
        let within = |refusal| Failure::within(path)(refusal);
        let rows = matrices.constraints() + matrices.inputs;
        phase.next("Reading the first phase");
        let file = File::open(path).map_err(Failure::unreadable(path))?;
        let mut ptau = Ptau::open(BufReader::with_capacity(1 << 20, file)).map_err(within)?;
        let phase1 = ptau.phase1(rows.next_power_of_two().ilog2()).map_err(within)?;
        phase.next("Checking the first phase");
        check_phase1(&phase1, &mut random::rng()?).map_err(refused)?;
        phase.count("Making the initial key", 4 * matrices.variables);
        let initial =
            initial_key_watched(&matrices, &phase1, &|n| phase.done(n)).map_err(within)?;
        Ok(Self { shape, id, matrices, ptau: PhaseOne { blake2b, known }, initial })
    }

    /// What a key file says of the first phase.
    pub(super) fn first_phase(&self) -> FirstPhase {
        match self.ptau.known {
            Some(_) => FirstPhase::Published,
            None => FirstPhase::Private,
        }
    }
}

fn hash(path: &Path, phase: &Phase) -> Result<[u8; 64]> {
    let file = File::open(path).map_err(Failure::unreadable(path))?;
    let length = file.metadata().map_err(Failure::unreadable(path))?.len();
    let mut file = phase.read("Hashing the first phase", length, file);
    let mut hasher = Blake2b512::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(Failure::unreadable(path))?;
        if read == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(&buffer[..read]);
    }
}
