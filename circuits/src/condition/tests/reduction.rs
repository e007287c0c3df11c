use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, MILLION, Tolerance};
use crate::hash::F;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::policy::CalendarUnit;
use crate::relation::tests::case::{self, Case, HOUR, START, agree, completeness, violations};
use crate::relation::{Geometry, Relation, Shape, Trust};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
/// The sum of a day of four 8-bit values has this many bits at most, and 1,023 is the greatest.
const MOST: i64 = (1 << 11) - 1;
const EVENT: [i64; 4] = [0, 0, 1, 1];
const ADJUST: [i64; 4] = [1, 1, 0, 0];

/// What tests change in a condition.
#[derive(Clone)]
struct Terms<'a> {
    days: &'a [i64],
    event: &'a [i64],
    adjust: &'a [i64],
    cap: i64,
    bounds: (i64, i64),
    tolerate: Tolerance,
}

const TERMS: Terms = Terms {
    days: &[1, 0, 1],
    event: &EVENT,
    adjust: &ADJUST,
    cap: 200_000,
    bounds: (0, MOST),
    tolerate: Tolerance { estimated: false, missing: false },
};

const ALL: Tolerance = Tolerance { estimated: true, missing: true };

impl Terms<'_> {
    fn condition(&self) -> Condition {
        let members: &[(&str, &[i64])] = &[
            ("channel", &[0]),
            ("reveal", &[1]),
            ("days", self.days),
            ("event", self.event),
            ("adjust", self.adjust),
            ("cap_ppm", &[self.cap]),
            ("min", &[self.bounds.0]),
            ("max", &[self.bounds.1]),
        ];
        Condition::new("reduction", members, self.tolerate).expect("reduction")
    }
}

fn within(min: i64, max: i64) -> Condition {
    Terms { bounds: (min, max), ..TERMS }.condition()
}

/// Three days before, then the event's day.
fn stage(days: [[u32; 4]; 4]) -> Stage {
    let mut stage = Stage::measured(geometry(4, 1, 3), &[IMPORT], &[&days[3]]);
    stage.before = vec![days[..3].iter().flatten().copied().map(Reading::measured).collect()];
    stage
}

/// The greatest reduction that the rule's inequalities allow, found by trying; none if the rule has no answer. This is the rule as it
/// was first written down, without any division.
fn greatest(stage: &Stage, terms: &Terms) -> Option<i64> {
    let mark = |list: &[i64], i: usize| i128::from(list.get(i).copied().unwrap_or(0));
    let (mut e, mut d, mut q, mut a, mut n) = (0, 0, 0, 0, 0);
    for (day, readings) in stage.before[0].chunks(4).enumerate() {
        n += mark(terms.days, day);
        for (i, r) in readings.iter().enumerate() {
            e += mark(terms.days, day) * mark(terms.event, i) * i128::from(r.value);
            d += mark(terms.days, day) * mark(terms.adjust, i) * i128::from(r.value);
        }
    }
    for (i, r) in stage.readings[0].iter().enumerate() {
        q += mark(terms.event, i) * i128::from(r.value);
        a += mark(terms.adjust, i) * i128::from(r.value);
    }
    let (m, cap) = (i128::from(MILLION), i128::from(terms.cap));
    let allowed = |r: i128| match (terms.adjust.contains(&1), m * n * a) {
        (false, _) => e >= n * (r + q),
        (true, x) if x > (m + cap) * d => (m + cap) * e >= m * n * (r + q),
        (true, x) if x < (m - cap) * d => (m - cap) * e >= m * n * (r + q),
        _ => a * e >= (r + q) * d,
    };
    if terms.adjust.contains(&1) && d == 0 {
        return None;
    }
    (0..=3 * i128::from(MOST)).rev().find(|r| allowed(*r)).map(|r| r as i64)
}

