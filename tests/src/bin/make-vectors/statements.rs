//! Claims that are not what the verifier asked for, and statements that the proof is not for.

use crate::book::{Book, Change, Good};
use crate::claims::Goods;
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Bundle, Digest, Prefixed, Profile};
use wattproof_circuits::hash::F;
use wattproof_circuits::policy::{Context, Period};
use wattproof_tests::Any;
use wattproof_tests::forge::swap;
use wattproof_tests::scene::{APRIL, DAY, MARCH, challenge, edited};

/// All of them.
pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    differences(book, goods)?;
    contexts(book, goods)?;
    periods(book, goods)?;
    input_counts(book, goods)?;
    invalid(book, goods)
}

/// Each part of the statement, against the profile.
fn differences(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, next_day, month, small, l0, .. } = goods;
    for (good, prefix) in [(day, "day"), (month, "month")] {
        let name = |what: &str| format!("{prefix}-{what}");
        let why = "The statement says so; the proof is never looked at.";
        for case in [
            good.changed(Code::WrongPolicy, &name("other-digest"), why, |b| {
                b.statement.policy_digest += F::from(1);
            }),
            good.changed(Code::WrongContext, &name("other-context"), why, |b| {
                b.statement.context += F::from(1);
            }),
            good.changed(Code::WrongRoot, &name("other-root"), why, |b| {
                b.statement.anchor += F::from(1);
            }),
            good.changed(Code::WrongCircuit, &name("other-circuit"), why, |b| {
                b.circuit_id = Digest([9; 32]);
            }),
        ] {
            book.add(case)?;
        }
    }
    let why = "A valid claim of the day after.";
    let case = day.case("claim-of-another-day", why).bundle(next_day.bundle.to_json());
    book.add(case.refused(Code::WrongPeriod))?;
    let why = "A valid claim under another circuit.";
    let case = day.case("claim-of-another-circuit", why).bundle(small.bundle.to_json());
    book.add(case.refused(Code::WrongCircuit))?;

    let stricter = edited(&day.profile.policy, "\"20000\"", "\"19999\"")?;
    let why = "The profile's policy differs in one bound.";
    book.add(day.other_profile(Code::WrongPolicy, "profile-other-bound", why, |p| {
        p.policy = stricter.clone();
    }))?;
    let name = "policy-swapped-inside";
    let why = "The bundle carries another policy than the one it was made under.";
    let carried = |b: &mut Bundle| b.policy = Some(stricter.clone());
    book.add(day.changed(Code::WrongPolicy, name, why, carried))?;
    let case = day.changed(Code::WrongPolicy, "policy-swapped-inside-alone", why, carried);
    book.add(case.clone().alone().refused(Code::WrongPolicy))?;
    let higher = edited(&small.profile.policy, "\"L1\"", "\"L2\"")?;
    let why = "The verifier demands a higher level than the claim was made under.";
    book.add(small.other_profile(Code::WrongPolicy, "level-too-low", why, |p| p.policy = higher))?;
    let scope = edited(&day.profile.policy, "daily-envelope", "other-envelope")?;
    let why = "Another scope is another policy, with nullifiers of its own.";
    book.add(day.other_profile(Code::WrongPolicy, "other-scope", why, |p| p.policy = scope))?;

    let why = "The registry's root is not the profile's.";
    book.add(day.other_profile(Code::WrongRoot, "root-not-accepted", why, |p| {
        p.roots = vec![F::from(1), F::from(2)];
    }))?;
    let why = "The profile pins another key.";
    book.add(day.other_profile(Code::WrongKey, "other-key-pinned", why, |p| {
        p.key_fingerprint = Digest([0; 32]);
    }))?;
    let why = "The policy hides its total, which takes another circuit.";
    let hidden = edited(&day.profile.policy, "\"reveal\": \"exact\"", "\"reveal\": \"none\"")?;
    book.add(day.other_profile(Code::WrongCircuit, "policy-needs-another-circuit", why, |p| {
        p.policy = hidden;
    }))?;
    let why = "Nobody vouches for the readings, and the verifier did not accept that by name.";
    book.add(l0.other_profile(Code::L0NotAccepted, "l0-not-accepted", why, |p| {
        p.accept_l0 = false;
    }))?;
    let silent = swap(&l0.profile.to_json(), ",\n  \"accept_l0\": true", "")?;
    let why = "Leaving the member out is not accepting.";
    let case = l0.case("l0-not-mentioned", why).profile(silent);
    book.add(case.refused(Code::L0NotAccepted))
}

