//! Attacks by many proofs, and what they come to.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::aggregate::{MaskKey, Member, Roster, Share, Subject};
use crate::condition::{Condition, Tolerance};
use crate::error::Code;
use crate::meter::Reading;
use crate::relation::Claim;
use crate::relation::tests::case::*;

/// A total of 130 in a day; only the total's bounds are asked for, and any quality will do.
fn total(min: i64, max: i64, reveal: i64) -> Case {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("min", &[min]), ("max", &[max]), ("reveal", &[reveal])];
    let volume = condition("volume", members, tolerate(true, true));
    Case { conditions: vec![completeness(0), volume], ..day() }
}

/// All that a total can be: eight bits a value, three a count.
const ALL: i64 = (1 << 11) - 1;

fn assess(ledger: &Disclosures, claim: &Claim) -> crate::error::Result<Assessment> {
    ledger.assess(claim, &[], Permit::default())
}

/// Records, and gives the millibits added.
fn tell(ledger: &mut Disclosures, case: &Case) -> u64 {
    let claim = case.claim();
    claim.check().unwrap();
    let assessment = assess(ledger, &claim).unwrap();
    let added = assessment.millibits();
    ledger.record(assessment.disclosed().clone());
    added
}

fn code<T: std::fmt::Debug>(outcome: crate::error::Result<T>) -> Code {
    outcome.unwrap_err().code()
}

#[test]
fn a_budget_stops_bisection() {
    let mut ledger = Disclosures::default();
    ledger.set_budget(Some(6));
    let (mut low, mut high, mut proofs) = (0, ALL, 0);
    let stopped = loop {
        assert!(low < high, "found after {proofs} proofs");
        let middle = (low + high) / 2;
        // Refusals answer too: the attacker asks for one half, and then for the other.
        let (min, max) = if (0..=middle).contains(&130) { (0, middle) } else { (middle + 1, ALL) };
        let claim = total(min, max, 0).claim();
        claim.check().unwrap();
        match assess(&ledger, &claim) {
            Ok(assessment) => ledger.record(assessment.disclosed().clone()),
            Err(refusal) => break refusal,
        }
        (low, high) = (low.max(min), high.min(max));
        proofs += 1;
    };
    assert_eq!(stopped.code(), Code::OverBudget);
    assert_eq!(proofs, 6, "{stopped}");
    assert_eq!(high - low + 1, (ALL + 1) >> 6);
    // By name it goes on; and what is known may be shown again and again.
    let claim = total(130, 130, 0).claim();
    let permit = Permit { over_budget: true, ..Permit::default() };
    let allowed = ledger.assess(&claim, &[], permit).unwrap();
    assert_eq!((allowed.millibits(), allowed.account()), (5000, 11_000));
    assert!(allowed.is_over_budget());
    let again = assess(&ledger, &total(low, ALL, 0).claim()).unwrap();
    assert_eq!((again.millibits(), again.account()), (0, 6000));
}

#[test]
fn exact_after_bound_and_bound_after_exact() {
    let mut ledger = Disclosures::default();
    assert_eq!(tell(&mut ledger, &total(0, 1023, 0)), 1000);
    let exact = assess(&ledger, &total(0, ALL, 1).claim()).unwrap();
    assert_eq!(exact.millibits(), 10_000);
    let text = &exact.steps()[1].text;
    assert!(text.contains("the total of energy taken from the grid is 130 Wh"), "{text}");
    assert!(text.contains("it was known to lie between 0 Wh and 1.023 kWh"), "{text}");
    assert_eq!(tell(&mut ledger, &total(0, ALL, 1)), 10_000);
    for known in [total(0, ALL, 1), total(0, ALL, 0), total(100, 500, 0), total(130, 130, 1)] {
        assert_eq!(tell(&mut ledger, &known), 0);
    }
    // Other readings of the same day contradict what was told, and count in full.
    let other = Case {
        readings: vec![[10, 20, 100, 1].map(Reading::measured).to_vec()],
        ..total(0, ALL, 1)
    };
    assert_eq!(tell(&mut ledger, &other), 11_000);
    assert_eq!(tell(&mut ledger, &other), 0);
    let claim = other.claim();
    assert_eq!(ledger.account(&claim.meter_id(), &claim.period), 22_000);
    assert_eq!(ledger.account(&F::from(1), &claim.period), 0);
}