#[test]
fn the_mean_of_the_days_that_count() {
    // The second day does not count: baseline (60 + 41) / 2, no adjustment since (20 * 2) / 40 is one.
    let stage = stage([[10, 10, 30, 30], [255, 255, 255, 255], [10, 10, 20, 21], [10, 10, 5, 6]]);
    assert!(stage.agree(&within(39, 39)));
    assert!(!stage.agree(&within(40, MOST)));
    assert!(!stage.agree(&within(0, 38)));
    assert_eq!(stage.failures(&within(40, MOST)), ["reduction: channel 0: 39 < 40"]);
    assert_eq!(stage.failures(&within(0, 38)), ["reduction: channel 0: 39 > 38"]);
    assert_eq!(stage.violations(&within(0, 38)), ["reduction: max"]);
    let noticed = stage.violations(&within(40, MOST));
    assert!(noticed.contains(&"reduction: baseline"), "{noticed:?}");
}

#[test]
fn the_adjustment_is_exact_and_held_at_its_cap() {
    // Baseline 100 a day, adjusted by A / 100; the event used nothing.
    for (a, reduction) in [
        (0, 80),
        (79, 80),
        (80, 80),
        (81, 81),
        (100, 100),
        (119, 119),
        (120, 120),
        (121, 120),
        (255, 120),
    ] {
        let stage = stage([[100, 0, 0, 100], [0; 4], [0, 100, 100, 0], [a, 0, 0, 0]]);
        assert!(stage.agree(&within(reduction, reduction)), "{a}");
        assert!(!stage.agree(&within(reduction + 1, MOST)), "{a}");
    }
    // Without a cap to speak of, and with none at all.
    let stage = stage([[100, 0, 0, 100], [0; 4], [0, 100, 100, 0], [0, 0, 0, 0]]);
    assert!(stage.agree(&Terms { cap: MILLION, bounds: (0, 0), ..TERMS }.condition()));
    assert!(stage.agree(&Terms { cap: 0, bounds: (100, 100), ..TERMS }.condition()));
}

#[test]
fn no_adjustment_is_a_factor_of_one() {
    let stage = stage([[0, 0, 50, 50], [0; 4], [0, 0, 50, 49], [255, 255, 9, 0]]);
    for adjust in [&[][..], &[0; 4]] {
        let terms = Terms { adjust, ..TERMS };
        assert!(stage.agree(&Terms { bounds: (90, 90), ..terms.clone() }.condition()));
        assert!(!stage.agree(&Terms { bounds: (91, MOST), ..terms }.condition()));
    }
    // With one, days without use in its slots prove nothing.
    assert!(!stage.agree(&within(0, MOST)));
    let found = stage.failures(&within(0, MOST));
    let text = "reduction: channel 0: nothing was used in the adjustment's intervals of the baseline's days";
    assert_eq!(found, [text]);
}

#[test]
fn more_use_than_the_baseline_is_no_reduction() {
    let mut stage = stage([[1, 1, 10, 10], [0; 4], [1, 1, 10, 10], [1, 1, 10, 10]]);
    assert!(stage.agree(&within(0, 0)));
    stage.readings[0][3] = Reading::measured(11);
    assert!(!stage.agree(&within(0, MOST)));
    assert_eq!(stage.failures(&within(0, MOST)), ["reduction: channel 0: -1 < 0"]);
    // Half a unit over is one over: the reduction is rounded down.
    stage.readings[0][3] = Reading::measured(10);
    stage.before[0][3] = Reading::measured(9);
    assert_eq!(stage.failures(&within(0, MOST)), ["reduction: channel 0: -1 < 0"]);
    // A baseline of zero has no room for a reduction but zero.
    let stage = self::stage([[1, 1, 0, 0], [0; 4], [1, 1, 0, 0], [1, 1, 0, 0]]);
    assert!(stage.agree(&within(0, MOST)));
    assert!(!stage.agree(&within(1, MOST)));
}

#[test]
fn values_at_the_top_of_the_range() {
    let most = Terms { days: &[1, 1, 1], event: &[1, 1, 1, 0], adjust: &[0, 0, 0, 1], ..TERMS };
    let mut stage = stage([[255; 4], [255; 4], [255; 4], [0, 0, 0, 255]]);
    assert!(stage.agree(&Terms { bounds: (765, 765), ..most.clone() }.condition()));
    // Days of one in the adjustment's slot: held at the cap, 918; at the widest cap twice the mean.
    for day in 0..3 {
        stage.before[0][4 * day + 3] = Reading::measured(1);
    }
    assert!(stage.agree(&Terms { bounds: (918, 918), ..most.clone() }.condition()));
    let widest = Terms { cap: MILLION, bounds: (1530, 1530), ..most };
    assert!(stage.agree(&widest.condition()));
    assert_eq!(stage.loose_wires(&widest.condition()), Vec::<usize>::new());
}

