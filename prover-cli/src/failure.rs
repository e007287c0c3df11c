//! Why a command did not do what it was asked to.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_device::Error as DeviceError;
use wattproof_intake::Error as IntakeError;
use wattproof_intake::agreement::AgreementError;
use wattproof_intake::import::ImportError;
use wattproof_registry::Error as RegistryError;
use wattproof_service::ServeError;
use wattproof_service::client::ClientError;
use wattproof_service::envelope::EnvelopeError;
use wattproof_service::job::{Job, State};
use wattproof_service::tenant::TenantError;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// A failure: its text says what is wrong and where; see also [`Failure::code`] and [`Failure::remedy`].
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A file of ours or a claim is wrong.
    #[error("{}", .0.message())]
    Wrong(#[from] Refusal),
    /// The bundle under verification is wrong, in whatever way: it is refused.
    #[error("{}", .0.message())]
    Bundle(Refusal),
    /// An agreement is wrong, at a line of its file.
    #[error("{}: {error}", .path.display())]
    Agreement { path: PathBuf, error: Box<AgreementError> },
    /// A meter file is wrong.
    #[error("{}", .0.message())]
    Import(#[from] ImportError),
    #[error("{}: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {source}", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("standard input can be read only once")]
    StdinTwice,
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    NoKey(String),
    #[error("{0}")]
    Readings(String),
    /// A ceremony, or the first phase it stands on, was refused.
    #[error("{0}")]
    Ceremony(String),
    /// Line counted from 1.
    #[error("{}: line {line}: {what}", .path.display())]
    Store { path: PathBuf, line: u64, what: &'static str },
    #[error("{}: {}", .path.display(), .what.message())]
    Ledger { path: PathBuf, what: Refusal },
    #[error("{0}")]
    Registry(RegistryError),
    #[error("{0}")]
    Serve(#[from] ServeError),
    #[error("{0}")]
    Tenant(#[from] TenantError),
    #[error("{0}")]
    Client(#[from] ClientError),
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// A service did not prove a package.
    #[error("job {} is {}{}", .0.job, .0.state, .0.reason.as_ref().map(|r| format!(": {}", r.code)).unwrap_or_default())]
    Job(Box<Job>),
    /// A service's bundle is not what was asked for.
    #[error("the service's bundle is for another claim")]
    OtherBundle,
    /// The device refused, or could not.
    #[error("device: {0}")]
    Device(#[from] DeviceError),
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Wrong(refusal) => Self::Wrong(refusal),
            error => Self::Registry(error),
        }
    }
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Wrong(refusal) | IntakeError::Policy(refusal) => Self::Wrong(refusal),
            IntakeError::Agreement(error) => Self::Agreement { path: PathBuf::new(), error },
            IntakeError::Import(error) => Self::Import(error),
            IntakeError::Period(message) => Self::Usage(message),
            IntakeError::Readings(message) => Self::Readings(message),
        }
    }
}

impl Failure {
    /// For `map_err` on what the policy in `path` is.
    pub(crate) fn policy(path: &Path) -> impl FnOnce(IntakeError) -> Self + '_ {
        |error| match error {
            IntakeError::Policy(refusal) => Self::within(path)(refusal),
            IntakeError::Agreement(error) => Self::Agreement { path: path.into(), error },
            other => other.into(),
        }
    }

    /// For `map_err` on reading `path`.
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Unreadable { path: path.into(), source }
    }

    /// For `map_err` on writing `path`.
    pub(crate) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Unwritable { path: path.into(), source }
    }

    /// For `map_err` on what a file holds.
    pub(crate) fn within(path: &Path) -> impl FnOnce(Refusal) -> Self + '_ {
        |refusal| Self::Wrong(refusal.at(&path.display().to_string()))
    }

    /// The stable kebab-case code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Wrong(refusal) | Self::Bundle(refusal) => refusal.code().as_str(),
            Self::Agreement { error, .. } => error.code.as_str(),
            Self::Import(error) => error.code(),
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable { .. } => "unwritable",
            Self::Exists(_) => "exists",
            Self::StdinTwice | Self::Usage(_) => "usage",
            Self::NoKey(_) => "no-key",
            Self::Readings(_) => "readings-do-not-fit",
            Self::Ceremony(_) => "bad-ceremony",
            Self::Store { .. } => "damaged-store",
            Self::Ledger { .. } => "damaged-ledger",
            Self::Registry(error) => error.code(),
            Self::Serve(ServeError::InUse(_)) => "in-use",
            Self::Serve(ServeError::Plain(_)) | Self::Client(ClientError::Plain(_)) => "no-tls",
            Self::Serve(ServeError::Tls(_)) | Self::Client(ClientError::Certificates(_)) => {
                "bad-certificate"
            }
            Self::Serve(ServeError::Tenants(error)) | Self::Tenant(error) => match error {
                TenantError::BadName | TenantError::BadCertificateName => "bad-name",
                TenantError::NameTaken(_) => "exists",
                TenantError::NotFound => "no-such-token",
                _ => "service-store",
            },
            Self::Serve(ServeError::Queue(_) | ServeError::File { .. }) => "service-store",
            Self::Serve(ServeError::Servers(_)) => "queue-unreachable",
            Self::Serve(ServeError::Listen { .. }) => "address-taken",
            Self::Serve(ServeError::System(_)) => "system",
            Self::Client(ClientError::Refused { .. }) => "service-refused",
            Self::Client(ClientError::Unreachable(_)) => "unreachable",
            Self::Client(ClientError::Strange(_)) => "not-a-service",
            Self::Envelope(_) => "bad-key",
            Self::Job(job) => match job.state {
                State::Refused => "job-refused",
                State::Parked => "job-parked",
                State::Cancelled => "job-cancelled",
                State::Expired => "job-expired",
                State::Queued | State::Proving | State::Done => "job-pending",
            },
            Self::OtherBundle => "other-bundle",
            Self::Device(DeviceError::NotProvisioned) => "not-provisioned",
            Self::Device(DeviceError::NotRecorded) => "not-recorded",
            Self::Device(DeviceError::Forgotten) => "forgotten",
            Self::Device(DeviceError::NoMeter) => "no-meter",
            Self::Device(DeviceError::OtherKey) => "other-key",
            Self::Device(DeviceError::Storage | DeviceError::Damaged | DeviceError::Occupied) => {
                "damaged-device"
            }
            Self::Device(_) => "device-refused",
        }
    }

    /// What to do about it, in one sentence.
    pub(crate) fn remedy(&self) -> &str {
        match self {
            Self::Wrong(refusal) | Self::Bundle(refusal) => refusal.code().remedy(),
            Self::Agreement { error, .. } => &error.remedy,
            Self::Import(error) => error.remedy(),
            Self::Unreadable { .. } => "Check the path and its permissions.",
            Self::Unwritable { .. } => "Check the path, its permissions, and the room on the disk.",
            Self::Exists(_) => "Choose another name, or pass --force to replace it.",
            Self::StdinTwice => "Give all but one of the inputs as files.",
            Self::Usage(_) => "See `wattproof help` and the command's own --help.",
            Self::NoKey(_) => {
                "Name the right verifying key with --key, or make keys with `wattproof setup`."
            }
            Self::Readings(_) => "Use readings of the kind of meter that the policy names.",
            Self::Ceremony(_) => {
                "Do not use this key; ask whoever ran the ceremony for the right files."
            }
            Self::Store { .. } => {
                "Restore the store from a copy, or correct this line: one decimal nullifier a line."
            }
            Self::Ledger { .. } => {
                "Restore the ledger from a copy: without it nobody knows what earlier proofs told."
            }
            Self::Registry(error) => error.remedy(),
            Self::Serve(ServeError::InUse(_)) => {
                "Stop the other service, or give this one a --state of its own."
            }
            Self::Serve(ServeError::Plain(_)) => {
                "Give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that speaks TLS."
            }
            Self::Client(ClientError::Plain(_)) => "Use https://.",
            Self::Serve(ServeError::Tls(_)) | Self::Client(ClientError::Certificates(_)) => {
                "Check the PEM files: a certificate chain, and a private key that fits it."
            }
            Self::Serve(ServeError::Tenants(TenantError::BadName))
            | Self::Tenant(TenantError::BadName) => "Choose a name such as grid-operator-2.",
            Self::Tenant(TenantError::BadCertificateName) => {
                "Give the name that the certificate has, such as gateway-7.example."
            }
            Self::Serve(ServeError::Tenants(TenantError::NotFound))
            | Self::Tenant(TenantError::NotFound | TenantError::NameTaken(_)) => {
                "See `wattproof serve tenant list`."
            }
            Self::Serve(ServeError::Servers(_)) => {
                "Check --queue, credentials and certificates, and that the servers run with JetStream."
            }
            Self::Serve(ServeError::Listen { .. }) => "Choose another port with --listen.",
            Self::Serve(_) | Self::Tenant(_) => {
                "Check the state folder, its permissions, and the room on the disk."
            }
            Self::Client(ClientError::Refused { remedy, .. }) => remedy,
            Self::Client(ClientError::Unreachable(_)) => {
                "Check the address and the network, and send it again: it stays one job."
            }
            Self::Client(ClientError::Strange(_)) => "Check the address.",
            Self::Envelope(_) => "Get the prover's public key again from whoever runs it.",
            Self::Job(job) => match (&job.reason, job.state) {
                (_, State::Queued | State::Proving | State::Done) => {
                    "Ask again later, or wait with --wait."
                }
                (Some(reason), _) => &reason.remedy,
                (None, State::Expired) => "Sign the claim anew, and submit that.",
                (None, _) => "Submit the package again.",
            },
            Self::OtherBundle => "Do not use it, and do not trust this service.",
            Self::Device(error) => device_remedy(*error),
        }
    }

    /// 1 if something was understood and refused, 2 if it could not be judged.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Bundle(_) | Self::Ceremony(_) | Self::OtherBundle => 1,
            Self::Job(job) if job.state == State::Refused => 1,
            Self::Wrong(refusal) if is_verdict(refusal.code()) => 1,
            Self::Registry(RegistryError::Serials { .. } | RegistryError::Rewritten { .. }) => 1,
            Self::Device(
                DeviceError::NotProvisioned | DeviceError::NotRecorded | DeviceError::Forgotten,
            ) => 1,
            _ => 2,
        }
    }
}