/// The context is under the device's signature: a claim cannot be redirected.
fn contexts(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, small, .. } = goods;
    let Context::Settlement { chain_id, contract, payee, order } = small.profile.context.clone()
    else {
        return Err("no settlement".into());
    };
    let (address, number) = (Prefixed([0x44; 20]), Prefixed([0x44; 32]));
    let settled =
        |chain_id, contract, payee, order| Context::Settlement { chain_id, contract, payee, order };
    for (what, context) in [
        ("chain", settled(1, contract, payee, order)),
        ("contract", settled(chain_id, address, payee, order)),
        ("payee", settled(chain_id, contract, address, order)),
        ("order", settled(chain_id, contract, payee, number)),
        ("payee-and-contract", settled(chain_id, payee, contract, order)),
        ("kind", challenge(7)),
    ] {
        let why = "The claim was made for another settlement.";
        let name = format!("wrong-{what}");
        book.add(small.other_profile(Code::WrongContext, &name, why, |p| p.context = context))?;
    }
    let other = Context::Challenge { verifier: "other-utility".into(), nonce: Prefixed([7; 32]) };
    for (name, context) in [("wrong-verifier", other), ("wrong-nonce", challenge(8))] {
        let why = "The claim answers another challenge.";
        book.add(day.other_profile(Code::WrongContext, name, why, |p| p.context = context))?;
    }
    Ok(())
}

fn periods(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, month, march, week, small, .. } = goods;
    let (start, end) = (day.profile.period.start(), day.profile.period.end());
    let why = "The claim is for another cell of the calendar.";
    let next = Period::new(start + DAY, end + DAY)?;
    book.add(day.other_profile(Code::WrongPeriod, "period-next-cell", why, |p| p.period = next))?;
    let why = "A period inside the one asked for.";
    let shorter = Period::new(start, end - 3_600)?;
    book.add(day.changed(Code::WrongPeriod, "period-cut-short", why, |b| {
        b.statement.period = shorter;
    }))?;
    let april = march.profile.period;
    book.add(month.other_profile(Code::WrongPeriod, "period-next-month", "As above.", |p| {
        p.period = april;
    }))?;
    for (good, name, why, from, to) in [
        (day, "off-calendar-hour", "A day from one to one.", 3_600, 3_600),
        (day, "off-calendar-two-days", "Two days are no cell.", 0, DAY as i64),
        (day, "off-calendar-short", "A second too few.", 0, -1),
        (day, "off-calendar-utc", "Midnight of the wrong zone.", -28_800, -28_800),
        (march, "off-calendar-744-hours", "This March has 743 hours.", 0, 3_600),
        (march, "off-calendar-two-months", "Two months overlap one.", -(28 * DAY as i64), 0),
        (week, "off-calendar-tuesday", "Weeks begin on Monday.", DAY as i64, DAY as i64),
        (small, "off-calendar-fixed-offset", "Midnight is at +05:30.", 1_800, 1_800),
    ] {
        let (start, end) = (good.profile.period.start(), good.profile.period.end());
        let move_ = |time: u64, by: i64| time.checked_add_signed(by).ok_or("out of range");
        let period = Period::new(move_(start, from)?, move_(end, to)?)?;
        // Claimed alike: overlapping periods would let the same energy be claimed twice.
        book.add(good.both(Code::PeriodOffCalendar, name, why, |b, p| {
            b.statement.period = period;
            p.period = period;
        }))?;
    }
    Ok(())
}

