//! `wattproof submit`: a package goes to a service, and a bundle comes back.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::{
    Bundle, Digest, MAX_BUNDLE, MAX_PACKAGE, VerifyingKeyFile, parse_native,
};
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::l3::DeviceSignature;
use wattproof_circuits::relation::{Claim, Shape, Statement};
use wattproof_service::api::ProverInfo;
use wattproof_service::client::{Certified, Client, ClientError, Reach};
use wattproof_service::envelope::{MAX_KEY, ProverPublicKey, SealedPackage};
use wattproof_service::job::{Job, JobId, State, Subject};
use zeroize::Zeroizing;

use super::{disclosures, keys, prove};
use crate::args::{ReachArgs, SubmitArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::{Report, Screen};

const RECEIPT: &str = "job-receipt/1";
const MAX_RECEIPT: usize = 8 << 10;
/// Most bytes of a token's file.
const MAX_TOKEN: usize = 1 << 10;
/// Most bytes of certificates, and of a private key.
const MAX_PEM: usize = 1 << 20;

/// What is left of a submission: enough to collect the bundle, and to know that it is the right one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    wattproof: String,
    url: String,
    tenant: String,
    job: JobId,
    circuit_id: Digest,
    key: Digest,
    package_sha256: Digest,
    /// SHA-256 of what the bundle is to claim: see [`claimed`].
    claim_sha256: Digest,
    accepted_ms: u64,
}

pub(super) fn run(args: &SubmitArgs, files: &Files, screen: &Screen) -> Result<Report> {
    match (&args.package, &args.to, &args.receipt) {
        (Some(package), Some(url), _) => submit(args, package, url, files, screen),
        (None, _, Some(receipt)) => {
            let text = files.text(receipt, MAX_RECEIPT)?;
            let receipt: Receipt =
                parse_native(&text, RECEIPT, MAX_RECEIPT).map_err(Failure::within(receipt))?;
            let client = client(&receipt.url, &args.reach, files)?;
            collect(args, &client, &receipt, None, screen)
        }
        _ => Err(Failure::Usage("--package and --to belong together".into())),
    }
}

fn submit(
    args: &SubmitArgs,
    path: &Path,
    url: &str,
    files: &Files,
    screen: &Screen,
) -> Result<Report> {
    let mut claim = files.parse(path, MAX_PACKAGE, Claim::from_json)?;
    let shares = prove::take_part(&args.join, &mut claim, files)?;
    let counted = disclosures::assess(&args.ledger, &claim, &shares)?;
    // Before anything leaves this machine: what cannot be proved is not shown to anybody.
    let (statement, _) = claim.check().map_err(|e| prove::locally(e, &claim))?;
    let shape = claim.policy.shape();
    if args.reach.plain && args.prover_key.is_none() {
        let message =
            "--plain needs --prover-key: whoever is on the way could put a key of their own";
        return Err(Failure::Usage(message.into()));
    }
    let client = client(url, &args.reach, files)?;
    let phase = screen.phase("Asking the service");
    let info = client.prover()?;
    let prover = match &args.prover_key {
        Some(path) => files.parse(path, MAX_KEY, ProverPublicKey::from_json)?,
        None => ProverPublicKey::from_json(&info.prover_key.to_string())?,
    };
    let verifying = match &args.key {
        Some(path) => Some(keys::read_verifying(path, files)?).filter(|key| *key.shape() == shape),
        None => served(&info)?.into_iter().find(|key| *key.shape() == shape),
    };
    let verifying = verifying.ok_or_else(|| no_circuit(&shape))?;
    let (text, disclosure) = prove::disclosure(&claim, &statement)?;
    screen.say(&format!("The prover sees the readings. {text}"));
    counted.tell(screen);
    let ledger = counted.json();

    // The package as this build writes it: the same claim is the same job, however its file is laid out.
    let package = Zeroizing::new(claim.to_json());
    let subject = Subject {
        tenant: info.tenant,
        circuit: verifying.circuit_id(),
        key: verifying.fingerprint(),
        package: Subject::digest(package.as_bytes()),
    };
    let sealed = SealedPackage::seal(package.as_bytes(), &subject, &prover)?;
    phase.next("Sending");
    let acknowledged = client.submit(&sealed)?;
    drop(phase);
    if acknowledged.job.job != subject.id() {
        let message = "it acknowledged another job".into();
        return Err(ClientError::Strange(message).into());
    }
    // From here on the service may prove it.
    counted.record()?;
    for (share, path) in shares.iter().zip(&args.join.share) {
        write(path, Access::Public, Existing::Replace, share.to_json().as_bytes())?;
    }
    let receipt = Receipt {
        wattproof: RECEIPT.into(),
        url: url.into(),
        job: subject.id(),
        circuit_id: subject.circuit,
        key: subject.key,
        package_sha256: subject.package,
        tenant: subject.tenant,
        claim_sha256: claimed(&statement, claim.voucher.device()),
        accepted_ms: acknowledged.job.submitted_ms,
    };
    if let Some(path) = &args.receipt {
        let text = serde_json::to_string_pretty(&receipt).unwrap_or_default() + "\n";
        write(path, Access::Public, Existing::Replace, text.as_bytes())?;
        if !args.wait {
            let text = format!(
                "Job {} is {}. Wrote {}: collect the bundle with it, and keep {} until then.",
                receipt.job,
                acknowledged.job.state,
                path.display(),
                args.package.as_deref().unwrap_or(path).display()
            );
            let json = json!({
                "job": acknowledged.job, "fresh": acknowledged.fresh, "receipt": path,
                "disclosure": disclosure, "ledger": ledger,
            });
            return Ok(Report::new(json, text).beside(path));
        }
    }
    collect(args, &client, &receipt, Some(&verifying), screen)
}

