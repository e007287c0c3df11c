//! What a verifier learned, in plain terms: the result that command line and SDK print.

use crate::error::message;
use crate::format::decimal::field_string;
use crate::format::{
    Digest, FirstPhase, Profile, Setup, VerifyingKeyFile, decimal, written, written_names,
};
use crate::hash::{F, integer};
use crate::l3::TrustedDevice;
use crate::policy::{ConditionWords, Context, LevelWords, Period, Policy};
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
    /// Which of the profile's roots; at L3, where there are none, the head that the device signed.
    #[serde(with = "decimal::field")]
    pub root: F,
    /// At L3, which of the profile's devices signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<TrustedDevice>,
}

written! {
    VerifiedClaim {
        verdict, period, conditions, outputs, level, setup, uniqueness, nullifier, context, policy_digest, circuit_id, root,
        device,
    }
    UnconfirmedClaim { verdict, text, statement, setup, circuit_id }
    OutputWords { name, value, unit, text, channel, commitment }
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
        device: Option<TrustedDevice>,
    ) -> Self {
        let policy = &profile.policy;
        Self {
            verdict: "verified",
            period: statement.period,
            conditions: policy.words(),
            outputs: OutputWords::all(policy, outputs, &statement.outputs),
            level: policy.level_words(),
            setup: key.setup().into(),
            uniqueness: UniquenessWords::not_checked(),
            nullifier: statement.nullifier,
            context: profile.context.clone(),
            policy_digest: statement.policy_digest,
            circuit_id: key.circuit_id(),
            root: statement.anchor,
            device,
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
    /// How much, in `unit`: a whole number in decimal; none if only a commitment is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Unit of the value.
    pub unit: String,
    /// The value as people write it: `406.345 kWh`.
    pub text: String,
    /// The first channel that its condition looks at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u8>,
    /// The commitment's coordinates, as decimal strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Vec<String>>,
}

/// Each output with its value: none if it is hidden, else less its offset.
pub(super) fn values<'a>(
    outputs: &'a [Output],
    elements: &'a [F],
) -> impl Iterator<Item = (&'a Output, Option<i128>)> {
    let mut rest = elements;
    outputs.iter().map(move |output| {
        let (these, others) = rest.split_at_checked(output.inputs()).unwrap_or_default();
        rest = others;
        // Below 2^64: the statement's outputs were checked.
        let low = these.first().map_or(0, |x| integer(x)[0]);
        let value = i128::from(low) - i128::from(output.offset);
        (output, (!output.hidden).then_some(value))
    })
}

impl OutputWords {
    /// The outputs of a statement under this policy, `elements` being [`Statement::outputs`].
    pub fn all(policy: &Policy, outputs: &[Output], elements: &[F]) -> Vec<Self> {
        let mut at = 0;
        let mut all = Vec::new();
        for (output, value) in values(outputs, elements) {
            let these = elements.get(at..at + output.inputs()).unwrap_or_default();
            at += output.inputs();
            // Nothing is said of a condition that is off.
            let Some(condition) = policy.conditions().get(output.condition).filter(|c| !c.is_off())
            else {
                continue;
            };
            let commitment = || these.iter().map(field_string).collect();
            all.push(Self {
                name: output.revealed.name,
                value: value.map(|v| message![v as i64]),
                unit: policy.revealed_unit(condition),
                text: match value {
                    Some(value) => policy.revealed_words(condition, value as i64),
                    None => "only a commitment is shown".into(),
                },
                channel: condition.shape().channels().first().copied(),
                commitment: output.hidden.then(commitment),
            });
        }
        all
    }
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
            Setup::Ceremony { contributions, transcript, first_phase } => Self {
                status: "ceremony",
                contributions: Some(contributions),
                transcript: Some(transcript),
                text: match first_phase {
                    FirstPhase::Published => {
                        "A key from a ceremony: nobody could forge this claim unless all its contributors colluded."
                    }
                    FirstPhase::Private => {
                        "A key from a ceremony on a private first phase: whoever made that could forge this claim. For trials only."
                    }
                },
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
