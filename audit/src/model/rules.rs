//! The rules of the protocol that the model has, each of which can be taken away.

macro_rules! rules {
    ($($name:ident: $says:literal, $($kept:literal),+;)+) => {
        /// A rule of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $says] $name),+ }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What it demands.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says),+ }
            }

            /// What keeps it: file and name, of code or, where people do, of a page's words.
            pub fn kept_by(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($kept),+]),+ }
            }
        }
    };
}

rules! {
    OneId: "a serial has one meter id", "registry/src/serials.rs::fn record";
    NoOverlap: "live entries of one meter do not overlap", "circuits/src/meter/registry/roll.rs::fn check_beside";
    SameNullifierKey: "within a revoked entry's reach the nullifier key stays", "circuits/src/meter/registry/roll.rs::fn check_beside";
    Reach: "a revoked entry reaches to the end of the grace period", "circuits/src/format/registry_log.rs::let reach = time + grace";
    InTree: "the entry is under the root; a revoked one is not", "circuits/src/relation/voucher.rs::registry: root";
    Covers: "the entry covers the whole period", "circuits/src/relation/voucher.rs::registry: valid until";
    SignedContext: "the signature binds the context", "circuits/src/relation/voucher.rs::let attested";
    SignedPolicy: "the signature binds the policy, and with it the scope", "circuits/src/relation/voucher.rs::let attested";
    SignedPeriod: "the signature binds the period", "circuits/src/relation/voucher.rs::let attested";
    SignedMeter: "the signature binds the meter whose readings they are", "circuits/src/relation/voucher.rs::let attested";
    OwnNullifierKey: "the nullifier key is the entry's", "circuits/src/relation/voucher.rs::nullifier: commitment";
    OwnNullifier: "the nullifier is that of scope and period", "circuits/src/relation/voucher.rs::nullifier: public input";
    OwnContext: "the verifier compares the context with its own", "circuits/src/verifier.rs::Code::WrongContext", "contracts/src/WattproofSettlement.sol::contextOf(payee, id)";
    OwnPolicy: "the verifier compares the policy with its own", "circuits/src/verifier.rs::Code::WrongPolicy", "contracts/src/WattproofSettlement.sol::inputs[0] = policy.digest";
    OwnPeriod: "the verifier compares the period with its own", "circuits/src/verifier.rs::Code::WrongPeriod", "contracts/src/WattproofSettlement.sol::inputs[1] = uint256(order.start)";
    Calendar: "periods are cells of one calendar", "circuits/src/verifier.rs::calendar.is_cell", "contracts/src/settlement/Calendars.sol::function isCell";
    Recorded: "a nullifier is accepted once", "circuits/src/verifier.rs::Code::AlreadyClaimed", "contracts/src/WattproofSettlement.sol::revert AlreadyClaimed";
    OneStep: "recording and paying are one step, which a reorganisation takes back as a whole", "contracts/src/WattproofSettlement.sol::_record(with.nullifier)";
    OneStore: "each verifier is the authority of its own scopes", "docs/SETTLEMENT.md::each should be its own authority";
    PeriodOver: "periods are claimed when they are over; profiles are written then", "contracts/src/WattproofSettlement.sol::revert PeriodNotOver", "docs/REGISTRY.md::profiles being written";
    ProfileFresh: "a profile is not used for longer than the grace period", "docs/REGISTRY.md::the *present* roots of a profile have no end";
    ReplacedBeforeEnd: "a replaced root is for periods that had ended by then", "circuits/src/verifier.rs::self.profile.period.end() > old.replaced_at", "contracts/src/settlement/Roots.sol::revert RootReplacedBeforeEnd";
    GraceEnds: "a replaced root ends with its grace period", "circuits/src/verifier.rs::now < old.valid_until", "contracts/src/settlement/Roots.sol::revert RootExpired";
    OwnersWordEnds: "the owner's word on the present root ends too", "contracts/src/settlement/Roots.sol::revert RootsOutOfDate";
    SetOnce: "a contract's root is set once", "contracts/src/settlement/Roots.sol::revert RootNotNew";
    Margin: "the contract's grace period is shorter than the registry's, by as long as a message may take", "docs/SETTLEMENT.md::as long as a transaction of the owner may take";
}

/// The rules that hold: all but those taken away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules(u32);

impl Rules {
    /// All rules but these.
    pub fn without(rules: &[Rule]) -> Self {
        Self(rules.iter().fold(0, |gone, rule| gone | 1 << *rule as u32))
    }

    pub(super) fn keep(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) == 0
    }
}
