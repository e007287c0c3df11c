//! Why a command did not do what it was asked to.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_intake::Error as IntakeError;
use wattproof_intake::agreement::AgreementError;
use wattproof_intake::import::ImportError;

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
        }
    }

    /// 1 if something was understood and refused, 2 if it could not be judged.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Bundle(_) | Self::Ceremony(_) => 1,
            Self::Wrong(refusal) if is_verdict(refusal.code()) => 1,
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