/// Seven days of which the second is `one`.
fn weekly(max: i64) -> Case {
    let conditions = total(0, max, 0).conditions;
    Case { conditions, period: (4, 32), ..week() }
}

fn on_day(number: u64, max: i64) -> Case {
    let readings = (0..40).map(|i| Reading::measured(i % 50)).collect();
    Case { period: (4 * number, 4 * number + 4), readings: vec![readings], ..total(0, max, 0) }
}

#[test]
fn overlapping_periods_share_an_account() {
    let mut ledger = Disclosures::default();
    // A total of the week bounds each of its days'.
    let all_week = (1_i64 << (8 + 6)) - 1;
    assert_eq!(tell(&mut ledger, &weekly((all_week + 1) / 16 - 1)), 4000);
    assert_eq!(tell(&mut ledger, &on_day(2, 1023)), 0);
    assert_eq!(tell(&mut ledger, &on_day(2, 511)), 1000);
    // A day outside is another matter.
    let outside = assess(&ledger, &on_day(9, 1023).claim()).unwrap();
    assert_eq!((outside.earlier(), outside.millibits(), outside.account()), (0, 1000, 1000));
    // The day's own account would do, but the week's is full.
    ledger.set_budget(Some(5));
    let refused = assess(&ledger, &on_day(3, 511).claim()).unwrap_err();
    assert_eq!(refused.code(), Code::OverBudget);
    assert!(
        refused.message().contains("adds 1.0 bits") && refused.message().contains("6.0 bits"),
        "{refused}"
    );
    assert!(assess(&ledger, &on_day(9, 511).claim()).is_ok());
    // The other way round: a week with a total at least its day's.
    let mut ledger = Disclosures::default();
    assert_eq!(
        tell(&mut ledger, &Case { conditions: total(16, ALL, 0).conditions, ..on_day(2, 0) }),
        12
    );
    let weekly = Case { conditions: total(16, all_week, 0).conditions, ..weekly(0) };
    assert_eq!(tell(&mut ledger, &weekly), 0);
}

#[test]
fn extremes_shares_qualities_and_schedules() {
    let plain = Tolerance::default();
    let mut ledger = Disclosures::default();
    let with =
        |condition: Condition| Case { conditions: vec![completeness(0), condition], ..day() };
    // Two qualities that are not tolerated, one bit each; then the extreme alone.
    assert_eq!(tell(&mut ledger, &with(limit(Bound::AtMost, 127, plain))), 3000);
    assert_eq!(tell(&mut ledger, &with(limit(Bound::AtMost, 127, plain))), 0);
    assert_eq!(tell(&mut ledger, &with(limit(Bound::AtMost, 100, plain))), narrowed(128, 101));
    // The lowest is another figure than the highest.
    assert_eq!(tell(&mut ledger, &with(limit(Bound::AtLeast, 0, plain))), 0);
    // A schedule is as much as its tightest bound, for each new one.
    let first = scheduled(Bound::AtMost, &[127, 127, 127, 15], plain);
    assert_eq!(tell(&mut ledger, &with(first.clone())), 4000);
    assert_eq!(tell(&mut ledger, &with(first)), 0);
    assert_eq!(tell(&mut ledger, &with(scheduled(Bound::AtMost, &[255; 4], plain))), 1000);
    // Of four intervals all are measured: one of five possible counts.
    let share = Case { conditions: vec![completeness(1_000_000)], ..day() };
    assert_eq!(tell(&mut ledger, &share), narrowed(5, 1));
    let claim = share.claim();
    assert_eq!(
        ledger.account(&claim.meter_id(), &claim.period),
        3000 + narrowed(128, 101) + 5000 + narrowed(5, 1)
    );
}

fn roster(round: u8) -> (MaskKey, Roster) {
    let key = |i| MaskKey::from_seed([i; 32]);
    let member = |i: u8| Member { name: i.to_string(), key: key(i).public() };
    (key(1), Roster::new(Digest([round; 32]), 3, (1..=3).map(member).collect()).unwrap())
}

