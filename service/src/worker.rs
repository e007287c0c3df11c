//! A worker: the process that opens packages and proves. It serves its parent over two pipes, one job at a time, and has no other way out:
//! it writes no file, no log and no word about a package but a code.
//!
//! A frame is its length in four bytes, little-endian, and that many bytes. Down go jobs: the tenant, a line feed, the sealed package. Up
//! come answers in JSON, the first of them when all keys are loaded.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_circuits::format::{Bundle, MAX_PACKAGE, SetupStamp, VerifyingKeyFile, text};
use wattproof_circuits::groth16::ProvingKey;
use wattproof_circuits::random;
use wattproof_circuits::relation::Claim;
use zeroize::Zeroize;

use crate::envelope::{ProverKey, SealedPackage, sealed_size};
use crate::job::DOES_NOT_OPEN;
use crate::memory;

/// Most bytes of a frame.
const MAX_FRAME: usize = sealed_size(MAX_PACKAGE) + 64;

/// What a worker proves one circuit with.
pub struct WorkerKey {
    /// The verifying key, whose fingerprint jobs name.
    pub verifying: VerifyingKeyFile,
    /// Its proving key.
    pub proving: ProvingKey,
}

/// What the system holds a worker to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confinement {
    /// Most bytes of address space, the keys included.
    pub memory: Option<u64>,
    /// The only processor to run on.
    pub cpu: Option<usize>,
}

impl Confinement {
    /// Holds this process to it. It leaves no core dump, other processes of its user cannot look into it, and it dies with its parent.
    ///
    /// # Errors
    /// What the system says; on other systems than Linux, that there are no such limits.
    #[cfg(target_os = "linux")]
    pub fn apply(self) -> io::Result<()> {
        use rustix::process::{
            Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit,
        };
        let hard = |most| Rlimit { current: Some(most), maximum: Some(most) };
        set_parent_process_death_signal(Some(Signal::KILL))?;
        memory::seclude()?;
        if let Some(memory) = self.memory {
            setrlimit(Resource::As, hard(memory))?;
        }
        if let Some(cpu) = self.cpu {
            let mut set = rustix::thread::CpuSet::new();
            set.set(cpu);
            rustix::thread::sched_setaffinity(None, &set)?;
        }
        Ok(())
    }

    /// Holds this process to it.
    ///
    /// # Errors
    /// Always: there are no such limits here.
    #[cfg(not(target_os = "linux"))]
    pub fn apply(self) -> io::Result<()> {
        let message = "workers are confined on Linux only";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }
}

/// What a worker says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// All keys are loaded.
    Ready,
    /// A bundle, and how long proving took without opening.
    Proved { bundle: String, micros: u64 },
    /// The package cannot be proved, for the reason of this code.
    Refused { code: String },
}

/// Serves a parent until it hangs up.
///
/// # Errors
/// If a pipe breaks otherwise than by its end.
pub fn run(
    key: &ProverKey,
    keys: &[WorkerKey],
    mut input: impl Read,
    mut output: impl Write,
) -> io::Result<()> {
    write_answer(&mut output, &Answer::Ready)?;
    while let Some(job) = read_frame(&mut input)? {
        let answer = match answer(key, keys, &job) {
            Ok((bundle, proving)) => {
                let micros = u64::try_from(proving.as_micros()).unwrap_or(u64::MAX);
                Answer::Proved { bundle, micros }
            }
            // The code alone: messages of refusals name intervals and values.
            Err(code) => Answer::Refused { code: code.into() },
        };
        // It may wait for hours for the next one.
        memory::wipe_stacks();
        write_answer(&mut output, &answer)?;
    }
    Ok(())
}

/// Not inlined: what it leaves on the stack is overwritten, and its caller's frame is not.
#[inline(never)]
fn answer(
    key: &ProverKey,
    keys: &[WorkerKey],
    job: &[u8],
) -> Result<(String, Duration), &'static str> {
    let code = |refusal: Refusal| refusal.code().as_str();
    let job = text(job, MAX_FRAME).map_err(code)?;
    let (tenant, sealed) = job.split_once('\n').ok_or(Code::Malformed.as_str())?;
    let sealed = SealedPackage::from_json(sealed, MAX_FRAME).map_err(code)?;
    let package = sealed.open(tenant, key).map_err(|_| DOES_NOT_OPEN)?;
    let begin = Instant::now();
    let bundle = text(&package, MAX_PACKAGE)
        .and_then(Claim::from_json)
        .and_then(|claim| prove(&claim, &sealed, keys))
        .map_err(code)?;
    Ok((bundle, begin.elapsed()))
}

fn prove(claim: &Claim, sealed: &SealedPackage, keys: &[WorkerKey]) -> Result<String, Refusal> {
    let named = keys.iter().find(|key| {
        let file = &key.verifying;
        file.fingerprint() == sealed.key && file.circuit_id() == sealed.circuit_id
    });
    let fitting = named.filter(|key| *key.verifying.shape() == claim.policy.shape());
    let WorkerKey { verifying, proving } = fitting
        .ok_or_else(|| Refusal::new(Code::WrongCircuit, "the key is for another circuit."))?;
    let (statement, relation) = claim.check()?;
    let mut assignment = Evaluator::assign(&relation, proving.matrices.variables);
    let proof = proving.prove_timed(&assignment, &mut random::rng()?);
    assignment.zeroize();
    let (proof, _) = proof?;
    let stamp = if verifying.setup().is_dev() { SetupStamp::Dev } else { SetupStamp::Ceremony };
    let bundle = Bundle::new(verifying.circuit_id(), stamp, statement, &proof, None);
    Ok(bundle.signed_by(claim.voucher.device().cloned()).to_json())
}

/// A frame, or nothing at the pipe's end.
pub(crate) fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let mut frame = vec![0; length];
    input.read_exact(&mut frame)?;
    Ok(Some(frame))
}

/// Writes parts as one frame.
pub(crate) fn write_frame(output: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).ok().filter(|length| *length as usize <= MAX_FRAME);
    let length = length.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    output.write_all(&length.to_le_bytes())?;
    for part in parts {
        output.write_all(part)?;
    }
    output.flush()
}

fn write_answer(output: &mut impl Write, answer: &Answer) -> io::Result<()> {
    write_frame(output, &[&serde_json::to_vec(answer)?])
}