/// 0 to 2n public inputs, other than the circuit's own number.
fn input_counts(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, zero, l0, two, .. } = goods;
    let why = "The number of public inputs is checked before the pairing.";
    for n in [0, 2, 3, 4, 7] {
        let name = format!("outputs-{n}-of-1");
        book.add(
            day.changed(Code::InputCount, &name, why, |b| {
                b.statement.outputs.resize(n, F::from(0))
            }),
        )?;
    }
    let why = "Five fixed inputs are always there; a trailing zero left out must be noticed.";
    book.add(zero.changed(Code::InputCount, "trailing-zero-left-out", why, |b| {
        b.statement.outputs.clear();
    }))?;
    let why = "An input too many that is zero adds nothing to the sum.";
    let extra = |b: &mut Bundle| b.statement.outputs.push(F::from(0));
    book.add(zero.changed(Code::InputCount, "trailing-zero-added", why, extra))?;
    book.add(l0.changed(Code::InputCount, "output-where-none-is", why, extra))?;
    let case = day.changed(Code::InputCount, "outputs-2-of-1-alone", why, extra);
    book.add(case.alone().refused(Code::InputCount))?;
    let why = "One of two outputs.";
    book.add(two.changed(Code::InputCount, "outputs-1-of-2", why, |b| {
        b.statement.outputs.truncate(1);
    }))
}

/// Bundle and profile agree: only the proof can say no.
fn invalid(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, next_day, month, small, two, .. } = goods;
    for (good, prefix) in [(day, "day"), (month, "month"), (small, "small")] {
        let why = "The revealed total is one more than what was proved.";
        let raise = |b: &mut Bundle| b.statement.outputs[0] += F::from(1);
        let name = format!("{prefix}-output-raised");
        book.add(good.changed(Code::ProofInvalid, &name, why, raise))?;
        let case = good.changed(Code::ProofInvalid, &format!("{name}-alone"), why, raise);
        book.add(case.alone().refused(Code::ProofInvalid))?;
        let why = "A fresh nullifier for the same energy.";
        let name = format!("{prefix}-nullifier-changed");
        book.add(good.changed(Code::ProofInvalid, &name, why, |b| {
            b.statement.nullifier += F::from(1);
        }))?;
        swapped_together(book, good, prefix)?;
    }
    let why = "The two totals in the other order.";
    book.add(two.changed(Code::ProofInvalid, "outputs-exchanged", why, |b| {
        b.statement.outputs.reverse();
    }))?;
    let why = "The statement of one day with the proof of the next.";
    let mut bundle = next_day.bundle.clone();
    bundle.statement = day.bundle.statement.clone();
    let case = day.case("proof-of-another-claim", why).bundle(bundle.to_json());
    book.add(case.refused(Code::ProofInvalid))?;
    let why = "The nullifier of the next day: this day could be claimed again.";
    book.add(day.changed(Code::ProofInvalid, "nullifier-of-another-claim", why, |b| {
        b.statement.nullifier = next_day.bundle.statement.nullifier;
    }))
}

/// One part of statement and profile, changed alike.
fn swapped_together(book: &mut Book, good: &Good, prefix: &str) -> Any<()> {
    type Together<'a> = (&'a str, &'a str, Box<dyn FnOnce(&mut Bundle, &mut Profile) + 'a>);
    let text = good.profile.policy.to_json();
    let bound = ["\"450000\"", "\"20000\"", "\"50000\""].into_iter().find(|b| text.contains(b));
    let policy = edited(&good.profile.policy, bound.ok_or("no bound")?, "\"449999\"")?;
    let period = match prefix {
        "month" => Period::new(MARCH, APRIL)?,
        _ => Period::new(good.profile.period.start() + DAY, good.profile.period.end() + DAY)?,
    };
    let changes: [Together<'_>; 4] = [
        (
            "policy",
            "Another policy of the same circuit, asked for and stated.",
            Box::new(move |b, p| {
                b.statement.policy_digest = policy.digest();
                p.policy = policy;
            }),
        ),
        (
            "period",
            "The next period, asked for and stated.",
            Box::new(move |b, p| {
                b.statement.period = period;
                p.period = period;
            }),
        ),
        (
            "context",
            "Another challenge, asked for and stated.",
            Box::new(|b, p| {
                p.context = challenge(99);
                b.statement.context = p.context.field();
            }),
        ),
        (
            "root",
            "A registry that does not hold the meter, accepted and stated.",
            Box::new(|b, p| {
                p.roots = vec![F::from(77)];
                b.statement.anchor = F::from(77);
            }),
        ),
    ];
    for (what, why, change) in changes {
        let name = format!("{prefix}-{what}-swapped-together");
        book.add(good.both(Code::ProofInvalid, &name, why, change))?;
    }
    Ok(())
}
