//! Level L2: a gateway vouches for readings whose meter signed them itself, once it has checked that, and keeps a record of the check.
//!
//! The check is that of the format: so far OCMF. What comes out of it, a [`VerifiedFile`], is the only thing that a gateway signs:
//! [`crate::sign::sign`] refuses entries of level L2.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_circuits::format::decimal;
use wattproof_circuits::hash::F;
use wattproof_circuits::policy::Period;

use crate::import::ocmf::{self, Checked, PublicKey};
use crate::import::{Options, ReadingsFile, import};
use crate::{Error, Result};

/// Readings of one meter, every record of which that meter signed. Made by [`verify`] only.
#[derive(Debug)]
pub struct VerifiedFile {
    readings: ReadingsFile,
    checked: Checked,
}

impl VerifiedFile {
    /// The readings.
    pub fn readings(&self) -> &ReadingsFile {
        &self.readings
    }

    /// What was checked.
    pub fn checked(&self) -> &Checked {
        &self.checked
    }
}

/// Reads a meter file and checks every record's signature with the meter's own key. `name` is what errors call the file, `serial` the
/// meter that the gateway enrolled.
///
/// # Errors
/// Whatever [`import`] refuses: `bad-signature` with the record's line, `not-signed` for a format without signatures, and so on;
/// `not-enrolled` for records of another meter.
pub fn verify(
    name: &str,
    bytes: &[u8],
    serial: &str,
    key: PublicKey,
    options: Options,
) -> Result<VerifiedFile> {
    let options = Options { public_key: Some(key), ..options };
    let imported = import(name, bytes, &options, &mut |_| {})?;
    let not_checked = || Refusal::new(Code::BadSignature, "no signature of the file was checked.");
    let checked = imported.checked.clone().ok_or_else(not_checked)?;
    // Neither serial is told: they may name a household.
    if ocmf::parse(name, bytes)?.iter().any(|record| record.meter() != serial) {
        let message = "the records are of another meter than the one that the gateway enrolled.";
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    Ok(VerifiedFile { readings: imported.into(), checked })
}

const KIND: &str = "meter-check/1";

/// A gateway's check of one meter file: a line of its log, `meter-check/1`. It holds no reading, and no serial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeterCheck {
    wattproof: String,
    /// When, Unix seconds.
    #[serde(with = "decimal")]
    pub time: u64,
    /// For which of the gateway's meters.
    #[serde(with = "decimal::field")]
    pub meter_id: F,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub file_sha256: String,
    /// SHA-256 of the key (SubjectPublicKeyInfo, DER) that the gateway checked with, lower-case hex.
    pub key_sha256: String,
    /// What was checked; none if the file was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Why the file was refused: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What was signed then: the policy's digest.
    #[serde(with = "decimal::field")]
    pub policy_digest: F,
    /// And the period.
    pub period: Period,
    /// SHA-256 of the line before, lower-case hex; zeros in the first.
    previous: String,
}

/// What a check is about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// When, Unix seconds.
    pub time: u64,
    /// The meter.
    pub meter_id: F,
    /// The file's bytes.
    pub file: &'a [u8],
    /// The key that the gateway checked with.
    pub key: &'a PublicKey,
    /// Digest of the policy that the claim is to be made under.
    pub policy_digest: F,
    /// The claim's period.
    pub period: Period,
}

/// A gateway's log of checks, oldest first: read, to be appended to. Each line names the one before, so that none can be taken out or
/// changed without all after it.
#[derive(Clone, Debug)]
pub struct MeterChecks {
    last: String,
    keys: Vec<(F, String)>,
}