/// Whether a code judges a claim, a key or an entry; the others say that a file cannot be read as what it should be.
fn is_verdict(code: Code) -> bool {
    !matches!(
        code,
        Code::TooLarge
            | Code::Malformed
            | Code::UnknownVersion
            | Code::OutOfRange
            | Code::FieldRange
            | Code::BadPolicy
    )
}

fn device_remedy(error: DeviceError) -> &'static str {
    match error {
        DeviceError::NotProvisioned => {
            "Its owner lets it sign with `wattproof device provision`, for this policy and payee."
        }
        DeviceError::NotRecorded => {
            "Ask for a period that the device measured from begin to end, and that is over."
        }
        DeviceError::Forgotten => "Ask sooner: a device signs its last periods only.",
        DeviceError::NoMeter => "Begin with `wattproof device provision`, or check --state.",
        DeviceError::OtherKey => "Use the device key that this state was made with.",
        DeviceError::Storage | DeviceError::Damaged | DeviceError::Occupied => {
            "Do not go on with this state: enrol the device anew, with a new key and an empty folder."
        }
        DeviceError::TooFarAhead => "Check the clock, or the readings' dates.",
        DeviceError::Full => "Let a gateway collect the blocks.",
        DeviceError::NoRoom => "Take a policy back with `wattproof device provision --revoke`.",
        _ => "Use readings of the kind of meter that the device was provisioned as.",
    }
}
