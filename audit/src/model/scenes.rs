//! The small worlds that are explored, and which rule is missed in which.

use super::Property::{self, NotRedirected, NotRevoked, Once};
use super::registry::Leaf;
use super::rules::Rule;
use super::state::{Bounds, Who};

/// A small world.
#[derive(Debug)]
pub struct Scene {
    /// Short.
    pub name: &'static str,
    /// Who is in it.
    pub says: &'static str,
    /// How far it goes.
    pub bounds: Bounds,
    /// What is enrolled at the beginning.
    pub beginnings: &'static [&'static [Leaf]],
}

const fn leaf(meter: u8, nullifier: u8, from: u8, until: u8) -> Leaf {
    Leaf { meter, id: meter, nullifier, from, until }
}

/// All scenes.
pub const SCENES: &[Scene] = &[
    Scene {
        name: "statement",
        says: "Two meters behind one gateway, both verifiers, a malicious prover: it has what was signed, and proves whatever follows.",
        bounds: Bounds {
            end: 2,
            grace: 2,
            delay: 0,
            verifiers: &[Who::Native, Who::Contract],
            payees: &[1, 2],
            changes: 0,
            messages: 0,
            repeats: 0,
            reorganisations: 0,
            signatures: Some(2),
            meters: 2,
            claims: 2,
            lengths: &[],
            root_known: true,
        },
        beginnings: &[&[leaf(0, 0, 0, 2), leaf(1, 1, 0, 2)], &[leaf(0, 0, 0, 1), leaf(1, 1, 1, 2)]],
    },
    Scene {
        name: "registry",
        says: "One meter, its malicious holder, a native verifier: every enrolment, rotation and revocation that the registrar lets pass.",
        bounds: Bounds {
            end: 6,
            grace: 2,
            delay: 0,
            verifiers: &[Who::Native],
            payees: &[],
            changes: 2,
            messages: 0,
            repeats: 0,
            reorganisations: 0,
            signatures: None,
            meters: 1,
            claims: 2,
            lengths: &[2, 6],
            root_known: false,
        },
        beginnings: &[&[leaf(0, 0, 0, 6)], &[leaf(0, 0, 0, 3)]],
    },
    Scene {
        name: "chain",
        says: "One meter, its malicious holder, the settlement contract: the owner's messages come late or never.",
        bounds: Bounds {
            end: 5,
            grace: 2,
            delay: 1,
            verifiers: &[Who::Contract],
            payees: &[1],
            changes: 2,
            messages: 2,
            repeats: 0,
            reorganisations: 0,
            signatures: None,
            meters: 1,
            claims: 2,
            lengths: &[5],
            root_known: true,
        },
        beginnings: &[&[leaf(0, 0, 0, 5)]],
    },
    Scene {
        name: "reorganised",
        says: "The same, with messages that are sent again, and a chain that loses its last moment.",
        bounds: Bounds {
            end: 4,
            grace: 2,
            delay: 1,
            verifiers: &[Who::Contract],
            payees: &[1],
            changes: 1,
            messages: 3,
            repeats: 1,
            reorganisations: 1,
            signatures: None,
            meters: 1,
            claims: 2,
            lengths: &[5],
            root_known: false,
        },
        beginnings: &[&[leaf(0, 0, 0, 4)]],
    },
];

/// Rules taken away, and the property that breaks then.
#[derive(Debug)]
pub struct Dropped {
    /// Without these.
    pub rules: &'static [Rule],
    /// In this scene.
    pub scene: &'static str,
    /// This breaks.
    pub breaks: Property,
}

macro_rules! dropped {
    ($($scene:literal $breaks:ident: $($rule:ident)+;)+) => {
        /// Each rule alone, or with the one that stands behind it.
        pub const DROPPED: &[Dropped] = &[$(
            Dropped { rules: &[$(Rule::$rule),+], scene: $scene, breaks: $breaks }
        ),+];
    };
}

dropped! {
    "registry" Once: OneId;
    "registry" Once: NoOverlap;
    "registry" Once: SameNullifierKey;
    "chain" Once: Reach;
    "registry" Once: Reach ReplacedBeforeEnd;
    "registry" NotRevoked: InTree;
    "registry" Once: Covers;
    "statement" NotRedirected: SignedContext;
    "statement" NotRedirected: SignedPolicy;
    "statement" NotRedirected: SignedPeriod;
    "statement" Once: SignedMeter;
    "statement" Once: OwnNullifierKey;
    "statement" Once: OwnNullifier;
    "statement" NotRedirected: OwnContext;
    "statement" NotRedirected: OwnPolicy;
    "statement" NotRedirected: OwnPeriod;
    "registry" Once: Calendar;
    "statement" Once: Recorded;
    "reorganised" Once: OneStep;
    "statement" Once: OneStore;
    "registry" Once: PeriodOver;
    "registry" NotRevoked: ProfileFresh;
    "registry" NotRevoked: GraceEnds;
    "chain" NotRevoked: GraceEnds;
    "chain" NotRevoked: OwnersWordEnds;
    "reorganised" NotRevoked: SetOnce;
    "chain" NotRevoked: Margin;
    "registry" Once: ReplacedBeforeEnd GraceEnds;
}
