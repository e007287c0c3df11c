//! Attacks of PROTOCOL that no other test performs; docs/soundness/attacks.md lists them all.
#![allow(clippy::unwrap_used)]

use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::Code;
use wattproof_circuits::hash::{F, hash_node};
use wattproof_circuits::meter::{Level, Reading};
use wattproof_circuits::policy::Period;
use wattproof_circuits::relation::{Claim, Relation, Voucher};
use wattproof_tests::scene::{DAY, FEBRUARY, Meter, challenge, policy};

fn claim() -> Claim {
    let policy = policy("day-sdge.json").unwrap();
    let readings = vec![Reading::measured(500); 24];
    let meter = Meter::new(1, &policy, Level::L1, FEBRUARY, &[readings]).unwrap();
    let period = Period::new(FEBRUARY, FEBRUARY + DAY).unwrap();
    meter.claim(&policy, period, &challenge(1)).unwrap()
}

/// What the tree has once the entry is revoked: zero in its place, and what follows up to the root.
fn revoke(claim: &mut Claim) -> F {
    let Voucher::Registry(entry) = &mut claim.voucher else { panic!("an enrolled meter") };
    let mut node = F::from(0);
    for (children, position) in &mut entry.path.levels {
        children[usize::from(*position)] = node;
        node = hash_node(children);
    }
    node
}

/// A revoked meter's holder has its leaf, its keys and a signature still, and syncs the tree: neither its old path nor the new one leads to
/// the root without it, natively and in circuit.
#[test]
fn a_revoked_entry_proves_nothing() {
    let good = claim();
    let (_, relation) = good.check().unwrap();
    let matrices = Relation::matrices(&good.policy.shape());
    let mut assignment = Evaluator::assign(&relation, matrices.variables);
    assert!(matrices.violations(&assignment).is_empty());

    let mut revoked = claim();
    let root = revoke(&mut revoked);
    assert_eq!(revoked.check().unwrap_err().code(), Code::NotEnrolled);
    // One, then the public inputs: the fourth is the anchor.
    assignment[1 + 3] = root;
    assert_eq!(matrices.violations(&assignment), ["registry: root"]);
}
