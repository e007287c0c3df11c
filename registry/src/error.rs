//! Why a registry's files were refused.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error as ThisError;
use wattproof_circuits::error::Error as Refusal;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: its text says what is wrong and where; see also [`Error::code`] and [`Error::remedy`].
#[derive(Debug, ThisError)]
pub enum Error {
    /// The change is against the rules of enrolment, or an enrolment is wrong.
    #[error("{}", .0.message())]
    Wrong(#[from] Refusal),
    /// The log is not what was written: a line was changed, dropped or moved. Lines count from 1.
    #[error("{}: line {line}: {what}", .path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where.
        line: u64,
        /// How it shows.
        what: String,
    },
    /// A log that lacks what was seen of it before.
    #[error("{}: {what}", .path.display())]
    Rewritten {
        /// The log.
        path: PathBuf,
        /// How it shows.
        what: String,
    },
    /// The serials do not fit the log, or a serial is enrolled under another meter id.
    #[error("{}: {what}", .path.display())]
    Serials {
        /// The serials.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// This machine's clock is behind the log.
    #[error("the log's last event is of {last}, this clock says {now} (Unix seconds)")]
    Clock {
        /// Time of the log's last event.
        last: u64,
        /// What the clock says.
        now: u64,
    },
    /// A file could not be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("{}: {source}", .path.display())]
    Unwritable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is such a file already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
}

impl Error {
    /// For `map_err` on reading `path`.
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Unreadable { path: path.into(), source }
    }

    /// For `map_err` on writing `path`.
    pub(crate) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Unwritable { path: path.into(), source }
    }

    pub(crate) fn serials(path: &Path, what: impl Into<String>) -> Self {
        Self::Serials { path: path.into(), what: what.into() }
    }

    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wrong(refusal) => refusal.code().as_str(),
            Self::Damaged { .. } => "damaged-registry",
            Self::Rewritten { .. } => "rewritten-registry",
            Self::Serials { .. } => "serials-do-not-fit",
            Self::Clock { .. } => "clock-behind",
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable { .. } => "unwritable",
            Self::Exists(_) => "exists",
        }
    }

    /// What to do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Wrong(refusal) => refusal.code().remedy(),
            Self::Damaged { .. } => {
                "Restore the log from a copy, or get it again from its registrar; do not use what is left."
            }
            Self::Rewritten { .. } => {
                "Keep the log that is here, and ask the registrar: history must only grow."
            }
            Self::Serials { .. } => {
                "Enrol each meter under one meter id, with the serials that belong to this log."
            }
            Self::Clock { .. } => "Set this machine's clock; events are recorded in order of time.",
            Self::Unreadable { .. } => "Check the path and its permissions.",
            Self::Unwritable { .. } => "Check the path, its permissions, and the room on the disk.",
            Self::Exists(_) => "Choose another name, or pass --force to replace it.",
        }
    }
}
