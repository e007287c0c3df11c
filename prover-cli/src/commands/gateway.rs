//! What a gateway does before it signs at level L2: it checks the meter's own signature, and records that it did.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};

use wattproof_circuits::meter::Device;
use wattproof_intake::gateway::{MeterChecks, Subject, VerifiedFile, verify};
use wattproof_intake::import::{Limits, Options};
use wattproof_intake::sign::Terms;

use crate::args::SourceArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;

/// Checks the meter file, and appends the outcome to the log before it is used: nothing is signed of which there is no record.
pub(super) fn check(
    args: &SourceArgs,
    device: &Device,
    terms: &Terms,
    files: &Files,
) -> Result<VerifiedFile> {
    let (Some(path), Some(key), Some(log_path)) = (&args.meter_file, &args.meter_key, &args.checks)
    else {
        let message = "--meter-file, --meter-key and --checks belong together";
        return Err(Failure::Usage(message.into()));
    };
    let key = super::import::key(files, key)?;
    let file = files.bytes(path, Limits::default().bytes as usize)?;
    let options = Options {
        rounding: args.round.map(Into::into).unwrap_or_default(),
        registers: args.registers.into(),
        ..Options::default()
    };
    // Locked until it is dropped, so that two processes do not both append to one line.
    let log = OpenOptions::new().read(true).append(true).create(true).open(log_path);
    let mut log = log.map_err(Failure::unwritable(log_path))?;
    log.lock().map_err(Failure::unwritable(log_path))?;
    let mut text = String::new();
    log.seek(SeekFrom::Start(0)).map_err(Failure::unreadable(log_path))?;
    log.read_to_string(&mut text).map_err(Failure::unreadable(log_path))?;
    let damaged = |(line, what)| Failure::Store { path: log_path.clone(), line, what };
    let mut checks = MeterChecks::read(&text).map_err(damaged)?;

    let outcome = verify(&path.display().to_string(), &file, &device.serial, key.clone(), options);
    let time = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let (policy_digest, period) = (terms.policy.digest(), terms.period);
    let meter_id = device.meter_id();
    let subject = Subject { time, meter_id, file: &file, key: &key, policy_digest, period };
    let (line, outcome) = checks.record(&subject, outcome);
    let written = log.write_all(line.as_bytes()).and_then(|()| log.sync_all());
    written.map_err(Failure::unwritable(log_path))?;
    Ok(outcome?)
}
