#![allow(clippy::unwrap_used)]
use super::*;
use wattproof_circuits::condition::KINDS;

const TOML: &str = r#"
wattproof = "agreement/1"
zone = "Europe/Berlin"
period = "month"
[scope]
authority = "utility"
name = "cap"
[meter]
interval = "PT15M"
[channels.export]
[channels.import]
[[conditions]]
kind = "limit"
channel = "export"
bound = "at-most"
value = "5 kW"
[[conditions]]
kind = "volume"
channel = "import"
max = "450 kWh"
reveal = "exact"
tolerate = ["missing"]
"#;

const JSON: &str = r#"{
  "conditions": [
    { "tolerate": ["missing"], "max": "0.45 MWh", "reveal": "exact", "kind": "volume", "min": "0 Wh", "channel": "import" },
    { "kind": "completeness", "min_measured": "100 %" },
    { "value": "5000 W", "bound": "at-most", "channel": "export", "kind": "limit", "name": "cap" }
  ],
  "about": "the same, otherwise",
  "channels": { "import": { "unit": "Wh" }, "export": { "quantity": "energy" } },
  "meter": { "interval": "15 min", "value_bits": 24, "grid": "+01:00" },
  "scope": { "name": "cap", "authority": "utility" },
  "least_level": "L1", "period": "month", "zone": "Europe/Berlin", "wattproof": "agreement/1"
}"#;

fn compiled(text: &str, period: Option<&str>) -> Result<Policy, AgreementError> {
    let agreement = Agreement::parse(text, Syntax::of(text))?;
    let calendar = agreement.calendar();
    let period = period.map(|name| crate::period::resolve(name, calendar).unwrap());
    Ok(agreement.compile(period)?.policy)
}

#[test]
fn equal_agreements_give_equal_digests() {
    let (a, b) = (compiled(TOML, None).unwrap(), compiled(JSON, None).unwrap());
    assert_eq!(a, b);
    assert_eq!(a.digest(), b.digest());
    let named = wattproof_circuits::relation::Geometry::named("month-96x15m");
    assert_eq!(Some(*a.geometry()), named);
    assert_eq!(a.meter().grid_offset_seconds, 3600, "standard time");
    let again = Policy::from_json(&a.to_json()).unwrap();
    assert_eq!(again.digest(), a.digest());
    let other = compiled(&TOML.replace("5 kW", "5.004 kW"), None).unwrap();
    assert_ne!(other.digest(), a.digest());
}

#[test]
fn a_period_is_asked_for_only_where_local_time_matters() {
    assert!(!Agreement::parse(TOML, Syntax::Toml).unwrap().needs_period());
    let timed = TOML.replace(
        "value = \"5 kW\"",
        "schedule = [{ hours = \"10:00-15:00\", value = \"1 kW\" }, { value = \"5 kW\" }]",
    );
    assert!(Agreement::parse(&timed, Syntax::Toml).unwrap().needs_period());
    let error = compiled(&timed, None).unwrap_err();
    assert!(error.remedy.contains("--period") && error.path.ends_with("schedule"), "{error}");
    let policy = compiled(&timed, Some("2026-03")).unwrap();
    let limit = policy.conditions().iter().find(|c| c.kind().name == "limit").unwrap();
    let schedule = limit.list("schedule");
    assert_eq!(limit.number("anchor"), 1_772_319_600, "midnight of 1 March");
    let hour = |day: usize, hour: usize| schedule[day * 96 + hour * 4];
    assert_eq!((hour(0, 9), hour(0, 10), hour(0, 14), hour(0, 15)), (1250, 250, 250, 1250));
    // From 29 March the clock is an hour ahead of the meter's grid.
    assert_eq!((hour(28, 8), hour(28, 9), hour(28, 13), hour(28, 14)), (1250, 250, 250, 1250));
    assert_eq!(schedule.len(), 32 * 96);
    assert_eq!(hour(31, 12), 0, "outside the period");
    assert_eq!(schedule[31 * 96 - 5], 1250, "the last hour of March begins at 22:00 of the grid");
    assert_eq!(schedule[31 * 96 - 4], 0);
}

