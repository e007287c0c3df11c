//! What a verifier learned, in plain terms: the result that command line and SDK print.

use crate::format::{Digest, Profile, Setup, VerifyingKeyFile, decimal, written, written_names};
use crate::hash::F;
use crate::meter::Unit;
use crate::policy::{ConditionWords, Context, LevelWords, Period};
use crate::relation::{Output, Statement};
use serde::Serialize;

/// A claim that was verified against a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VerifiedClaim {
    /// `"verified"`.
    pub verdict: &'static str,
    /// What the claim covers.
    pub period: Period,
    /// What the readings meet.
    pub conditions: Vec<ConditionWords>,
    /// What was revealed.
    pub outputs: Vec<OutputWords>,
    /// Who vouches for the readings.
    pub level: LevelWords,
    /// Who made the key.
    pub setup: SetupWords,
    /// Whether the same energy may have been claimed before.
    pub uniqueness: UniquenessWords,
    /// One-use tag of meter, scope and period.
    #[serde(with = "decimal::field")]
    pub nullifier: F,
    /// What the claim is for.
    pub context: Context,
    /// Digest of the profile's policy.
    #[serde(with = "decimal::field")]
    pub policy_digest: F,
    /// Circuit it was proved with.
    pub circuit_id: Digest,
    /// Which of the profile's roots.
    #[serde(with = "decimal::field")]
    pub root: F,
}

written! {
    VerifiedClaim {
        verdict, period, conditions, outputs, level, setup, uniqueness, nullifier, context, policy_digest, circuit_id, root,
    }
    UnconfirmedClaim { verdict, text, statement, setup, circuit_id }
    OutputWords { name, value, unit, channel }
    SetupWords { status, contributions, transcript, text }
    UniquenessWords { status, text }
}

written_names! { UniquenessStatus { NotChecked = "not-checked", Recorded = "recorded" } }

impl VerifiedClaim {
    pub(super) fn new(
        profile: &Profile,
        key: &VerifyingKeyFile,
        outputs: &[Output],
        statement: &Statement,
    ) -> Self {
        let policy = &profile.policy;
        let output = |(output, value): (&Output, &u64)| OutputWords {
            name: output.name,
            value: *value,
            unit: policy.unit(output.channel),
            channel: output.channel,
        };
        Self {
            verdict: "verified",
            period: statement.period,
            conditions: policy.words(),
            outputs: outputs.iter().zip(&statement.outputs).map(output).collect(),
            level: policy.level_words(),
            setup: key.setup().into(),
            uniqueness: UniquenessWords::not_checked(),
            nullifier: statement.nullifier,
            context: profile.context.clone(),
            policy_digest: statement.policy_digest,
            circuit_id: key.circuit_id(),
            root: statement.anchor,
        }
    }
}

/// A bundle whose proof is valid, but that nobody compared with what was agreed on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnconfirmedClaim {
    /// `"unconfirmed"`.
    pub verdict: &'static str,
    /// What that means.
    pub text: &'static str,
    /// What the bundle says of itself.
    pub statement: Statement,
    /// Who made the key.
    pub setup: SetupWords,
    /// Circuit it was proved with.
    pub circuit_id: Digest,
}

impl UnconfirmedClaim {
    pub(super) fn new(key: &VerifyingKeyFile, statement: Statement) -> Self {
        Self {
            verdict: "unconfirmed",
            text: "The proof is valid, but the claim is unconfirmed: nobody compared its policy, period, context and \
                   registry root with what was agreed on. Verify it against a profile of your own.",
            statement,
            setup: key.setup().into(),
            circuit_id: key.circuit_id(),
        }
    }
}

/// A revealed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutputWords {
    /// What it is.
    pub name: &'static str,
    /// How much, in `unit`.
    #[serde(with = "decimal")]
    pub value: u64,
    /// Unit of the value.
    pub unit: Unit,
    /// Channel it is a quantity of.
    pub channel: u8,
}

/// Who made the key, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SetupWords {
    /// `dev` or `ceremony`.
    pub status: &'static str,
    /// Contributions to a ceremony.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributions: Option<u32>,
    /// SHA-256 of a ceremony's transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Digest>,
    /// What it means.
    pub text: &'static str,
}

impl From<Setup> for SetupWords {
    fn from(setup: Setup) -> Self {
        match setup {
            Setup::Dev => Self {
                status: "dev",
                contributions: None,
                transcript: None,
                text: "A development key: whoever made it could forge this claim. For trials only.",
            },
            Setup::Ceremony { contributions, transcript } => Self {
                status: "ceremony",
                contributions: Some(contributions),
                transcript: Some(transcript),
                text: "A key from a ceremony: nobody could forge this claim unless all its contributors colluded.",
            },
        }
    }
}

/// What a verifier knows of other claims of the same energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UniquenessStatus {
    /// Nobody looked.
    NotChecked,
    /// The nullifier was new, and is recorded now.
    Recorded,
}

/// Uniqueness in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UniquenessWords {
    /// In short.
    pub status: UniquenessStatus,
    /// What it means.
    pub text: &'static str,
}

impl UniquenessWords {
    fn not_checked() -> Self {
        let text = "Whether the same energy was claimed before was not checked: record the nullifier, and refuse it the next time.";
        Self { status: UniquenessStatus::NotChecked, text }
    }

    pub(super) fn recorded() -> Self {
        let text =
            "This meter had not claimed this scope and period here before; from now on it has.";
        Self { status: UniquenessStatus::Recorded, text }
    }
}
