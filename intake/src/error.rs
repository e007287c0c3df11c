//! Why something that was handed in is refused.

use thiserror::Error;
use wattproof_circuits::error::Error as Refusal;

use crate::agreement::AgreementError;
use crate::import::ImportError;

/// Result with [`Error`](enum@Error).
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: its text says what is wrong and where; see also [`Error::code`] and [`Error::remedy`].
#[derive(Debug, Error)]
pub enum Error {
    /// A file of ours or a claim is wrong.
    #[error("{}", .0.message())]
    Wrong(#[from] Refusal),
    /// The policy's file is wrong.
    #[error("{}", .0.message())]
    Policy(Refusal),
    /// An agreement is wrong, at a line of its file.
    #[error(transparent)]
    Agreement(Box<AgreementError>),
    /// A meter file is wrong.
    #[error("{}", .0.message())]
    Import(#[from] ImportError),
    /// Words that name no period and no time, or none where one is needed.
    #[error("{0}")]
    Period(String),
    /// The readings are not of the kind of meter that the policy names.
    #[error("{0}")]
    Readings(String),
}

impl From<AgreementError> for Error {
    fn from(error: AgreementError) -> Self {
        Self::Agreement(Box::new(error))
    }
}

impl Error {
    /// The stable kebab-case code: of [`wattproof_circuits::error::Code`], of [`crate::import::Problem`], `bad-period` or
    /// `readings-do-not-fit`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wrong(refusal) | Self::Policy(refusal) => refusal.code().as_str(),
            Self::Agreement(error) => error.code.as_str(),
            Self::Import(error) => error.code(),
            Self::Period(_) => "bad-period",
            Self::Readings(_) => "readings-do-not-fit",
        }
    }

    /// What to do about it, in one sentence.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Wrong(refusal) | Self::Policy(refusal) => refusal.code().remedy(),
            Self::Agreement(error) => &error.remedy,
            Self::Import(error) => error.remedy(),
            Self::Period(_) => "Name one cell of the policy's calendar, such as 2011-02.",
            Self::Readings(_) => "Use readings of the kind of meter that the policy names.",
        }
    }
}