/// A reading that was not measured never raises the reduction unseen.
#[test]
fn missing_and_estimated_readings() {
    let days = [[10, 10, 30, 30], [10; 4], [10, 10, 30, 30], [10, 10, 0, 5]];
    let strict = within(0, MOST);
    let tolerant = Terms { tolerate: ALL, ..TERMS }.condition();
    assert!(stage(days).agree(&strict));
    // (day, slot, tolerant policy accepts, strict policy accepts)
    for (day, slot, tolerated, accepted) in [
        (0, 2, true, false),  // baseline in the event: lowers it
        (0, 0, false, false), // baseline's adjustment: would raise the factor
        (1, 2, true, true),   // a day that does not count
        (1, 0, true, true),
        (3, 2, false, false), // the event itself: would raise the reduction
        (3, 0, true, false),  // this day's adjustment: lowers the factor
    ] {
        let mut stage = stage(days);
        let readings = if day == 3 {
            &mut stage.readings[0][slot]
        } else {
            &mut stage.before[0][4 * day + slot]
        };
        *readings = Reading::MISSING;
        assert_eq!(stage.agree(&tolerant), tolerated, "{day} {slot}");
        assert_eq!(stage.agree(&strict), accepted, "{day} {slot}");
        let mut stage = self::stage(days);
        let readings = if day == 3 {
            &mut stage.readings[0][slot]
        } else {
            &mut stage.before[0][4 * day + slot]
        };
        readings.quality = Quality::Estimated;
        assert!(stage.agree(&tolerant), "{day} {slot}");
        assert_eq!(stage.agree(&strict), day == 1, "{day} {slot}");
    }
    let mut stage = stage(days);
    stage.before[0][9] = Reading::MISSING;
    let found = stage.failures(&tolerant);
    assert_eq!(
        found,
        ["reduction: channel 0 at 1296536400 (Unix seconds): the reading is missing"]
    );
    assert_eq!(stage.violations(&tolerant), ["reduction: missing to adjust"]);
}

/// In a period shorter than its block, slots outside it are blank: lists may not reach there.
#[test]
fn lists_stay_inside_the_period() {
    let mut stage = stage([[10, 10, 30, 30], [0; 4], [10, 10, 30, 30], [10, 10, 0, 5]]);
    stage.period = 1..4;
    assert!(!stage.agree(&within(0, MOST)));
    assert_eq!(stage.violations(&within(0, MOST)), ["reduction: inside the period"]);
    let inside = Terms { adjust: &[0, 1, 0, 0], ..TERMS }.condition();
    assert!(stage.agree(&inside));
    stage.period = 0..3;
    assert!(!stage.agree(&inside));
    // Where periods are whole blocks the circuit does not ask.
    let mut aligned = self::stage([[10, 10, 30, 30], [0; 4], [10, 10, 30, 30], [10, 10, 0, 5]]);
    aligned.geometry.aligned = true;
    assert!(aligned.agree(&inside));
    assert_eq!(aligned.loose_wires(&inside), Vec::<usize>::new());
    assert_eq!(stage.constraints(&inside) - aligned.constraints(&inside), 4);
}

#[test]
fn lists_are_for_one_period() {
    let stage = stage([[1; 4]; 4]);
    let anchored = |anchor: i64| {
        let members: &[(&str, &[i64])] = &[
            ("channel", &[0]),
            ("days", &[1, 1, 1]),
            ("event", &EVENT),
            ("max", &[MOST]),
            ("anchor", &[anchor]),
        ];
        Condition::new("reduction", members, Tolerance::default()).expect("reduction")
    };
    assert!(stage.agree(&anchored(stage.block_start as i64)));
    assert!(!stage.agree(&anchored(stage.block_start as i64 - 86_400)));
}

