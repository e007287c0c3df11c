//! The relation at L3, where the verifier checks the signature: twin and circuit agree, and each constraint is missed.

use super::*;
use crate::l3::{Algorithm, SecureElement, device_nullifier};

fn element(algorithm: Algorithm) -> SecureElement {
    SecureElement::from_seeds("4711", algorithm, [7; 32], [8; 32]).unwrap()
}

fn claim(case: &Case) -> Claim {
    case.device_claim(&element(Algorithm::P256))
}

/// What [`day`] and [`week`] are at L3, and a day that looks back.
fn cases() -> [Case; 3] {
    let mut back = day();
    back.geometry.look_back = 1;
    back.period = (4, 8);
    back.readings = vec![(0..8).map(Reading::measured).collect()];
    [day(), week(), back].map(|case| Case { least_level: Level::L3, ..case })
}

#[test]
fn valid_claims_satisfy_the_circuit() {
    for algorithm in Algorithm::ALL {
        for case in cases() {
            let device = element(algorithm);
            let claim = case.device_claim(&device);
            let (statement, relation) = claim.check().unwrap();
            assert!(matrices(&claim).violations(&assign(&relation)).is_empty());
            let (scope, period) = (claim.policy.scope().field(), claim.period.field());
            assert_eq!(statement.nullifier, device_nullifier(device.key(), &scope, &period));
            assert_eq!(claim.level(), Level::L3);
        }
    }
}

/// Nothing of a registry is in the circuit, nor a signature.
#[test]
fn the_circuit_is_another_and_a_smaller_one() {
    let [case, ..] = cases();
    let (ours, theirs) = (claim(&case), day().claim());
    let [shape, other] = [&ours, &theirs].map(|claim| claim.policy.shape());
    assert_eq!((shape.trust, other.trust), (Trust::Device, Trust::Registry));
    assert_ne!(shape.digest(), other.digest());
    let [ours, theirs] = [&ours, &theirs].map(matrices);
    assert_ne!(circuit_id(&shape, &ours), circuit_id(&other, &theirs));
    assert_eq!(ours.inputs, theirs.inputs);
    assert!(
        ours.names
            .iter()
            .all(|name| !name.starts_with("registry") && !name.starts_with("signature"))
    );
    // Conditions are the same; signature, path of two levels, entry and commitment are gone.
    assert_eq!((ours.constraints(), theirs.constraints()), (2_254, 7_161));
}

#[test]
fn each_public_input_is_bound() {
    let rules = [
        "policy: digest",
        "period: public input",
        "device: context",
        "device: head",
        "nullifier: public input",
        "output",
    ];
    for case in cases() {
        let claim = claim(&case);
        let matrices = matrices(&claim);
        for (i, rule) in rules.iter().enumerate() {
            let (_, mut relation) = claim.unchecked().unwrap();
            relation.public_inputs[i] += F::one();
            let mut assignment = assign(&relation);
            // The context's square is a wire of the prover's: as it was, the constraint notices; made anew, it is another statement.
            if *rule == "device: context" {
                let (_, relation) = claim.unchecked().unwrap();
                let before = assign(&relation);
                assert_ne!(assignment, before);
                assignment = before;
                assignment[1 + i] += F::one();
            }
            let broken = matrices.violations(&assignment);
            assert!(broken.contains(rule), "{rule}: {broken:?}");
        }
    }
}