fn share(claim: &Claim, round: u8, value: u64) -> Share {
    let (key, roster) = roster(round);
    let subject = Subject { policy_digest: claim.policy.digest(), period: claim.period, output: 0 };
    key.masks(&roster, &subject).unwrap().share(value)
}

#[test]
fn a_hidden_figure_is_in_one_sum() {
    let mut ledger = Disclosures::default();
    let claim = total(0, ALL, 2).claim();
    let assess = |ledger: &Disclosures, claim: &Claim, share: Share, another_sum| {
        ledger.assess(claim, &[share], Permit { another_sum, ..Permit::default() })
    };
    let first = assess(&ledger, &claim, share(&claim, 1, 130), false).unwrap();
    assert_eq!((first.millibits(), first.disclosed().parts.len()), (0, 1));
    ledger.record(first.disclosed().clone());
    // The same again is nothing new.
    let again = assess(&ledger, &claim, share(&claim, 1, 130), false).unwrap();
    ledger.record(again.disclosed().clone());
    assert_eq!(ledger.proofs().len(), 1);
    // Another value under the same masks, whatever is allowed; another round only by name.
    assert_eq!(code(assess(&ledger, &claim, share(&claim, 1, 131), true)), Code::MaskReused);
    assert_eq!(code(assess(&ledger, &claim, share(&claim, 2, 130), false)), Code::SecondSum);
    // So it is for the same figure under another policy, and over a period that overlaps.
    let other = total(1, ALL, 2).claim();
    assert_eq!(code(assess(&ledger, &other, share(&other, 1, 130), false)), Code::SecondSum);
    let second = assess(&ledger, &claim, share(&claim, 2, 130), true).unwrap();
    ledger.record(second.disclosed().clone());
    assert_eq!(ledger.proofs().len(), 2);
    assert_eq!(code(assess(&ledger, &claim, share(&claim, 1, 131), true)), Code::MaskReused);
}

#[test]
fn files_come_back_and_damaged_ones_are_refused() {
    let mut ledger = Disclosures::default();
    assert_eq!(Disclosures::from_json(&ledger.to_json().unwrap()), Ok(ledger.clone()));
    ledger.set_budget(Some(40));
    tell(&mut ledger, &total(0, 1023, 0));
    tell(
        &mut ledger,
        &Case {
            conditions: vec![completeness(0), limit(Bound::AtMost, 127, Tolerance::default())],
            ..day()
        },
    );
    let claim = total(0, ALL, 2).claim();
    let hidden = ledger.assess(&claim, &[share(&claim, 1, 130)], Permit::default()).unwrap();
    ledger.record(hidden.disclosed().clone());
    let json = ledger.to_json().unwrap();
    assert_eq!(Disclosures::from_json(&json), Ok(ledger));
    for (from, to, code) in [
        ("disclosures/1", "disclosures/2", Code::UnknownVersion),
        ("\"1023\"", "\"2048\"", Code::Malformed),
        ("\"1023\"", "\"-1\"", Code::Malformed),
        ("\"1023\"", "\"01023\"", Code::OutOfRange),
        ("\"1023\"", "1023", Code::Malformed),
        ("\"after\"", "\"behind\"", Code::Malformed),
        ("\"millibits\": 1000", "\"millibits\": -1", Code::OutOfRange),
        ("\"proofs\"", "\"budget_bits\": 41, \"proofs\"", Code::Malformed),
        ("\"authority\": \"tests\",", "", Code::Malformed),
        ("\"x\": \"", "\"x\": \"1", Code::BadPoint),
        ("\n}\n", "\n", Code::Malformed),
    ] {
        let bad = json.replacen(from, to, 1);
        assert_ne!(bad, json, "{from}");
        let refused = Disclosures::from_json(&bad).unwrap_err();
        let known = refused.code() == code
            || (code == Code::BadPoint && refused.code() == Code::FieldRange);
        assert!(known, "{from} -> {to}: {refused}");
    }
    assert_eq!(code(Disclosures::from_json(&json[..json.len() / 2])), Code::Malformed);
}