#[test]
fn off_says_nothing() {
    let mut stage = stage([[255; 4], [0; 4], [255; 4], [255, 0, 255, 255]]);
    stage.before[0][2] = Reading::MISSING;
    stage.before[0][0] = Reading::MISSING;
    stage.before[0][1] = Reading { value: 255, quality: Quality::Estimated };
    stage.readings[0][2] = Reading::MISSING;
    stage.period = 1..3;
    for adjust in [&[][..], &ADJUST] {
        let off = Condition::off(Terms { adjust, ..TERMS }.condition().shape());
        assert!(stage.agree(&off));
        assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
    }
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage([[10, 10, 30, 30], [9; 4], [10, 10, 20, 21], [10, 11, 5, 6]]);
    assert_eq!(stage.loose_wires(&within(0, MOST)), Vec::<usize>::new());
    let plain = Terms { adjust: &[], ..TERMS }.condition();
    assert_eq!(stage.loose_wires(&plain), Vec::<usize>::new());
    stage.before[0][2] = Reading::MISSING;
    let tolerant = Terms { tolerate: ALL, ..TERMS }.condition();
    assert_eq!(stage.loose_wires(&tolerant), Vec::<usize>::new());

    // n = 4 slots, 3 days; T = 8 + 3 bits of a total, L = 2 of a count of days, s = T + L; counts of readings 3 + L.
    let (n, days, total, back, s, counts) = (4, 3, 11, 2, 13, 5);
    let frame = 3 + 1 + 2 + 1 + 1;
    let lists = days + 1 + n + 1;
    let past = s + 2 * counts;
    let plain_count =
        frame + lists + days * n + 3 * n + past + 2 + total + 2 * total + 2 * back + 1;
    assert_eq!(stage.constraints(&plain), plain_count);
    let factor = 1 + 2 + 1 + 1 + 2 * (s + 21 + 2) + 2;
    let adjusted = n + 1 + 2 * n + past + factor + 2 * (s + back + 20) - 2 * back;
    assert_eq!(stage.constraints(&within(0, MOST)), plain_count + adjusted);
}

/// Every hint, one by one and each in several ways, with the readings where the factor is below, within and above its cap.
#[test]
fn hints_cannot_be_chosen() {
    for a in [0, 50, 79, 81, 119, 121, 255] {
        let stage = stage([[100, 0, 7, 100], [0; 4], [0, 100, 100, 0], [a, 0, 3, 0]]);
        assert_eq!(stage.loose_wires(&within(0, MOST)), Vec::<usize>::new(), "{a}");
    }
    // That no slot adjusts, where some do.
    let stage = stage([[100, 0, 7, 100], [0; 4], [0, 100, 100, 0], [255, 0, 3, 0]]);
    let condition = within(0, MOST);
    let rules = (0..400).map(|i| stage.tampered(&condition, i, F::from(1)));
    assert!(rules.flatten().any(|rule| rule == "reduction: no adjustment"));
}

