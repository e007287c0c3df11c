//! What verifiers read.

use super::random::channel;
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Level, MeterKind, Quantity, Unit};
use crate::policy::{Calendar, CalendarUnit, Policy, Scope};
use crate::relation::Geometry;

/// The sentence of a condition on a quarter-hourly meter.
fn said(
    channels: &[Channel],
    kind: &str,
    members: &[(&str, &[i64])],
    tolerate: Tolerance,
) -> String {
    let calendar = Calendar { zone: "UTC".into(), unit: CalendarUnit::Day };
    let policy = Policy::new(
        Geometry::named("day-96x15m").expect("named"),
        Scope { authority: "tests".into(), name: "words".into(), calendar },
        MeterKind { interval_seconds: 900, grid_offset_seconds: 0, channels: channels.to_vec() },
        Level::L1,
        vec![
            Condition::new("completeness", &[("min_measured_ppm", &[0])], Tolerance::default())
                .expect("completeness"),
            Condition::new(kind, members, tolerate).expect(kind),
        ],
    );
    policy.expect("a policy").words().swap_remove(1).text
}

const IMPORT: Channel = channel(Quantity::Energy, Direction::Import, Unit::Wh);
const EXPORT: Channel = channel(Quantity::Energy, Direction::Export, Unit::Wh);

#[test]
fn netting_in_words() {
    let said = |mode: i64| {
        let members: &[(&str, &[i64])] = &[
            ("from", &[1]),
            ("against", &[0]),
            ("mode", &[mode]),
            ("min", &[-500]),
            ("max", &[2_500]),
        ];
        said(&[IMPORT, EXPORT], "netting", members, Tolerance::default())
    };
    let rest =
        " is -500 Wh to 2.5 kWh; the value stays hidden. No reading may be estimated or missing.";
    let [interval, period, shared] = [0, 1, 2].map(said);
    assert_eq!(
        interval,
        "The total of what energy fed into the grid exceeds energy taken from the grid by, each interval of 15 minutes for \
         itself,"
            .to_owned()
            + rest
    );
    assert_eq!(
        period,
        "The total of energy fed into the grid less the total of energy taken from the grid over the period".to_owned() + rest
    );
    assert_eq!(
        shared,
        "The total of the lesser of energy fed into the grid and energy taken from the grid in each interval of 15 minutes"
            .to_owned()
            + rest
    );
}

#[test]
fn sessions_in_words() {
    let channels = [
        channel(Quantity::Register, Direction::Import, Unit::Wh),
        channel(Quantity::Mark, Direction::None, Unit::Count),
    ];
    let members: &[(&str, &[i64])] =
        &[("register", &[0]), ("marks", &[1]), ("reveal", &[1]), ("max", &[80_000])];
    let tolerate = Tolerance { estimated: false, missing: true };
    assert_eq!(
        said(&channels, "session", members, tolerate),
        "Exactly one session begins in the period, and ends later in it; between the two marks the counter of energy advances by \
         0 Wh to 80 kWh; the exact value is revealed. Missing readings count as no mark, and where the session begins or ends the \
         counter may not be missing; none may be estimated."
    );
}

#[test]
fn plausibility_in_words() {
    let channels = [channel(Quantity::Register, Direction::Import, Unit::Wh), IMPORT];
    let alone: &[(&str, &[i64])] = &[("channel", &[1])];
    let sentence = "In every interval of 15 minutes the energy taken from the grid is at most what the nameplate of the meter's \
                    registry entry allows";
    let none = " No reading may be estimated or missing.";
    assert_eq!(
        said(&channels, "plausibility", alone, Tolerance::default()),
        format!("{sentence}.{none}")
    );
    let counted: &[(&str, &[i64])] = &[("channel", &[1]), ("register", &[0]), ("tolerance", &[10])];
    assert_eq!(
        said(&channels, "plausibility", counted, Tolerance::default()),
        format!(
            "{sentence}; the counter of energy never runs backwards, and between any two of its readings it advances by the total \
             of energy taken from the grid, give or take 10 Wh.{none}"
        )
    );
}

#[test]
fn availability_in_words() {
    let power = [channel(Quantity::Power, Direction::Generation, Unit::W)];
    let start = [1_296_518_400];
    let mut excluded = [0; 96];
    let alone: &[(&str, &[i64])] =
        &[("channel", &[0]), ("threshold", &[1]), ("min_ppm", &[970_000])];
    assert_eq!(
        said(&power, "availability", alone, Tolerance::default()),
        "In at least 97 % of the intervals of 15 minutes the mean power is at least 1 W and was measured; missing readings count \
         against it; the value stays hidden."
    );
    excluded[5] = 1;
    let listed: &[(&str, &[i64])] = &[
        ("channel", &[0]),
        ("threshold", &[5_000]),
        ("min_ppm", &[970_000]),
        ("estimated_counts", &[1]),
        ("excluded", &excluded),
        ("anchor", &start),
    ];
    assert_eq!(
        said(&power, "availability", listed, Tolerance::default()),
        "In at least 97 % of the intervals of 15 minutes, not counting those numbered 6 of 96 from the block's start, the mean \
         power is at least 5 kW and was measured or estimated; missing readings count against it; the value stays hidden. Its list is made for this \
         period."
    );
}

#[test]
fn bands_in_words() {
    let voltage = [channel(Quantity::Voltage, Direction::None, Unit::DeciVolt)];
    let members: &[(&str, &[i64])] = &[
        ("channel", &[0]),
        ("lo", &[1_955]),
        ("hi", &[2_530]),
        ("tight_lo", &[2_070]),
        ("tight_hi", &[2_530]),
    ];
    assert_eq!(
        said(&voltage, "band", members, Tolerance { estimated: true, missing: true }),
        "In every interval of 15 minutes the voltage is 195.5 V to 253 V, and in at least 95 % of them it is 207 V to 253 V. \
         Estimated readings count at their value; missing readings are left out, of the share as well."
    );
}

#[test]
fn storage_in_words() {
    let channels = [
        channel(Quantity::Energy, Direction::Charge, Unit::Wh),
        channel(Quantity::Energy, Direction::Discharge, Unit::Wh),
    ];
    let members: &[(&str, &[i64])] = &[
        ("charge", &[0]),
        ("discharge", &[1]),
        ("capacity", &[10_000]),
        ("min", &[500]),
        ("initial", &[5_000]),
        ("efficiency_ppm", &[925_000]),
        ("max_discharge", &[20_000]),
    ];
    assert_eq!(
        said(&channels, "storage", members, Tolerance::default()),
        "A store that begins the period with 5 kWh, keeps 92.5 % of the energy charged and gives up the energy discharged holds \
         500 Wh to 10 kWh at the end of every interval of 15 minutes; the total of energy discharged is at most 20 kWh. No reading \
         may be estimated or missing."
    );
}

/// A factor is for 1,000 units of its own channel, whatever that counts.
#[test]
fn factors_are_said_in_the_channels_unit() {
    for (quantity, unit, words) in [
        (Quantity::Energy, Unit::Wh, "380 g/kWh"),
        (Quantity::Gas, Unit::Litre, "380 g/m\u{b3}"),
        (Quantity::Data, Unit::Megabyte, "380 g/GB"),
        (Quantity::Compute, Unit::Second, "380 g/1,000 s"),
    ] {
        let channels = [channel(quantity, Direction::Import, unit)];
        let members: &[(&str, &[i64])] = &[("channel", &[0]), ("factors", &[380]), ("max", &[1])];
        let text = said(&channels, "carbon", members, Tolerance::default());
        assert!(text.contains(&format!("The emission factor is {words}.")), "{text}");
    }
}
