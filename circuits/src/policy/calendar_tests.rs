use super::*;
use proptest::prelude::*;

fn calendar(zone: &str, unit: CalendarUnit) -> Calendar {
    Calendar { zone: zone.into(), unit }
}

fn is(zone: &str, unit: CalendarUnit, start: u64, end: u64, offsets: (i32, i32)) -> bool {
    let period = Period::new(start, end).expect("in order");
    match calendar(zone, unit).is_cell(period, [offsets.0, offsets.0, offsets.1, offsets.1]) {
        Ok(()) => true,
        Err(e) => {
            assert_eq!(e.code(), Code::PeriodOffCalendar);
            false
        }
    }
}

#[test]
fn dates_by_walking_day_by_day() {
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let length = |y, m| match m {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap(y)),
        _ => 31,
    };
    let (mut y, mut m, mut d) = (1970, 1, 1);
    for day in 0..400_000 {
        assert_eq!((civil(day), days(y, m, d)), ((y, m, d), day));
        d += 1;
        if d > length(y, m) {
            (m, d) = (m + 1, 1);
        }
        if m > 12 {
            (y, m) = (y + 1, 1);
        }
    }
    assert_eq!(civil(-1), (1969, 12, 31));
}

#[test]
fn months() {
    use CalendarUnit::Month;
    let pacific = "America/Los_Angeles";
    // February 2011 in San Diego, and March, in which summer time begins.
    assert!(is(pacific, Month, 1_296_547_200, 1_298_966_400, (-28_800, -28_800)));
    assert!(is(pacific, Month, 1_298_966_400, 1_301_641_200, (-28_800, -25_200)));
    assert!(!is(pacific, Month, 1_298_966_400, 1_301_641_200, (-28_800, -28_800)));
    assert!(!is(pacific, Month, 1_296_547_200, 1_301_641_200, (-28_800, -25_200)));
    assert!(!is(pacific, Month, 1_296_547_200, 1_298_880_000, (-28_800, -28_800)));
    assert!(!is("UTC", Month, 1_296_547_200, 1_298_966_400, (-28_800, -28_800)));
    // December into the next year; February of a leap year.
    assert!(is("UTC", Month, 1_291_161_600, 1_293_840_000, (0, 0)));
    assert!(is("UTC", Month, 1_706_745_600, 1_709_251_200, (0, 0)));
    assert!(!is("UTC", Month, 1_706_745_600, 1_709_164_800, (0, 0)));
}

#[test]
fn days_weeks_hours() {
    use CalendarUnit::{Day, Hour, Week};
    let berlin = "Europe/Berlin";
    // 26 March 2023 has 23 hours, 29 October 25.
    assert!(is(berlin, Day, 1_679_785_200, 1_679_868_000, (3_600, 7_200)));
    assert!(is(berlin, Day, 1_698_530_400, 1_698_620_400, (7_200, 3_600)));
    assert!(!is(berlin, Day, 1_679_785_200, 1_679_871_600, (3_600, 7_200)));
    // A Monday to the next.
    assert!(is("UTC", Week, 1_679_875_200, 1_680_480_000, (0, 0)));
    assert!(!is("UTC", Week, 1_679_788_800, 1_680_393_600, (0, 0)));
    assert!(is("+05:30", Hour, 1_800, 5_400, (0, 0)));
    assert!(!is("UTC", Hour, 1_800, 5_400, (0, 0)));
    assert!(!is("UTC", Hour, 3_600, 10_800, (0, 0)));
    // An hour in which the clock moves by half an hour is none.
    assert!(!is("Australia/Lord_Howe", Hour, 0, 3_600, (36_000, 37_800)));
}

#[test]
fn nonsense_offsets_are_refused() {
    for offset in [86_400, -86_400, i32::MAX, i32::MIN] {
        assert!(!is("Europe/Berlin", CalendarUnit::Day, 86_400, 172_800, (offset, offset)));
    }
}

#[test]
fn zones() {
    assert_eq!(fixed_offset("UTC"), Some(0));
    assert_eq!(fixed_offset("+05:30"), Some(19_800));
    assert_eq!(fixed_offset("-08:00"), Some(-28_800));
    for named in ["Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "UTC"] {
        calendar(named, CalendarUnit::Day).check().expect(named);
    }
    for bad in
        ["", "+00:00", "-00:00", "+5:30", "+19:00", "+05:60", "05:30", "+0530", "Eu rope", "é"]
    {
        assert_eq!(fixed_offset(bad), None, "{bad}");
        assert!(calendar(bad, CalendarUnit::Day).check().is_err(), "{bad}");
    }
}

#[test]
fn periods() {
    assert!(Period::new(0, (1 << 40) - 1).is_ok());
    for (start, end) in [(1, 1), (2, 1), (0, 1 << 40), (0, u64::MAX)] {
        assert_eq!(Period::new(start, end).expect_err("range").code(), Code::OutOfRange);
    }
    assert_ne!(Period::new(1, 2).expect("p").field(), Period::new(0, 1).expect("p").field());
    assert!(serde_json::from_str::<Period>(r#"{"start":"1","end":"2","x":1}"#).is_err());
    assert!(serde_json::from_str::<Period>(r#"{"start":1,"end":2}"#).is_err());
}

proptest! {
    /// Cells of one calendar with a steady offset are equal or apart.
    #[test]
    fn cells_do_not_overlap(a in 0u64..4_000, b in 0u64..4_000, n in 1u64..40, m in 1u64..40) {
        for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month] {
            let (day, d) = (86_400, calendar("UTC", unit));
            let one = Period::new(a * day, (a + n) * day).expect("in order");
            let two = Period::new(b * day, (b + m) * day).expect("in order");
            if d.is_cell(one, [0; 4]).is_ok() && d.is_cell(two, [0; 4]).is_ok() && one != two {
                prop_assert!(one.end() <= two.start() || two.end() <= one.start());
            }
        }
    }

    #[test]
    fn any_period_and_offset_is_answered(s in 0u64..1 << 40, l in 1u64..1 << 40, o in any::<i32>()) {
        if let Ok(period) = Period::new(s, s + l) {
            for unit in [CalendarUnit::Hour, CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month] {
                let _ = calendar("Europe/Berlin", unit).is_cell(period, [o; 4]);
            }
        }
    }
}

/// America/Havana goes back from 01:00 to 00:00 on 1 November 2026: only the first midnight begins the day.
#[test]
fn a_repeated_midnight_counts_once() {
    let havana = calendar("America/Havana", CalendarUnit::Day);
    let (summer, winter) = (-4 * 3600, -5 * 3600);
    // 31 October 04:00Z, 1 November 04:00Z and 05:00Z, 2 November 05:00Z.
    let (saturday, first, second, monday) =
        (1_793_419_200, 1_793_505_600, 1_793_509_200, 1_793_595_600);
    let cell = |start, end, offsets| {
        havana.is_cell(Period::new(start, end).expect("in order"), offsets).is_ok()
    };
    assert!(cell(saturday, first, [summer; 4]));
    assert!(!cell(saturday, second, [summer, summer, summer, winter]));
    assert!(cell(first, monday, [summer, summer, winter, winter]));
    assert!(!cell(second, monday, [summer, winter, winter, winter]));
}
