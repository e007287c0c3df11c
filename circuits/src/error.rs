//! The one list of reasons to refuse: stable codes shared by Rust, the command line and TypeScript.

mod message;

pub(crate) use message::{Say, append, digits, join, message, say, sentence};

use core::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $code:literal, $remedy:literal;)+) => {
        /// Why something was refused. The kebab-case form ([`Code::as_str`]) is stable and equal in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The stable name, e.g. `wrong-period`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }

            /// What to do about it, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Code::$variant => $remedy,)+ }
            }
        }
    };
}

codes! {
    /// The input is longer than the format allows.
    TooLarge => "too-large", "Check that this is the right file; a bundle is at most 64 KB.";
    /// Not JSON, not UTF-8, a member missing, unknown, repeated or of the wrong type.
    Malformed => "malformed", "Get the file again from whoever made it.";
    /// The `wattproof` member names another kind of file, or a version this build does not know.
    UnknownVersion => "unknown-version", "Use a build of Wattproof that knows this version, or the right file.";
    /// A number is outside the range its member allows.
    OutOfRange => "out-of-range", "Correct the value to lie in the stated range.";
    /// A field element is not below the field's modulus (it would alias a smaller one).
    FieldRange => "field-range", "Get the bundle again; field elements are canonical decimal strings.";
    /// A proof or key point is not canonical, off the curve, off the subgroup, or the identity where it must not be.
    BadPoint => "bad-point", "Get the file again from whoever made it.";
    /// A verifying key that would accept forgeries: gamma equals delta, or an identity point.
    UnsoundKey => "unsound-key", "Do not use this key; get one from a finished ceremony.";
    /// The key's content does not match its own fingerprint.
    KeyDigest => "key-digest", "Get the key file again; it was altered or cut short.";
    /// A development key, made by one party who could forge.
    DevKey => "dev-key", "Use a key from a ceremony, or allow development keys explicitly for a trial.";
    /// The key is not the one the profile pins.
    WrongKey => "wrong-key", "Load the verifying key whose fingerprint the profile names.";
    /// The bundle was made for another circuit than the key.
    WrongCircuit => "wrong-circuit", "Prove again with the circuit that this policy needs.";
    /// The number of public inputs does not fit the circuit.
    InputCount => "input-count", "Get the bundle again; its outputs do not fit the circuit.";
    /// The claim was made under another policy.
    WrongPolicy => "wrong-policy", "Ask for a proof under the policy in your profile.";
    /// The claim is for another period.
    WrongPeriod => "wrong-period", "Ask for a proof over the period in your profile.";
    /// The period is not one cell of the scope's calendar.
    PeriodOffCalendar => "period-off-calendar", "Use a period that begins and ends at the calendar's boundaries.";
    /// The claim was made for somebody else, another contract, payee, order or challenge.
    WrongContext => "wrong-context", "Ask for a proof made for your context.";
    /// The registry root is not among the roots the verifier accepts.
    WrongRoot => "wrong-root", "Update the accepted roots, or ask for a proof against a current root.";
    /// The policy accepts readings that nobody vouches for, and the verifier did not accept that by name.
    L0NotAccepted => "l0-not-accepted", "Demand at least L1 in the policy, or accept L0 by name in the profile.";
    /// The claim is of level L3, whose curves are not in this build.
    L3NotBuiltIn => "l3-not-built-in", "Verify it with wattproof/l3, or on the command line.";
    /// The device that signed is none that the profile trusts over the whole period.
    WrongDevice => "wrong-device", "Refuse it, unless you know that the key is the meter's: then name it.";
    /// The proof does not verify.
    ProofInvalid => "proof-invalid", "Do not rely on this claim; ask the prover for a new bundle.";
    /// The nullifier was seen before: this meter, scope and period were claimed already.
    AlreadyClaimed => "already-claimed", "Refuse the claim: the same energy was claimed before.";
    /// The policy contradicts itself or does not fit its meter or geometry.
    BadPolicy => "bad-policy", "Correct the policy at the stated place.";
    /// The readings do not meet a condition of the policy.
    ConditionFails => "condition-fails", "These readings cannot prove this policy.";
    /// The device's signature does not verify.
    BadSignature => "bad-signature", "Sign again with the device's key.";
    /// A public key is off the curve or of low order.
    BadKey => "bad-key", "Generate a new device key.";
    /// The readings' chain or blocks do not fit what was signed.
    BrokenChain => "broken-chain", "Make the package again from the device's own chain.";
    /// The meter is not in the registry, or its entry does not cover the period or level.
    NotEnrolled => "not-enrolled", "Enrol the meter for the whole period and at the level the policy asks for.";
    /// A roster has too few members or too many, or a key or name twice.
    BadRoster => "bad-roster", "Correct the roster, and give it a new round.";
    /// A share was made under another roster or round, or for another output.
    WrongRound => "wrong-round", "Ask the member for a share of this round.";
    /// A member of the roster gave no share.
    MemberMissing => "member-missing", "Wait for the member, or start a new round without it.";
    /// A member of the roster gave more than one share.
    MemberTwice => "member-twice", "Keep one share of each member.";
    /// The shares do not open the sum of the commitments.
    SumClosed => "sum-closed", "Ask all members for their shares again, or start a new round.";
    /// Verifiers who compare notes would learn more of the readings than their owner allows.
    OverBudget => "over-budget", "Do not prove this, or allow it by name; a larger budget is the owner's choice.";
    /// A hidden figure is in another sum already: two sums may show their difference.
    SecondSum => "second-sum", "Only if the other sum never opens: allow another sum by name.";
    /// A proving key could not be fetched.
    FetchFailed => "fetch-failed", "Check the connection and the key's address, and try again.";
    /// Another value was blinded by the same masks, which would show the difference.
    MaskReused => "mask-reused", "Ask for a new round.";
}

/// A refusal: a stable [`Code`], and a message that says what is wrong and where.
///
/// One pointer wide: results are passed about everywhere, and wide ones weigh in Wasm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<(Code, String)>);

impl Error {
    /// A refusal with `code`; `message` says what is wrong and where, without the remedy.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self::build(code, message.into())
    }

    #[cold]
    #[inline(never)]
    fn build(code: Code, message: String) -> Self {
        Self(Box::new((code, message)))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.0
    }

    /// What is wrong, and where.
    pub fn message(&self) -> &str {
        &self.0.1
    }

    /// The same refusal with its place put in front (`profile.policy: ...`).
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.0.1 = message![place, ": ", &self.0.1];
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.code().as_str(), self.message(), self.code().remedy())
    }
}

impl std::error::Error for Error {}

/// Result with [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;