/// Fetches the bundle of a job, checks that it is what was asked for, and writes it.
fn collect(
    args: &SubmitArgs,
    client: &Client,
    receipt: &Receipt,
    verifying: Option<&VerifyingKeyFile>,
    screen: &Screen,
) -> Result<Report> {
    let mut draft = Draft::create(&args.out, Access::Public, Existing::Replace)?;
    let waiting = args.wait || args.package.is_some();
    let job = if waiting {
        let phase = screen.phase("Waiting");
        client.wait(receipt.job, |job| {
            phase.next(if job.state == State::Queued { "Waiting in the queue" } else { "Proving" });
        })?
    } else {
        client.job(receipt.job, 0)?
    };
    if job.state != State::Done {
        return Err(Failure::Job(Box::new(job)));
    }
    let text = client.bundle(receipt.job)?;
    let fetched;
    let verifying = match verifying {
        Some(key) => key,
        None => {
            let mut keys = served(&client.prover()?)?.into_iter();
            let key = keys.find(|key| key.fingerprint() == receipt.key);
            fetched = key.ok_or_else(|| {
                Failure::NoKey("the service has no such verifying key any more".into())
            })?;
            &fetched
        }
    };
    check(&text, receipt, verifying)?;
    draft.write_all(text.as_bytes()).map_err(Failure::unwritable(&args.out))?;
    draft.finish()?;
    let mut told = format!(
        "Proved by the service in {:.2} s, and the proof verifies. Wrote {} ({} bytes).",
        job.proving_ms.unwrap_or_default() as f64 / 1e3,
        args.out.display(),
        text.len()
    );
    if verifying.setup().is_dev() {
        told += "\nMade with a development key: for trials only.";
    }
    let json = json!({ "job": job, "out": args.out, "bytes": text.len() });
    Ok(Report::new(json, told).beside(&args.out))
}

/// A service is trusted with the readings, not with the result.
fn check(bundle: &str, receipt: &Receipt, verifying: &VerifyingKeyFile) -> Result<()> {
    if bundle.len() > MAX_BUNDLE {
        return Err(Failure::OtherBundle);
    }
    let bundle = Bundle::from_json(bundle).map_err(Failure::Bundle)?;
    let claim = claimed(&bundle.statement, bundle.device.as_ref());
    if bundle.circuit_id != receipt.circuit_id || claim != receipt.claim_sha256 {
        return Err(Failure::OtherBundle);
    }
    let proof = bundle.proof().map_err(Failure::Bundle)?;
    let inputs = bundle.statement.to_public_inputs();
    PreparedVerifyingKey::from(verifying.key()).verify(&inputs, &proof).map_err(Failure::Bundle)
}

/// SHA-256 of the statement, and of the device's signature where there is one, as a bundle has them.
fn claimed(statement: &Statement, device: Option<&DeviceSignature>) -> Digest {
    Subject::digest(&serde_json::to_vec(&(statement, device)).unwrap_or_default())
}

pub(super) fn served(info: &ProverInfo) -> Result<Vec<VerifyingKeyFile>> {
    let keys = info.keys.iter().map(Value::to_string);
    Ok(keys.map(|key| VerifyingKeyFile::from_json(&key)).collect::<Result<_, Error>>()?)
}

pub(super) fn no_circuit(shape: &Shape) -> Failure {
    let message = format!(
        "the service has no key for the package's circuit, of {} public inputs.",
        shape.public_inputs()
    );
    Error::new(Code::WrongCircuit, message).into()
}

/// A client for a service, with the token and the certificate of the files that were named.
pub(super) fn client(url: &str, args: &ReachArgs, files: &Files) -> Result<Client> {
    let token = args.token_file.as_deref().map(|path| token(path, files)).transpose()?;
    let pem = |path: &Path| files.bytes(path, MAX_PEM);
    let authority = args.ca.as_deref().map(pem).transpose()?;
    let patience = Duration::from_secs(args.patience.into());
    let reach = Reach { url, authority: authority.as_deref(), plain: args.plain, patience };
    match (&args.cert, &args.cert_key, token) {
        (Some(chain), Some(key), token) => {
            let (chain, key) = (pem(chain)?, Zeroizing::new(pem(key)?));
            Ok(Client::with_certificate(&reach, Certified { chain: &chain, key: &key }, token)?)
        }
        (_, _, Some(token)) => Ok(Client::new(&reach, token)?),
        _ => Err(Failure::Usage("--token-file is missing, or --cert and --cert-key".into())),
    }
}

fn token(path: &Path, files: &Files) -> Result<Zeroizing<String>> {
    let token = Zeroizing::new(files.text(path, MAX_TOKEN)?);
    let token = Zeroizing::new(token.trim().to_owned());
    if wattproof_service::tenant::tenant_of(&token).is_none() {
        return Err(Failure::Usage(format!("{} has no token", path.display())));
    }
    Ok(token)
}

/// A job in one line.
pub(super) fn line(job: &Job) -> String {
    let reason = job.reason.as_ref().map(|r| format!(", {}", r.code)).unwrap_or_default();
    format!("{} {}{reason}", job.job, job.state)
}
