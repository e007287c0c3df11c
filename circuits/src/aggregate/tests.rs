//! Fifty members: those who are honest, and each way of not being so.

use super::*;
use crate::commitment::{Blinding, VALUE_GENERATOR, commit};
use crate::curve::{Point, ProjectivePoint, point};
use crate::error::{Code, Result};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, Zero};
use proptest::prelude::*;

const COUNT: usize = 50;

fn key(i: usize) -> MaskKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&(i as u64).to_le_bytes());
    MaskKey::from_seed(seed)
}

fn member(i: usize) -> Member {
    Member { name: format!("house {i}"), key: key(i).public() }
}

fn roster(count: usize, round: u8) -> Roster {
    Roster::new(Digest([round; 32]), 3, (0..count).map(member).collect()).expect("well formed")
}

fn subject() -> Subject {
    let period = Period::new(1_000, 2_000).expect("in order");
    Subject { policy_digest: F::from(42), period, output: 0 }
}

fn value(i: usize) -> u64 {
    1_000_003 * i as u64 + 17
}

fn share(roster: &Roster, subject: &Subject, i: usize, value: u64) -> Share {
    let masks = key(i).masks(roster, subject).expect("a member");
    assert_eq!(masks.member() as usize, i);
    masks.share(value)
}

fn shares(roster: &Roster, subject: &Subject) -> Vec<Share> {
    (0..roster.members().len()).map(|i| share(roster, subject, i, value(i))).collect()
}

fn total(count: usize) -> u128 {
    (0..count).map(|i| u128::from(value(i))).sum()
}

/// As if every share came with a proof.
fn open_shares(roster: &Roster, shares: &[Share]) -> Result<u128> {
    let proved: Vec<_> = shares.iter().map(|s| s.commitment).collect();
    open(roster, &subject(), &proved, shares)
}

fn code<T: std::fmt::Debug>(outcome: Result<T>) -> Code {
    outcome.expect_err("refused").code()
}

#[test]
fn fifty_members_sum_up_in_any_order() {
    let roster = roster(COUNT, 1);
    let mut shares = shares(&roster, &subject());
    let mut proved: Vec<_> = shares.iter().map(|s| s.commitment).collect();
    assert_eq!(open(&roster, &subject(), &proved, &shares), Ok(total(COUNT)));
    shares.rotate_left(17);
    shares.swap(3, 40);
    proved.reverse();
    assert_eq!(open(&roster, &subject(), &proved, &shares), Ok(total(COUNT)));
}

#[test]
fn masks_cancel_and_hide() {
    let roster = roster(COUNT, 1);
    let zeros: Vec<_> = (0..COUNT).map(|i| share(&roster, &subject(), i, 0)).collect();
    let sum: ProjectivePoint = zeros.iter().map(|s| s.commitment.point().into_group()).sum();
    assert!(sum.is_zero());
    assert_eq!(zeros.iter().fold(0_u64, |sum, s| sum.wrapping_add(s.masked)), 0);
    assert_eq!(open_shares(&roster, &zeros), Ok(0));
    // No part of the members has masks that cancel, the last one left out least of all.
    let mut part = ProjectivePoint::zero();
    let mut masked = 0_u64;
    for share in &zeros[..COUNT - 1] {
        part += share.commitment.point();
        masked = masked.wrapping_add(share.masked);
        assert!(!part.is_zero() && masked != 0);
        assert!(!share.commitment.point().is_zero() && share.masked != 0);
    }
    // All others together do learn the last one's value: its masks are the negative of theirs.
    let last = share(&roster, &subject(), COUNT - 1, 5);
    assert_eq!(last.masked.wrapping_add(masked), 5);
    let rest = (last.commitment.point().into_group() + part).into_affine();
    assert_eq!(rest, VALUE_GENERATOR.mul_bigint([5_u64]).into_affine());
}