/// What changes the head or the key: the twin refuses the signature, the circuit the public input that the verifier was told.
#[test]
fn tampered_claims_are_refused_by_twin_and_circuit() {
    type Tamper = (&'static str, &'static [&'static str], fn(&mut Claim));
    let tampers: [Tamper; 6] = [
        ("a reading", &["device: head"], |c| c.blocks[0].channels[0][1].value += 1),
        ("a salt", &["device: head"], |c| c.blocks[0].salt += F::one()),
        ("a quality", &["device: head"], |c| {
            c.blocks[0].channels[0][3].quality = Quality::Estimated;
        }),
        ("the head", &["device: head"], |c| c.head += F::one()),
        ("the index", &["device: head"], |c| c.first_index += 1),
        ("the key", &["device: head", "nullifier: public input"], |c| {
            let other = SecureElement::from_seeds("4711", Algorithm::P256, [9; 32], [8; 32]);
            let Voucher::Device(device) = &mut c.voucher else { unreachable!() };
            device.key = other.unwrap().key().clone();
        }),
    ];
    for case in cases() {
        for (what, rules, tamper) in &tampers {
            let good = claim(&case);
            let mut bad = good.clone();
            tamper(&mut bad);
            assert_eq!(bad.check().unwrap_err().code(), Code::BadSignature, "{what}");
            let (signed, _) = good.check().unwrap();
            let (_, mut relation) = bad.unchecked().unwrap();
            // What was signed, and the nullifier that the verifier computes of the key it trusts.
            relation.public_inputs[3] = signed.anchor;
            relation.public_inputs[4] = signed.nullifier;
            let broken = matrices(&bad).violations(&assign(&relation));
            for rule in *rules {
                assert!(broken.contains(rule), "{what}: {broken:?}");
            }
        }
    }
}

/// A signature for one period, policy or context is none for another, whatever the curve.
#[test]
fn signatures_hold_for_one_claim() {
    for algorithm in Algorithm::ALL {
        let [case, ..] = cases();
        let claim = case.device_claim(&element(algorithm));
        let code = |claim: Claim| claim.check().unwrap_err().code();
        let other = Context::Challenge { verifier: "other".into(), nonce: Prefixed([3; 32]) };
        assert_eq!(code(Claim { context: other, ..claim.clone() }), Code::BadSignature);
        let mut conditions = case.conditions.clone();
        conditions[1] = volume(10, 999, Tolerance::default());
        let policy = case.policy_with(conditions).unwrap();
        assert_eq!(code(Claim { policy, ..claim.clone() }), Code::BadSignature);
        let lower = Case { least_level: Level::L2, ..case.clone() };
        let policy = lower.policy_with(case.conditions.clone()).unwrap();
        assert_eq!(code(Claim { policy, ..claim }), Code::NotEnrolled);
    }
}

/// Packages and shapes come back from their files; a package has one voucher.
#[test]
fn files_come_back() {
    use crate::format::{ToJson, parse, to_json};
    let [case, ..] = cases();
    let claim = claim(&case);
    let json = claim.to_json();
    assert_eq!(Claim::from_json(&json), Ok(claim.clone()));
    let code = |json: &str| Claim::from_json(json).unwrap_err().code();
    let signature = json.split("\"signature\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(code(&json.replace(signature, &signature[2..])), Code::BadSignature);
    assert_eq!(code(&json.replace("\"p256\"", "\"rsa\"")), Code::Malformed);
    assert_eq!(
        code(&json.replace("\"device\":", "\"nullifier_key\":\"1\",\"device\":")),
        Code::Malformed
    );
    let start = json.find("\"device\":").unwrap();
    let end = start + json[start..].find('}').unwrap() + 2;
    assert_eq!(code(&(json[..start].to_owned() + &json[end..])), Code::Malformed);

    let shape = claim.policy.shape();
    let text = serde_json::to_string(&shape).unwrap();
    assert!(text.ends_with(r#""trust":"device"}"#), "{text}");
    assert_eq!(to_json(&shape as &dyn ToJson), text);
    assert_eq!(parse::<Shape>(&text, "shape", text.len()), Ok(shape));
    assert!(!serde_json::to_string(&day().claim().policy.shape()).unwrap().contains("trust"));
}

/// A registry's word is none at L3: neither natively nor, as the circuits differ, in a proof.
#[test]
fn enrolled_keys_are_no_devices() {
    let [case, ..] = cases();
    let Claim { voucher, .. } = day().claim();
    let mixed = Claim { voucher, ..claim(&case) };
    assert_eq!(mixed.check().unwrap_err().code(), Code::NotEnrolled);
}

#[test]
fn no_wire_is_loose() {
    for case in cases() {
        let claim = claim(&case);
        let matrices = matrices(&claim);
        let constraints = matrices.constraints_of_variables();
        let (_, relation) = claim.check().unwrap();
        let mut assignment = assign(&relation);
        for i in 1..assignment.len() {
            let x = assignment[i];
            for y in [x + F::one(), F::one() - x, F::from(5), x + x] {
                assignment[i] = y;
                let loose =
                    y != x && constraints[i].iter().all(|row| matrices.holds(*row, &assignment));
                assert!(!loose, "wire {i}");
            }
            assignment[i] = x;
        }
    }
}

/// No entry, no nameplate: refused by name, in policies and in shapes.
#[test]
fn plausibility_needs_a_registry() {
    let [case, ..] = cases();
    let plausible = condition("plausibility", &[("channel", &[0])], Tolerance::default());
    let conditions = vec![completeness(0), plausible];
    let refused = case.policy_with(conditions.clone()).unwrap_err();
    assert_eq!(refused.code(), Code::BadPolicy);
    assert!(refused.message().contains("nameplate"), "{refused}");
    assert!(day().policy_with(conditions).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Twin and circuit agree on random readings and bounds.
    #[test]
    fn twin_and_circuit_agree(
        readings in proptest::collection::vec(reading(), 4),
        bound in 0i64..256,
        ppm in prop_oneof![Just(0i64), Just(750_000), Just(1_000_000)],
    ) {
        let none = Tolerance::default();
        let conditions =
            vec![completeness(ppm), volume(0, 600, none), limit(Bound::AtMost, bound, none)];
        let [case, ..] = cases();
        let claim = claim(&Case { conditions, readings: vec![readings], ..case });
        let (_, relation) = claim.unchecked().unwrap();
        let broken = matrices(&claim).violations(&assign(&relation));
        prop_assert_eq!(claim.check().is_ok(), broken.is_empty(), "{:?}", broken);
    }
}