impl MeterChecks {
    /// Reads a log; empty text is a new one.
    ///
    /// # Errors
    /// The number of the line, from 1, and what is wrong with it.
    pub fn read(text: &str) -> Result<Self, (u64, &'static str)> {
        let mut log = Self { last: "0".repeat(64), keys: Vec::new() };
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let line = line.strip_suffix('\n').ok_or((number, "cut short"))?;
            let check: MeterCheck =
                serde_json::from_str(line).map_err(|_| (number, "not a check of a meter file"))?;
            if check.wattproof != KIND {
                return Err((number, "not a check of a meter file"));
            }
            if check.previous != log.last {
                return Err((number, "a line before it was changed or taken out"));
            }
            log.add(&check, line);
        }
        Ok(log)
    }

    fn add(&mut self, check: &MeterCheck, line: &str) {
        self.last = sha256(line.as_bytes());
        if let (Some(checked), None) = (&check.checked, self.pinned(&check.meter_id)) {
            self.keys.push((check.meter_id, checked.key_sha256.clone()));
        }
    }

    /// The key that the meter's first accepted file was signed with.
    fn pinned(&self, meter_id: &F) -> Option<&str> {
        self.keys.iter().find(|(id, _)| id == meter_id).map(|(_, key)| key.as_str())
    }

    /// The outcome of a check, with the line that records it, to be appended before anything is signed. The first key that a meter's
    /// file was accepted with is pinned: from then on another is refused.
    pub fn record(
        &mut self,
        subject: &Subject<'_>,
        outcome: Result<VerifiedFile>,
    ) -> (String, Result<VerifiedFile>) {
        let key_sha256 = subject.key.fingerprint();
        let outcome = outcome.and_then(|file| match self.pinned(&subject.meter_id) {
            Some(pinned) if pinned != key_sha256 => {
                let message =
                    "the key is another one than this meter's files were accepted with before.";
                Err(Error::Wrong(Refusal::new(Code::WrongDevice, message)))
            }
            _ => Ok(file),
        });
        let check = MeterCheck {
            wattproof: KIND.into(),
            time: subject.time,
            meter_id: subject.meter_id,
            file_sha256: sha256(subject.file),
            key_sha256,
            checked: outcome.as_ref().ok().map(|file| file.checked.clone()),
            refused: outcome.as_ref().err().map(|error| error.code().to_owned()),
            policy_digest: subject.policy_digest,
            period: subject.period,
            previous: self.last.clone(),
        };
        let line = serde_json::to_string(&check).unwrap_or_default();
        self.add(&check, &line);
        (line + "\n", outcome)
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SERIAL: &str = "TEST-0001";

    fn data(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ocmf/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    fn key(name: &str) -> PublicKey {
        PublicKey::parse(name, &data(name)).unwrap()
    }

    fn day(bytes: &[u8], serial: &str, key_name: &str) -> Result<VerifiedFile> {
        verify("day.ocmf", bytes, serial, key(key_name), Options::default())
    }

    fn subject<'a>(meter: u64, file: &'a [u8], key: &'a PublicKey) -> Subject<'a> {
        let period = Period::new(3_600, 7_200).unwrap();
        let [meter_id, policy_digest] = [meter, 5].map(F::from);
        Subject { time: 9, meter_id, file, key, policy_digest, period }
    }

    #[test]
    fn only_what_the_meter_signed_is_taken() {
        let good = data("day.ocmf");
        let file = day(&good, SERIAL, "secp256r1.pem").unwrap();
        assert!(file.checked().records > 1 && !file.readings().series.is_empty());
        let code = |outcome: Result<VerifiedFile>| outcome.unwrap_err().code();
        assert_eq!(code(day(&good, "TEST-0002", "secp256r1.pem")), "not-enrolled");
        assert_eq!(code(day(&good, SERIAL, "secp256k1.pem")), "other-algorithm");
        let changed = String::from_utf8(good).unwrap().replacen("\"RV\":500.0", "\"RV\":400.0", 1);
        let refused = day(changed.as_bytes(), SERIAL, "secp256r1.pem").unwrap_err();
        assert_eq!(refused.code(), "bad-signature");
        assert!(refused.to_string().contains("line 1"), "{refused}");
        assert_eq!(
            code(day(b"time,Wh\n2026-03-01 00:00,5\n", SERIAL, "secp256r1.pem")),
            "not-signed"
        );
    }

    #[test]
    fn every_check_is_recorded_and_the_first_key_is_pinned() {
        let (bytes, own, other) = (data("day.ocmf"), key("secp256r1.pem"), key("secp256k1.pem"));
        let mut log = MeterChecks::read("").unwrap();
        let mut text = String::new();
        let (line, refused) =
            log.record(&subject(1, &bytes, &other), day(&bytes, SERIAL, "secp256k1.pem"));
        text += &line;
        assert_eq!(refused.unwrap_err().code(), "other-algorithm");
        let (line, file) =
            log.record(&subject(1, &bytes, &own), day(&bytes, SERIAL, "secp256r1.pem"));
        text += &line;
        let file = file.unwrap();
        let records = file.checked().records;
        // Whatever it was checked with: this meter's key is pinned now, another meter's is not.
        let (line, refused) = log.record(&subject(1, &bytes, &other), Ok(file));
        text += &line;
        assert_eq!(refused.unwrap_err().code(), "wrong-device");
        let (line, accepted) =
            log.record(&subject(2, &bytes, &own), day(&bytes, SERIAL, "secp256r1.pem"));
        text += &line;
        accepted.unwrap();

        let checks: Vec<MeterCheck> =
            text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let refusals: Vec<_> = checks.iter().map(|check| check.refused.as_deref()).collect();
        assert_eq!(refusals, [Some("other-algorithm"), None, Some("wrong-device"), None]);
        assert_eq!(checks[1].checked.as_ref().unwrap().records, records);
        assert_eq!(checks[1].file_sha256, sha256(&bytes));
        assert!(!text.contains(SERIAL) && !text.contains("500"));

        let mut again = MeterChecks::read(&text).unwrap();
        let (_, refused) =
            again.record(&subject(1, &bytes, &other), day(&bytes, SERIAL, "secp256r1.pem"));
        assert_eq!(refused.unwrap_err().code(), "wrong-device");
    }

    #[test]
    fn a_changed_log_is_told() {
        let (bytes, own) = (data("day.ocmf"), key("secp256r1.pem"));
        let mut log = MeterChecks::read("").unwrap();
        let lines: Vec<String> = (0..3)
            .map(|_| log.record(&subject(1, &bytes, &own), day(&bytes, SERIAL, "secp256r1.pem")).0)
            .collect();
        assert!(MeterChecks::read(&lines.concat()).is_ok());
        let line = |text: &str| MeterChecks::read(text).unwrap_err().0;
        assert_eq!(line(&[&*lines[0], &lines[2]].concat()), 2);
        assert_eq!(line(&lines[1..].concat()), 1);
        assert_eq!(line(&lines.concat().replacen("\"time\":\"9\"", "\"time\":\"8\"", 1)), 2);
        assert_eq!(line(&(lines[0].clone() + "{}\n")), 2);
        assert_eq!(line(lines[0].trim_end()), 1);
    }
}
