//! Ceremonies that went wrong.

use std::collections::HashSet;
use wattproof_circuits::random;
use wattproof_circuits::setup::ceremony::{Demands, verify};
use wattproof_tests::Any;
use wattproof_tests::tampered::Ceremony;

#[test]
fn tampered_ceremonies_are_refused_for_the_right_reason() -> Any<()> {
    let ceremony = Ceremony::play()?;
    let demands = Demands::default();
    let judged =
        |key| random::rng().map(|mut rng| verify(key, &ceremony.initial, &demands, &mut rng));
    judged(&ceremony.finished)??;
    let all = ceremony.tampered()?;
    assert!(all.len() >= 50, "{}", all.len());
    for tampered in &all {
        let what = tampered.what;
        let refusal = judged(&tampered.key)?.expect_err(what);
        assert_eq!(refusal.check, tampered.check, "{what}: {refusal}");
    }
    let names: HashSet<_> = all.iter().map(|tampered| tampered.what).collect();
    assert_eq!(names.len(), all.len());
    Ok(())
}

/// Whatever is demanded, one contribution with a secret is: a beacon's is public, and the initial key has none.
#[test]
fn no_demands_are_too_few() -> Any<()> {
    let ceremony = Ceremony::play()?;
    let all = ceremony.tampered()?;
    for (what, beacon) in
        [("a beacon alone", true), ("a beacon alone", false), ("nothing contributed", false)]
    {
        let found = all.iter().find(|tampered| tampered.what == what);
        let tampered = found.ok_or("no such key")?;
        let demands = Demands { contributions: 0, beacon };
        let refused = verify(&tampered.key, &ceremony.initial, &demands, &mut random::rng()?);
        assert_eq!(refused.expect_err(what).check, tampered.check, "{what}");
    }
    Ok(())
}