#[test]
fn bad_policies_are_refused() {
    let stage = stage([[1; 4]; 4]);
    for (terms, remedy) in [
        (Terms { days: &[0; 3], ..TERMS }, "mark at least one"),
        (Terms { days: &[1; 2], ..TERMS }, "each of the 3 blocks"),
        (Terms { event: &[0; 4], ..TERMS }, "mark those of the event"),
        (Terms { event: &[], ..TERMS }, "event is empty"),
        (Terms { event: &[1; 3], ..TERMS }, "there is room for 4"),
        (Terms { adjust: &[0, 1, 1, 0], ..TERMS }, "adjust[2] is in the event"),
        (Terms { bounds: (2, 1), ..TERMS }, "min 2 is above max 1"),
        (Terms { cap: MILLION + 1, ..TERMS }, "cap_ppm is 1000001"),
        (Terms { days: &[1, 2, 0], ..TERMS }, "days[1] is 2"),
    ] {
        let fault = stage.check_parameters(&terms.condition()).expect_err(remedy).to_string();
        assert!(fault.contains(remedy), "{fault}");
    }
    let shape = within(0, MOST).shape();
    for (geometry, remedy) in [
        (geometry(4, 1, 0), "look_back"),
        (geometry(4, 2, 3), "blocks.max"),
        (
            Geometry { intervals_per_block: 4, look_back: 3, value_bits: 60, ..geometry(4, 1, 3) },
            "too large",
        ),
    ] {
        let fault = shape.check(&geometry).expect_err(remedy).to_string();
        // With two blocks the lists' lengths are wrong first.
        assert!(fault.contains(remedy) || fault.contains("room for 8"), "{fault}");
    }
    let most = Geometry { intervals_per_block: 1440, value_bits: 32, ..geometry(1, 1, 511) };
    let (days, event) = ([1; 511], [1; 1440]);
    let condition = Terms { days: &days, event: &event, adjust: &[], ..TERMS }.condition();
    assert!(most.check().is_ok() && condition.shape().check(&most).is_ok());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        values in proptest::array::uniform4(proptest::array::uniform4((0_u32..256, 0_u8..60))),
        days in proptest::array::uniform3(0_i64..2),
        roles in proptest::array::uniform4(0_u8..4),
        scale in 0_u32..4,
        cap in prop_oneof![Just(200_000), Just(0), Just(MILLION), 0..=MILLION],
        near in -1_i64..3,
        upper in any::<bool>(),
        tolerate in any::<bool>(),
    ) {
        let reading = |(value, quality): &(u32, u8)| match quality {
            0 => Reading::MISSING,
            1 => Reading { value: *value, quality: Quality::Estimated },
            // The past is often small, so that the factor varies.
            _ => Reading::measured(value >> scale),
        };
        let mut stage = stage([[0; 4]; 4]);
        stage.before = vec![values[..3].iter().flatten().map(reading).collect()];
        stage.readings = vec![values[3].iter().map(reading).collect()];
        let role = |wanted: u8| roles.map(|role| i64::from(role == wanted));
        let (mut event, mut adjust) = (role(0), role(1));
        let mut days = days;
        if !days.contains(&1) { days[0] = 1; }
        if !event.contains(&1) { (event[3], adjust[3]) = (1, 0); }
        let tolerate = Tolerance { estimated: tolerate, missing: tolerate };
        let terms = Terms { days: &days, event: &event, adjust: &adjust, cap, bounds: (0, MOST), tolerate };
        // A bound at the greatest reduction there is, one below it, and one or two above.
        let most = greatest(&stage, &terms);
        let bound = (most.unwrap_or(0) + near).clamp(0, MOST);
        let bounds = if upper { (0, bound) } else { (bound, MOST) };
        let terms = Terms { bounds, ..terms };
        let fits = most.is_some_and(|most| (bounds.0..=bounds.1).contains(&most));
        let accepted = stage.agree(&terms.condition());
        prop_assert!(fits || !accepted);
        let measured = stage.readings.iter().chain(&stage.before).flatten().all(|r| r.quality == Quality::Measured);
        prop_assert!(!measured || accepted == fits);
    }
}

/// A day with three before it, of four intervals each.
fn claimed() -> Case {
    let days: [u32; 16] = [10, 10, 30, 30, 255, 255, 255, 255, 10, 10, 20, 21, 10, 10, 5, 6];
    Case {
        geometry: Geometry { look_back: 3, ..case::small(true, 1, 1) },
        unit: CalendarUnit::Day,
        conditions: vec![completeness(MILLION), within(39, 39)],
        period: (12, 16),
        readings: vec![days.map(Reading::measured).to_vec()],
        ..case::day()
    }
}

#[test]
fn the_whole_relation_looks_back() {
    let claim = claimed().claim();
    assert!(agree(&claim));
    assert_eq!(claim.check().expect("holds").0.outputs, [F::from(39)]);
    let refused = Case { conditions: vec![completeness(MILLION), within(40, MOST)], ..claimed() };
    assert!(!agree(&refused.claim()));
    // A reading of a day before, changed after it was signed.
    let mut claim = claimed().claim();
    claim.blocks[0].channels[0][2].value += 2;
    assert!(!agree(&claim));
    // The day that counts cannot be exchanged for another.
    let mut claim = claimed().claim();
    let day = claim.blocks[0].channels.clone();
    claim.blocks[1].channels = day;
    assert!(!agree(&claim));
    // Days that do not count may have gaps, and the period may not.
    let mut case = claimed();
    case.readings[0][5] = Reading::MISSING;
    assert!(agree(&case.claim()));
    case.readings[0][2] = Reading::MISSING;
    assert!(!agree(&case.claim()));
}