#[test]
fn a_dishonest_member_spoils_the_sum() {
    let roster = roster(COUNT, 1);
    let good = shares(&roster, &subject());
    let mut wrong_share = good.clone();
    wrong_share[9].masked ^= 1;
    assert_eq!(code(open_shares(&roster, &wrong_share)), Code::SumClosed);
    // Another value than the one proved, under the right masks.
    let mut other_value = good.clone();
    other_value[9].masked = share(&roster, &subject(), 9, value(9) + 1).masked;
    assert_eq!(code(open_shares(&roster, &other_value)), Code::SumClosed);
    // A proof under another blinding.
    let mut wrong_blinding = good.clone();
    wrong_blinding[9].commitment = commit(value(9), &Blinding::random().expect("random"));
    assert_eq!(code(open_shares(&roster, &wrong_blinding)), Code::SumClosed);
    // A commitment in the share that is not the proof's.
    let proved: Vec<_> = good.iter().map(|s| s.commitment).collect();
    let refused = open(&roster, &subject(), &proved, &wrong_blinding).expect_err("not proved");
    assert_eq!(refused.code(), Code::ProofInvalid);
    assert!(refused.message().contains("house 9"), "{refused}");
    // Two who agree may move masks between them: the sum is right all the same.
    let mut moved = good;
    moved[3].masked = moved[3].masked.wrapping_add(1 << 63);
    moved[4].masked = moved[4].masked.wrapping_sub(1 << 63);
    assert_eq!(open_shares(&roster, &moved), Ok(total(COUNT)));
}

#[test]
fn twice_and_absent_are_named() {
    let roster = roster(COUNT, 1);
    let good = shares(&roster, &subject());
    let mut twice = good.clone();
    twice.push(good[20].clone());
    let mut instead = good.clone();
    instead[21] = good[20].clone();
    for shares in [twice, instead] {
        let refused = open_shares(&roster, &shares).expect_err("twice");
        assert_eq!(refused.code(), Code::MemberTwice);
        assert!(refused.message().contains("house 20"), "{refused}");
    }
    let mut absent = good.clone();
    absent.remove(33);
    let refused = open_shares(&roster, &absent).expect_err("absent");
    assert_eq!(refused.code(), Code::MemberMissing);
    assert!(refused.message().contains("house 33") && refused.message().contains("1 of 50"));
    assert_eq!(code(open_shares(&roster, &[])), Code::MemberMissing);
    let mut beyond = good.clone();
    beyond[0].member = COUNT as u32;
    assert_eq!(code(open_shares(&roster, &beyond)), Code::OutOfRange);

    // One proof cannot stand for two members, and no verified claim may be left over.
    let mut proved: Vec<_> = good.iter().map(|s| s.commitment).collect();
    let mut copied = good.clone();
    copied[5].commitment = good[6].commitment;
    assert_eq!(code(open(&roster, &subject(), &proved, &copied)), Code::ProofInvalid);
    let last = proved.pop().expect("fifty");
    assert_eq!(code(open(&roster, &subject(), &proved, &good)), Code::ProofInvalid);
    proved.extend([last, last]);
    assert_eq!(code(open(&roster, &subject(), &proved, &good)), Code::ProofInvalid);
}

#[test]
fn an_absent_member_needs_a_new_round() {
    let first = roster(COUNT, 1);
    let mut members: Vec<_> = first.members().to_vec();
    members.remove(33);
    let second = Roster::new(Digest([2; 32]), 3, members).expect("49");
    let present: Vec<_> = (0..COUNT).filter(|i| *i != 33).collect();
    let again: Vec<_> = present
        .iter()
        .map(|i| key(*i).masks(&second, &subject()).expect("a member").share(value(*i)))
        .collect();
    assert_eq!(open_shares(&second, &again), Ok(total(COUNT) - u128::from(value(33))));
    assert_eq!(code(key(33).masks(&second, &subject())), Code::MemberMissing);
}