#[test]
fn lists_are_as_long_as_the_period() {
    let listed = |n: usize| {
        let values = vec!["\"1 kW\""; n].join(", ");
        TOML.replace("value = \"5 kW\"", &format!("schedule = [{values}]"))
    };
    // February has 672 hours; October, with the hour twice, 745.
    for (n, period) in [(672 * 4, "2026-02"), (672, "2026-02"), (745, "2026-10"), (743, "2026-03")]
    {
        compiled(&listed(n), Some(period)).unwrap();
    }
    for (n, period) in [(0, "2026-02"), (671, "2026-02"), (744, "2026-10"), (744, "2026-03")] {
        let error = compiled(&listed(n), Some(period)).unwrap_err();
        assert!(error.what.contains("intervals"), "{error}");
    }
}

/// What is wrong, with the line and path that are blamed, and a word of the remedy.
#[test]
fn refusals_name_place_and_remedy() {
    let min = "max = \"450 kWh\"\nmin = \"500 kWh\"";
    let twice = "max = \"450 kWh\"\nname = \"x\"\n[[conditions]]\nkind = \"volume\"\nchannel = \"export\"\nmax = \"1 kWh\"\nname = \"x\"";
    let same = "max = \"450 kWh\"\n[[conditions]]\nkind = \"volume\"\nchannel = \"import\"\nmax = \"1 kWh\"";
    for (from, to, line, path, what, remedy) in [
        ("max = \"450 kWh\"", min, 20, "conditions[1].max", "is below", "at most"),
        ("max = \"450 kWh\"", twice, 22, "conditions[2]", "name of", "name of its own"),
        ("max = \"450 kWh\"", same, 21, "conditions[2]", "already", "Merge"),
        ("\"5 kW\"", "\"5 kV\"", 16, "conditions[0].value", "voltage", "kW"),
        ("\"5 kW\"", "\"1 W\"", 16, "conditions[0].value", "0.25 Wh", "rounded"),
        ("\"5 kW\"", "\"100 MW\"", 16, "conditions[0].value", "value range", "value_bits"),
        ("\"5 kW\"", "5000", 16, "conditions[0].value", "no unit", "kWh"),
        ("\"limit\"", "\"limt\"", 13, "conditions[0].kind", "no kind", "\"limit\""),
        ("bound =", "bond =", 15, "conditions[0].bond", "no member", "\"bound\""),
        ("\"at-most\"", "\"atmost\"", 15, "conditions[0].bound", "not known", "\"at-most\""),
        (
            "channel = \"export\"",
            "channel = \"exprt\"",
            14,
            "conditions[0].channel",
            "not known",
            "\"export\"",
        ),
        ("Europe/Berlin", "Europe/Berln", 3, "zone", "not a known zone", "IANA"),
        ("\"month\"", "\"year\"", 4, "period", "not known", "month"),
        ("PT15M", "PT7M", 9, "meter.interval", "do not divide", "PT15M"),
        (
            "[channels.export]",
            "[channels.export]\nunit = \"L\"",
            11,
            "channels.export.unit",
            "not known",
            "Wh",
        ),
        (
            "[channels.export]",
            "[channels.export]\nmax = \"20 MV\"",
            11,
            "channels.export.max",
            "no known unit",
            "MW",
        ),
        (
            "[channels.export]",
            "[channels.more]\ndirection = \"import\"\n[channels.export]",
            13,
            "channels.import",
            "the same as",
            "remove",
        ),
        ("kind = \"volume\"", "", 17, "conditions[1]", "kind is missing", "kind ="),
        (
            "agreement/1",
            "agreement/2",
            2,
            "wattproof",
            "no agreement this build knows",
            "agreement/1",
        ),
        ("authority = \"utility\"", "", 5, "scope", "authority is missing", "authority"),
        (
            "tolerate = [\"missing\"]",
            "tolerate = [\"missing\", \"missing\"]",
            22,
            "conditions[1].tolerate[1]",
            "twice",
            "Remove",
        ),
        (
            "450 kWh",
            "45000000 GWh",
            20,
            "conditions[1].max",
            "beyond what a period can hold",
            "smaller",
        ),
    ] {
        let text = TOML.replacen(from, to, 1);
        assert_ne!(text, TOML, "{from}");
        let error = compiled(&text, None).expect_err(to);
        assert_eq!((error.line, error.path.as_str()), (line, path), "{to}: {error}");
        assert!(error.what.contains(what), "{to}: {error}");
        assert!(error.remedy.contains(remedy), "{to}: {}", error.remedy);
    }
    let cut = TOML.find("[[conditions]]").unwrap();
    for text in [TOML[..cut].to_owned(), "conditions = []".to_owned() + &TOML[..cut]] {
        let error = compiled(&text, None).unwrap_err();
        assert!(error.what.contains("conditions"), "{error}");
    }
    for text in ["", "a = ", "{", "{}", "wattproof = 1", "[[wattproof]]", "\u{0}"] {
        assert!(compiled(text, None).is_err(), "{text}");
    }
    let broken = compiled(&TOML.replace("PT15M\"", "PT15M"), None).unwrap_err();
    assert_eq!((broken.line, broken.code), (9, Code::Malformed), "{broken}");
}

