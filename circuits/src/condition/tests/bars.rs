//! What bills and carbon cost in whole circuits, against the sizes they are to fit.

use crate::condition::{Condition, Tolerance};
use crate::relation::tests::case::{self, Bound};
use crate::relation::{Geometry, Relation, Shape, Trust};

/// Rows of the matrices with public inputs, as a domain counts them.
fn rows(geometry: &str, channels: u8, conditions: &[&Condition]) -> usize {
    let geometry = Geometry::named(geometry).expect("named");
    let conditions = conditions.iter().map(|c| c.shape()).collect();
    let shape = Shape { geometry, channels, conditions, trust: Trust::Registry };
    shape.check().expect("a shape");
    let matrices = Relation::matrices(&shape);
    matrices.constraints() + matrices.inputs
}

/// Time of use in `blocks` days of 96 intervals.
fn bill(blocks: usize, types: usize, rates: usize, export: bool) -> Condition {
    let (bands, days) = (vec![0; 96 * types], vec![0; blocks]);
    let rates = vec![0; rates];
    let mut members: Vec<(&str, &[i64])> = vec![
        ("import", &[0]),
        ("reveal", &[1]),
        ("currency", &[0]),
        ("currency_digits", &[2]),
        ("max", &[0]),
        ("rates", &rates),
        ("bands", &bands),
    ];
    if types > 1 {
        members.push(("days", &days));
    }
    if export {
        members.extend([("export", &[1][..]), ("feed_in", &rates)]);
    }
    Condition::new("bill", &members, Tolerance::default()).expect("bill")
}

fn carbon(blocks: usize, types: usize) -> Condition {
    let (bands, days) = (vec![0; 96 * types], vec![0; blocks]);
    let members: &[(&str, &[i64])] = &[
        ("channel", &[0]),
        ("factors", &[0; 4]),
        ("bands", &bands),
        ("days", &days),
        ("max", &[0]),
    ];
    Condition::new("carbon", members, Tolerance::default()).expect("carbon")
}

fn base() -> [Condition; 2] {
    [case::completeness(0), case::volume(0, 0, Tolerance::default())]
}

#[test]
fn a_day_with_a_bill_fits_2_14() {
    let [completeness, volume] = base();
    let limit = case::limit(Bound::AtMost, 0, Tolerance::default());
    let without = rows("day-96x15m", 1, &[&completeness, &volume, &limit]);
    let with = rows("day-96x15m", 1, &[&completeness, &volume, &limit, &bill(1, 1, 4, false)]);
    assert_eq!((without, with), (14_478, 15_739));
    assert!(with <= 1 << 14);
}

/// Some seconds for each circuit, so only on demand.
#[test]
#[ignore = "takes half a minute"]
fn a_month_with_a_bill_fits_2_17() {
    let [completeness, volume] = base();
    let month = |channels, extra: &[&Condition]| {
        let mut conditions = vec![&completeness, &volume];
        conditions.extend(extra);
        rows("month-96x15m", channels, &conditions)
    };
    let one = [
        month(1, &[]),
        month(1, &[&bill(32, 2, 4, false)]),
        month(1, &[&bill(32, 3, 4, false)]),
        month(1, &[&carbon(32, 2)]),
        month(1, &[&bill(32, 2, 4, false), &carbon(32, 2)]),
    ];
    let two =
        [month(2, &[]), month(2, &[&bill(32, 2, 4, true)]), month(2, &[&bill(32, 3, 4, true)])];
    assert_eq!(one, [121_897, 126_750, 130_370, 126_716, 131_569]);
    assert_eq!(two, [225_699, 234_218, 241_198]);
    assert!(one[2] <= 1 << 17 && two[2] <= 1 << 18);
}