#[test]
fn rounds_periods_policies_and_outputs_do_not_mix() {
    let (first, here) = (roster(5, 1), subject());
    let good = shares(&first, &here);
    let second = roster(5, 2);
    let period = Period::new(2_000, 3_000).expect("in order");
    let elsewhere = [
        (second.clone(), here, Code::WrongRound),
        (first.clone(), Subject { output: 1, ..here }, Code::WrongRound),
        (first.clone(), Subject { period, ..here }, Code::WrongPeriod),
        (first.clone(), Subject { policy_digest: F::from(43), ..here }, Code::WrongPolicy),
    ];
    for (roster, subject, expected) in elsewhere {
        let other = share(&roster, &subject, 2, value(2));
        assert_ne!((other.masked, other.commitment), (good[2].masked, good[2].commitment));
        let mut mixed = good.clone();
        mixed[2] = other.clone();
        assert_eq!(code(open_shares(&first, &mixed)), expected);
        // Whoever relabels it gains nothing.
        mixed[2] = Share { roster: good[2].roster, subject: here, ..other };
        assert_eq!(code(open_shares(&first, &mixed)), Code::SumClosed);
    }
    assert_eq!(code(open_shares(&second, &good)), Code::WrongRound);
}

#[test]
fn sums_beyond_64_bits_open() {
    let roster = roster(3, 1);
    let all: Vec<_> = (0..3).map(|i| share(&roster, &subject(), i, u64::MAX)).collect();
    assert_eq!(open_shares(&roster, &all), Ok(3 * u128::from(u64::MAX)));
    let values = [u64::MAX, 1, 0];
    let all: Vec<_> = (0..3).map(|i| share(&roster, &subject(), i, values[i])).collect();
    assert_eq!(open_shares(&roster, &all), Ok(1 << 64));
}

#[test]
fn rosters_are_checked() {
    let list = |n: usize| (0..n).map(member).collect::<Vec<_>>();
    let make = |least, members| Roster::new(Digest([1; 32]), least, members);
    assert_eq!(code(make(2, list(5))), Code::BadRoster);
    assert_eq!(code(make(3, list(2))), Code::BadRoster);
    assert_eq!(code(make(6, list(5))), Code::BadRoster);
    assert!(make(5, list(5)).is_ok());
    let mut same_key = list(5);
    same_key[4].key = same_key[0].key;
    assert_eq!(code(make(3, same_key)), Code::BadRoster);
    let mut same_name = list(5);
    same_name[4].name = same_name[0].name.clone();
    assert_eq!(code(make(3, same_name)), Code::BadRoster);
    let many = vec![member(0); MAX_MEMBERS + 1];
    assert_eq!(code(make(3, many)), Code::BadRoster);
    for name in ["", "a\nb", &"x".repeat(129)] {
        let mut bad = list(3);
        bad[1].name = name.into();
        assert_eq!(code(make(3, bad)), Code::BadPolicy);
    }
    // The identity, a point of order two, one off the subgroup, one off the curve.
    let good = *member(0).key.point();
    let low = point(F::zero(), -F::one()).expect("on the curve");
    let shifted = (good + low).into_affine();
    for bad in [Point::zero(), low, shifted] {
        assert_eq!(code(MaskPublicKey::new(bad.x, bad.y)), Code::BadKey);
    }
    assert_eq!(code(MaskPublicKey::new(good.x, good.y + F::one())), Code::BadKey);
    // All is under the digest.
    let digests = [
        roster(5, 1),
        roster(5, 2),
        roster(4, 1),
        make(4, list(5)).expect("five"),
        make(3, list(5).into_iter().rev().collect()).expect("five"),
    ];
    let distinct: std::collections::BTreeSet<_> = digests.iter().map(|r| *r.digest()).collect();
    assert_eq!(distinct.len(), digests.len());
}