/// What must be refused, each in both notations: line and path, what is wrong, and the remedy.
#[test]
fn bad_agreements_are_refused_in_both_notations() {
    let cut = &TOML[TOML.find("[[conditions]]").unwrap()..];
    let listed = &JSON[JSON.find("[\n").unwrap()..JSON.find("],\n  \"about\"").unwrap() + 1];
    let twice = "channel = \"import\"\nname = \"x\"";
    let second = "\n[[conditions]]\nkind = \"volume\"\nchannel = \"export\"\nmax = \"1 kWh\"\nname = \"x\"\n";
    let twice_toml = format!("{}{second}", cut.replace("channel = \"import\"", twice));
    let short = "schedule = [\"1 kW\", \"2 kW\"]";
    let off = "schedule = [{ hours = \"10:10-11:00\", value = \"1 kW\" }, { value = \"5 kW\" }]";
    let off_json = "\"schedule\": [{ \"hours\": \"10:10-11:00\", \"value\": \"1 kW\" }, { \"value\": \"5 kW\" }]";
    let mut wrong = Vec::new();
    for (text, from, to, place, what, remedy) in [
        // Contradictory.
        (
            TOML,
            "max = \"450 kWh\"",
            "max = \"450 kWh\"\nmin = \"451 kWh\"",
            "20 conditions[1].max",
            "is below min",
            "nothing can meet this",
        ),
        (
            JSON,
            "\"0 Wh\"",
            "\"451 kWh\"",
            "3 conditions[0].max",
            "is below min",
            "nothing can meet this",
        ),
        // Empty.
        (TOML, cut, "", "1 ", "conditions is missing", "[[conditions]]"),
        (JSON, listed, "[]", "2 conditions", "there are no conditions", "[[conditions]]"),
        // Unknown kinds.
        (
            TOML,
            "\"volume\"",
            "\"volumes\"",
            "18 conditions[1].kind",
            "no kind of condition \"volumes\"",
            "Did you mean \"volume\"",
        ),
        (
            JSON,
            "\"limit\"",
            "\"limits\"",
            "5 conditions[2].kind",
            "no kind of condition \"limits\"",
            "Did you mean \"limit\"",
        ),
        // Units of another quantity.
        (TOML, "\"450 kWh\"", "\"450 L\"", "20 conditions[1].max", "volume", "kWh"),
        (JSON, "\"5000 W\"", "\"230 V\"", "5 conditions[2].value", "voltage", "kW"),
        // Schedules of the wrong length.
        (
            TOML,
            "value = \"5 kW\"",
            short,
            "16 conditions[0].schedule",
            "2 values; the period has 2688 intervals",
            "Write 2688 values, or 672 for its hours",
        ),
        (
            JSON,
            "\"value\": \"5000 W\"",
            "\"schedule\": [\"1 kW\"]",
            "5 conditions[2].schedule",
            "1 values; the period has 2688 intervals",
            "Write 2688 values",
        ),
        // Off the grid.
        (
            TOML,
            "value = \"5 kW\"",
            off,
            "16 conditions[0].schedule",
            "10:10 is inside the interval",
            "900 seconds",
        ),
        (
            JSON,
            "\"value\": \"5000 W\"",
            off_json,
            "5 conditions[2].schedule",
            "10:10 is inside the interval",
            "900 seconds",
        ),
        (JSON, "15 min", "7 min", "9 meter.interval", "do not divide a day", "PT15M"),
        // Beyond the value range.
        (
            TOML,
            "\"5 kW\"",
            "\"68 MW\"",
            "16 conditions[0].value",
            "beyond the value range",
            "value_bits",
        ),
        (
            JSON,
            "\"5000 W\"",
            "\"68 MW\"",
            "5 conditions[2].value",
            "beyond the value range",
            "value_bits",
        ),
        // Two outputs of one name.
        (
            TOML,
            cut,
            twice_toml.as_str(),
            "25 conditions[2]",
            "\"x\" is also the name of conditions[1]",
            "a name of its own",
        ),
        (
            JSON,
            "\"kind\": \"volume\"",
            "\"name\": \"cap\", \"kind\": \"volume\"",
            "5 conditions[2]",
            "\"cap\" is also the name of conditions[0]",
            "a name of its own",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        match compiled(&text.replacen(from, to, 1), Some("2026-02")) {
            Ok(_) => wrong.push(format!("{place} {what}: accepted")),
            Err(e) => {
                let there = format!("{} {}", e.line, e.path);
                if there != place || !e.what.contains(what) || !e.remedy.contains(remedy) {
                    wrong.push(format!("{place} {what}: {there}: {}. {}", e.what, e.remedy));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn days_of_zones_with_daylight_saving_need_two_blocks() {
    let text = TOML.replace("\"month\"", "\"day\"");
    for (zone, blocks, aligned) in [
        ("Europe/Berlin", 2, false),
        ("Australia/Brisbane", 1, true),
        ("UTC", 1, true),
        ("+05:30", 1, true),
    ] {
        let policy = compiled(&text.replace("Europe/Berlin", zone), None).unwrap();
        let geometry = policy.geometry();
        assert_eq!((geometry.blocks.max, geometry.aligned), (blocks, aligned), "{zone}");
    }
    let summer = text.replace(
        "value = \"5 kW\"",
        "schedule = [{ hours = \"12:00-13:00\", value = \"0 kW\" }, { value = \"4 kW\" }]",
    );
    let policy = compiled(&summer, Some("2026-07-01")).unwrap();
    let limit = policy.conditions().iter().find(|c| c.kind().name == "limit").unwrap();
    let schedule = limit.list("schedule");
    // The day begins an hour before the grid's; noon is eleven o'clock there, in the second block.
    assert_eq!(schedule.iter().position(|v| *v == 1000), Some(23 * 4));
    assert_eq!(&schedule[96 + 11 * 4 - 1..=96 + 12 * 4], &[1000, 0, 0, 0, 0, 1000]);
    let off = text.replace("interval = \"PT15M\"", "interval = \"PT1H\"\ngrid = \"+00:30\"");
    let off = off.replace("value = \"5 kW\"", "schedule = [{ value = \"1 kW\" }]");
    let error = compiled(&off, Some("2026-07-01")).unwrap_err();
    assert_eq!(error.code, Code::PeriodOffCalendar);
}

#[test]
fn bounds_of_rules_are_on_the_grid() {
    let rule = |hours: &str, rest: &str| {
        TOML.replace(
            "value = \"5 kW\"",
            &format!("schedule = [{{ hours = \"{hours}\", value = \"1 kW\" }}{rest}]"),
        )
    };
    let all = ", { value = \"5 kW\" }";
    compiled(&rule("10:15-11:30", all), Some("2026-02")).unwrap();
    let error = compiled(&rule("10:10-11:30", all), Some("2026-02")).unwrap_err();
    assert!(error.what.contains("10:10 is inside"), "{error}");
    let error = compiled(&rule("10:15-11:30", ""), Some("2026-02")).unwrap_err();
    assert!(error.what.contains("2026-02-01 (Sunday), 00:00"), "{error}");
}

/// All of them, whatever kinds they use, and over a circuit of the catalogue.
#[test]
fn every_preset_compiles() {
    let mut kinds = std::collections::BTreeSet::new();
    for preset in PRESETS {
        let agreement = Agreement::parse(preset.text, Syntax::Toml).expect(preset.name);
        let calendar = agreement.calendar();
        let sample = crate::period::resolve(agreement.sample_period(), calendar).unwrap();
        let period = agreement.needs_period().then_some(sample);
        let compiled = agreement.compile(period);
        let compiled = compiled.unwrap_or_else(|e| panic!("{}: {e}\n{}", preset.name, e.remedy));
        let policy = compiled.policy;
        let again = Policy::from_json(&policy.to_json()).expect(preset.name);
        assert_eq!(again.digest(), policy.digest(), "{}", preset.name);
        let listed = catalogue().iter().find(|listed| Some(listed.name) == compiled.listed);
        let listed = listed.unwrap_or_else(|| panic!("{} has no circuit", preset.name));
        assert_eq!(policy.shape(), listed.shape, "{}", preset.name);
        let size = listed.pinned.as_ref().expect(listed.name).constraints;
        println!("{:<30} {:<24} {size:>7}", preset.name, listed.name);
        kinds.extend(compiled.custom.conditions.iter().map(|shape| shape.kind().name));
    }
    assert_eq!(PRESETS.len(), 17);
    // Each kind has one.
    assert!(KINDS.iter().all(|kind| kinds.contains(kind.name)), "{kinds:?}");
}

fn preset(name: &str) -> &'static str {
    PRESETS.iter().find(|preset| preset.name == name).unwrap().text
}

fn built(text: &str, period: &str) -> CompiledAgreement {
    let agreement = Agreement::parse(text, Syntax::Toml).unwrap();
    let period = crate::period::resolve(period, agreement.calendar()).unwrap();
    agreement.compile(agreement.needs_period().then_some(period)).unwrap()
}

fn custom(text: &str) -> String {
    text.replace("period = \"month\"", "period = \"month\"\ncircuit = \"custom\"")
}

#[test]
fn tariffs_become_day_types() {
    let text = custom(preset("tou-bill"));
    let compiled = built(&text, "2026-03");
    assert_eq!(compiled.listed, None);
    let bill = &compiled.policy.conditions()[1];
    assert_eq!(bill.list("rates"), [39_200, 21_900, 28_530]);
    assert_eq!(bill.list("fixed"), [950_000_000]);
    assert_eq!(bill.number("currency"), 0x45_55_52);
    // Working days and others, before and after the change of the clock on 29 March.
    assert_eq!(bill.list("bands").len(), 4 * 96);
    let (days, bands) = (bill.list("days"), bill.list("bands"));
    let band = |day: usize, hour: usize| bands[days[day] as usize * 96 + hour * 4];
    // 2 March is a Monday, 7 March a Saturday, 30 March a Monday in summer time.
    assert_eq!([band(1, 5), band(1, 6), band(1, 17), band(1, 21)], [1, 2, 0, 2]);
    assert_eq!([band(6, 5), band(6, 6), band(6, 17), band(6, 21)], [1, 2, 2, 2]);
    assert_eq!([band(29, 4), band(29, 5), band(29, 16), band(29, 20)], [1, 2, 0, 2]);
    // One circuit for the year: January needs two types, and has four.
    let january = built(&text, "2026-01").policy;
    assert_eq!(january.shape(), compiled.policy.shape());
    let flat = text.replace("bands = [", "rate = \"0.30 EUR/kWh\"\n# [");
    let flat = flat
        .lines()
        .filter(|line| !line.starts_with("  {") && *line != "]")
        .collect::<Vec<_>>()
        .join("\n");
    let bill = &built(&flat, "2026-01").policy.conditions()[1].clone();
    assert_eq!(
        (bill.list("rates"), bill.list("bands").len(), bill.number("anchor")),
        (&[30_000][..], 0, 0)
    );
    for (from, to, what) in [
        ("0.2853 EUR", "0.2853 USD", "USD here, but EUR"),
        ("\"night\"", "\"peak\"", "two bands"),
        ("name = \"day\", ", "name = \"day\", days = \"mon\", ", "is in none of them"),
        ("reveal =", "day_types = 3\nreveal =", "4 kinds of days"),
        ("max = \"1000.00 EUR\"", "max = \"1000.001 EUR\"", "decimal places"),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text, "{from}");
        let error = compiled_for(&wrong, "2026-03").expect_err(to);
        assert!(error.what.contains(what), "{to}: {error}");
    }
}

/// For refusals.
fn compiled_for(text: &str, period: &str) -> Result<Policy, AgreementError> {
    compiled(text, Some(period))
}

#[test]
fn baselines_are_the_last_eligible_days() {
    let text = preset("caiso-10-in-10");
    let compiled = built(text, "2026-07-15");
    let reduction = &compiled.policy.conditions()[1];
    // Wednesday 15 July; 3 July is a holiday. In the grid's time the event begins an hour earlier.
    let days = reduction.list("days");
    assert_eq!((days.len(), days.iter().sum::<i64>()), (20, 10));
    // Oldest first: index 0 is 25 June, index 6 is 1 July, index 19 is 14 July.
    let at = |july: usize| days[july + 5];
    assert_eq!((at(14), at(13), at(12), at(11), at(10)), (1, 1, 0, 0, 1));
    assert_eq!((at(3), at(2), at(1)), (0, 1, 1), "the holiday is not eligible");
    let event: Vec<usize> = (0..24).filter(|i| reduction.list("event")[*i] == 1).collect();
    assert_eq!(event, [15, 16, 17]);
    // The clock was changed on 8 March 2026.
    let error = compiled_for(text, "2026-03-12").unwrap_err();
    assert!(error.what.contains("the clock was changed"), "{error}");
    let few = text.replace("look_back = 20", "look_back = 5");
    let error = compiled_for(&few, "2026-07-15").unwrap_err();
    assert!(error.what.contains("are eligible"), "{error}");
}

#[test]
fn the_catalogue_serves_what_fits() {
    for (name, circuit) in [
        ("tou-bill", "month-15m-bill"),
        ("p2p-trade-hour", "hour-15m-volume"),
        ("energytag-granular-certificate", "hour-15m-volume-shown"),
        ("caiso-10-in-10", "day-1h-reduction"),
        ("ev-fleet-charging-window", "month-15m-envelope"),
    ] {
        let agreement = Agreement::parse(preset(name), Syntax::Toml).unwrap();
        let compiled = built(preset(name), agreement.sample_period());
        assert_eq!(compiled.listed, Some(circuit), "{name}");
        let listed = catalogue().iter().find(|listed| listed.name == circuit).unwrap();
        assert_eq!(compiled.policy.shape(), listed.shape, "{name}");
        assert_eq!(compiled.names.len(), compiled.policy.conditions().len());
    }
    // What the circuit reveals otherwise, or has no room for, it does not serve.
    let shown = preset("tou-bill").replace("reveal = \"exact\"", "reveal = \"none\"");
    assert_eq!(built(&shown, "2026-01").listed, None);
    let named = |name: &str| {
        let text = preset("tou-bill")
            .replace("period = \"month\"", &format!("period = \"month\"\ncircuit = \"{name}\""));
        compiled_for(&text, "2026-01")
    };
    assert_eq!(
        named("month-15m-bill").unwrap().digest(),
        built(preset("tou-bill"), "2026-01").policy.digest()
    );
    assert!(named("hour-15m-volume").unwrap_err().what.contains("does not serve"));
    assert!(named("month-15m-bil").unwrap_err().remedy.contains("month-15m-bill"));
}
