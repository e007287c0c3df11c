//! The life of a claim as an executable model: enrolment, rotation, revocation, roots with grace, scopes, periods, two verifiers, a malicious
//! prover, a malicious holder, a chain that is reorganised. Small worlds are explored exhaustively; each rule taken away is missed.

mod chain;
mod claims;
mod explore;
mod page;
mod registry;
mod rules;
mod scenes;
mod state;

pub use chain::{Chain, Status, Word};
pub use claims::profile_takes;
pub use explore::{Explored, explore};
pub use page::page;
pub use registry::{Change, Entry, Leaf, Registry, Root};
pub use rules::{Rule, Rules};
pub use scenes::{DROPPED, Dropped, SCENES, Scene};
pub use state::{Accepted, Bounds, Nullifier, Signature, State, Step, Who};

/// What must hold of every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// No two accepted claims are of one meter's energy in one scope.
    Once,
    /// What was accepted for a verifier, payee, policy and period was signed for them.
    NotRedirected,
    /// Nothing is accepted of a revoked entry after its grace period, nor of none.
    NotRevoked,
}

impl Property {
    /// In words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Once => "no two accepted claims share meter, scope and any time",
            Self::NotRedirected => "what is accepted was signed for that scope, period and payee",
            Self::NotRevoked => "no claim from a revoked meter after grace",
        }
    }

    /// Whether it is broken by the last claim of a state that was reached by a claim.
    fn broken(self, state: &State, last: &Accepted, bounds: &Bounds, rules: Rules) -> bool {
        match self {
            Self::Once => {
                let overlap = |a: (u8, u8), b: (u8, u8)| a.0 < b.1 && b.0 < a.1;
                let same = |other: &&Accepted| {
                    other.meter == last.meter
                        && other.scope == last.scope
                        && overlap(other.period, last.period)
                };
                state.accepted(rules).filter(same).count() > 1
            }
            Self::NotRedirected => {
                let Accepted { meter, scope, period, context, .. } = *last;
                let signed = Signature { meter, scope, period, context };
                bounds.signatures.is_some() && !state.signatures.contains(&signed)
            }
            Self::NotRevoked => {
                let entry = &state.registry.entries[last.entry];
                entry.revoked_at.is_some_and(|at| state.now >= at + bounds.grace)
            }
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Once, Self::NotRedirected, Self::NotRevoked];
}
