//! Attacks of PROTOCOL that no other test performs; docs/soundness/attacks.md lists them all.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile, decimal};
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::hash::{F, hash_node};
use wattproof_circuits::meter::{Level, Reading};
use wattproof_circuits::policy::Period;
use wattproof_circuits::relation::{Claim, Relation, Voucher};
use wattproof_tests::scene::{DAY, FEBRUARY, Meter, challenge, policy};
use wattproof_tests::vector::{Outcome, Vectors};

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

/// Every proof of the vectors against every other key, with its own number of inputs and with the key's: none is accepted.
#[test]
fn no_key_accepts_the_proof_of_another() {
    let vectors = Vectors::read().unwrap();
    let mut keys = BTreeMap::new();
    for text in vectors.keys.values() {
        if let Ok(file) = VerifyingKeyFile::from_json(text) {
            let inputs = file.key().public_inputs();
            // By the key itself: some differ in their stamps alone.
            keys.insert(file.key().to_bytes(), (inputs, PreparedVerifyingKey::from(file.key())));
        }
    }
    let good = vectors.cases.iter().filter(|case| case.expect == Outcome::verified());
    let (mut held, mut tried) = (0, 0);
    for case in good {
        let own = VerifyingKeyFile::from_json(vectors.key(case).unwrap()).unwrap().key().to_bytes();
        let bundle = Bundle::from_json(case.bundle.as_ref().unwrap()).unwrap();
        let (inputs, proof) = (bundle.statement.to_public_inputs(), bundle.proof().unwrap());
        for (bytes, (count, key)) in &keys {
            let mut fitted = inputs.clone();
            fitted.resize(*count, F::from(0));
            for inputs in [&inputs, &fitted] {
                let accepted = key.verify(inputs, &proof).is_ok();
                assert_eq!(accepted, *bytes == own, "{}", case.name);
                tried += 1;
                held += usize::from(accepted);
            }
        }
    }
    assert!(tried > 300 && held > 40, "{held} of {tried}");
}

/// A package damaged in four thousand ways, and what is said of it: no salt, no nullifier key, no reading. Whoever keeps a log keeps what
/// errors say.
#[test]
fn errors_about_packages_show_nothing_of_them() {
    let claim = claim();
    let Voucher::Registry(entry) = &claim.voucher else { panic!("an enrolled meter") };
    let text = claim.to_json();
    // Canaries: long enough that nothing else looks like them.
    let key = "31415926535897932384626433832795028841971693993751";
    let own = format!("\"{}\"", decimal::field_string(&entry.nullifier_key));
    assert_eq!(text.matches(&own).count(), 1, "{own}");
    let text = text.replace(&own, &format!("\"{key}\""));
    let salts: Vec<_> =
        claim.blocks.iter().map(|block| decimal::field_string(&block.salt)).collect();
    assert!(salts.iter().all(|salt| text.contains(salt)));
    let secrets: Vec<&str> = salts.iter().map(|salt| &salt[..20]).chain([&key[..20]]).collect();
    let mut random = 0x5eed_u64;
    let mut below = |n: usize| {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        (random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    };
    let (mut refused, mut parsed) = (0, 0);
    for round in 0..4_000 {
        let mut bytes = text.as_bytes().to_vec();
        let at = below(bytes.len());
        match round % 4 {
            0 => bytes[at] = b' ' + below(95) as u8,
            1 => bytes.truncate(at),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, b'0' + below(10) as u8),
        }
        let error = match Claim::from_json(&String::from_utf8_lossy(&bytes)) {
            Err(error) => error,
            Ok(claim) => {
                parsed += 1;
                let shown = format!("{claim:?} {:?}", claim.blocks);
                assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
                match claim.check() {
                    Err(error) => error,
                    Ok(_) => continue,
                }
            }
        };
        refused += 1;
        let shown = format!("{error} {error:?} {}", error.message());
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
    assert!(refused > 3_000 && parsed > 100, "{refused} refused, {parsed} read");
}
