//! Altered claims: arkworks agrees with every verdict, and the ways are what they say they are.
#![allow(clippy::unwrap_used)]

use wattproof_audit::differential::alteration::{KINDS, WAYS};
use wattproof_audit::differential::{Fault, Round, Tally, subjects};

#[test]
fn altered_claims_get_arkworks_verdict() {
    let subjects = subjects().unwrap();
    let tally = Tally::of(&subjects, WAYS * subjects.len() * 2).unwrap();
    assert_eq!((&tally.false_accepts, &tally.disagreements), (&vec![], &vec![]));
    assert_eq!(tally.kinds.len(), WAYS);
    for (kind, [verified, by_pairing, before]) in &tally.kinds {
        match *kind {
            holds if holds.ends_with(": holds") => {
                assert_eq!([*by_pairing, *before], [0, 0], "{kind}")
            }
            // White space, the stamp, what a profile does not ask for, and a key's points that a statement multiplies by zero may differ.
            may if may.contains(" of the key")
                || may.contains("a character of")
                || may.contains("a stretch of") => {}
            _ => assert_eq!(*verified, 0, "{kind}"),
        }
    }
    // A statement with a profile that follows gets as far as the pairing; else little would be shown.
    for kind in
        KINDS.iter().filter(|kind| kind.ends_with("the profile's") && !kind.contains("period"))
    {
        assert_eq!(tally.kinds[kind][2], 0, "{kind}");
    }
    assert!(tally.kinds["another period, and the profile's"][1] > 0);
    assert!(tally.kinds["a point of the key times something"][1] > 0);
}

#[test]
fn rounds_are_the_same_each_time_and_a_wrong_verdict_shows() {
    let subjects = subjects().unwrap();
    for number in [0, 1, WAYS + 8] {
        let mut round = Round::play(&subjects, number).unwrap();
        assert_eq!(round.to_json(), Round::play(&subjects, number).unwrap().to_json());
        assert_eq!(round.fault(&subjects), None);
        let was = round.verdict;
        round.verdict = if was == "verified" { "proof-invalid" } else { "verified" };

        assert_eq!(round.fault(&subjects), Some(Fault::Disagreement), "{number}");
    }
    // Accepted under another statement than anybody proved.
    let mut round = Round::play(&subjects, 17).unwrap();
    round.verdict = "verified";
    assert_eq!(round.fault(&subjects), Some(Fault::FalseAccept));
}