/// For other languages; computed by another program from the documented rules.
#[test]
fn vectors() {
    let roster = roster(3, 1);
    assert_eq!(roster.digest().to_string(), ROSTER_DIGEST);
    let share = share(&roster, &subject(), 1, 1234);
    assert_eq!(share.masked, MASKED);
    assert_eq!(share.commitment.to_inputs().map(|x| x.to_string()), COMMITMENT);
}

const ROSTER_DIGEST: &str = "9845f72af8976bbc057ff004165ac2e8077ead7b8d5dbc8870de31b534294d14";
const MASKED: u64 = 16889767798662569821;
const COMMITMENT: [&str; 2] = [
    "16436096844794984586001940344673282311128776463596431020639428603644801224521",
    "19739923391869047468053355767603627648995964584617197167152744521497753098425",
];

#[test]
fn files_come_back() {
    let roster = roster(4, 1);
    let json = roster.to_json();
    assert_eq!(Roster::from_json(&json), Ok(roster.clone()));
    let share = share(&roster, &subject(), 3, 99);
    let text = share.to_json();
    assert_eq!(Share::from_json(&text), Ok(share.clone()));
    for json in [&json, &text] {
        serde_json::from_str::<serde_json::Value>(json).expect("JSON");
    }

    let refused = |text: &str| code(Roster::from_json(text));
    assert_eq!(refused(&json.replace("roster/1", "roster/2")), Code::UnknownVersion);
    assert_eq!(refused(&json.replace("\"least\":3", "\"least\":2")), Code::BadRoster);
    assert_eq!(refused(&json.replace("\"least\":3", "\"least\":3.0")), Code::Malformed);
    assert_eq!(refused(&json.replace("\"least\":3", "\"least\":3,\"x\":1")), Code::Malformed);
    assert_eq!(refused(&json.replace("house 1", "house 2")), Code::BadRoster);
    assert_eq!(refused(&json.replace(":\"0101", ":\"01")), Code::Malformed);
    let x = roster.members()[2].key.point().x.to_string();
    assert_eq!(refused(&json.replace(&x, "5")), Code::BadKey);
    assert_eq!(refused(&json.replace(&x, "05")), Code::FieldRange);
    let error = Roster::from_json(&json.replace(&x, "5")).expect_err("off the curve");
    assert!(error.message().contains("members: number 2: key"), "{error}");

    let refused = |text: &str| code(Share::from_json(text));
    let [x, y] = share.commitment.to_inputs().map(|x| x.to_string());
    assert_eq!(refused(&text.replace(&x, &y)), Code::BadPoint);
    assert_eq!(refused(&text.replace("\"member\":3", "\"member\":-3")), Code::OutOfRange);
    assert_eq!(refused(&text.replace("\"1000\"", "\"3000\"")), Code::OutOfRange);
    assert_eq!(refused(&text.replace("share/1", "roster/1")), Code::UnknownVersion);
    let masked = format!("\"{}\"", share.masked);
    assert_eq!(refused(&text.replace(&masked, "\"18446744073709551616\"")), Code::OutOfRange);
    assert_eq!(refused(&text.replace(&masked, "1")), Code::Malformed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_values_sum_up_and_any_change_closes(
        values in prop::collection::vec(any::<u64>(), 3..8),
        delta in 1_u64..,
        at in any::<prop::sample::Index>(),
    ) {
        let roster = roster(values.len(), 3);
        let make = |(i, v): (usize, &u64)| share(&roster, &subject(), i, *v);
        let mut shares: Vec<_> = values.iter().enumerate().map(make).collect();
        let sum = values.iter().map(|v| u128::from(*v)).sum();
        prop_assert_eq!(open_shares(&roster, &shares), Ok(sum));
        let share = at.get(&shares).member as usize;
        shares[share].masked = shares[share].masked.wrapping_add(delta);
        prop_assert_eq!(code(open_shares(&roster, &shares)), Code::SumClosed);
    }
}