#[test]
fn the_sentence_says_days_and_intervals() {
    let words = claimed().claim().policy.words();
    assert_eq!(
        words[1].text,
        "In the event, intervals 3 to 4 of 4 of the day, the energy taken from the grid is 39 Wh to 39 Wh below its baseline; \
         the exact value is revealed. The baseline is the mean of these intervals on days 1, 3 of 3 before it, oldest first, \
         times the ratio of this day to those days in intervals 1 to 2 of 4, held within 20 % of one. \
         No reading may be estimated or missing."
    );
}

#[test]
fn the_entry_vouches_for_the_look_back() {
    let covers = |from: u64| Case { valid: (from, START + 400 * 24 * HOUR), ..claimed() }.claim();
    assert!(agree(&covers(START)));
    let claim = covers(START + 1);
    assert!(!agree(&claim));
    assert_eq!(violations(&claim), ["registry: valid from"]);
}

/// With two of three blocks opened, the same is proved.
#[test]
fn some_blocks_stay_closed() {
    let mut stage =
        stage([[10, 10, 30, 30], [255, 254, 253, 252], [10, 10, 20, 21], [10, 10, 5, 6]]);
    let all = stage.constraints(&within(0, MOST));
    stage.geometry.opened = 2;
    assert!(stage.agree(&within(39, 39)));
    assert!(!stage.agree(&within(40, MOST)));
    assert!(!stage.agree(&within(0, 38)));
    // One more block is opened than counts.
    let last = Terms { days: &[0, 0, 1], bounds: (30, 30), ..TERMS }.condition();
    assert!(stage.agree(&last));
    assert!(stage.agree(&Condition::off(last.shape())));
    for condition in [within(0, MOST), last] {
        assert_eq!(stage.loose_wires(&condition), Vec::<usize>::new());
    }
    // A row and a column for each day, less the closed day's four readings.
    assert_eq!(stage.constraints(&within(0, MOST)), all + 2 * 3 + 3 - 4);
    // A day that counts and is not opened: the circuit refuses what no policy can hold.
    stage.geometry.opened = 1;
    assert!(stage.violations(&within(0, MOST)).contains(&"reduction: day is opened"));
}

#[test]
fn the_whole_relation_opens_some_blocks() {
    let geometry = Geometry { opened: 2, ..claimed().geometry };
    let case = Case { geometry, ..claimed() };
    let claim = case.claim();
    assert!(agree(&claim));
    assert_eq!(claim.check().expect("holds").0.outputs, [F::from(39)]);
    let mut refused = case.clone();
    refused.conditions[1] = within(40, MOST);
    assert!(!agree(&refused.claim()));
    // The closed block is in the chain all the same.
    for block in 0..3 {
        let mut claim = case.claim();
        claim.blocks[block].channels[0][3].value ^= 1;
        assert!(!agree(&claim), "{block}");
    }
    let days = Terms { days: &[1, 1, 1], ..TERMS }.condition();
    let mut many = case.claim().policy.conditions().to_vec();
    many[1] = days;
    let fault = case.policy_with(many).expect_err("three days, two opened").to_string();
    assert!(fault.contains("raise geometry.opened"), "{fault}");
}

/// The project's bar: hourly, twenty days to look back into, within 2^15.
#[test]
fn ten_in_ten_fits_its_bar() {
    let geometry = Geometry::named("day-24x1h-back20").expect("named");
    let mut days = [1; 20];
    days[..10].fill(0);
    let mut event = [0; 24];
    event[16..20].fill(1);
    let mut adjust = [0; 24];
    adjust[12..15].fill(1);
    let reduction = Terms { days: &days, event: &event, adjust: &adjust, ..TERMS }.condition();
    let conditions = vec![completeness(MILLION).shape(), reduction.shape()];
    let shape = Shape { geometry, channels: 1, conditions, trust: Trust::Registry };
    shape.check().expect("a shape");
    let with = Relation::matrices(&shape);
    let base = Shape { conditions: vec![completeness(MILLION).shape()], ..shape };
    let without = Relation::matrices(&base);
    assert!(with.constraints() + with.inputs <= 1 << 15, "{}", with.constraints());
    let cost = with.constraints() - without.constraints();
    assert_eq!((with.constraints(), cost), (29_703, 1_661));
}
