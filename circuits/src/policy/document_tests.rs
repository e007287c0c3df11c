use super::*;
use crate::condition::Tolerance;
use crate::format::decimal::field_string;
use proptest::prelude::*;

const MONTH: &str = include_str!("../../../tests/data/policies/month-sdge.json");
const DAY: &str = include_str!("../../../tests/data/policies/day-sdge.json");

fn month() -> Policy {
    Policy::from_json(MONTH).expect("example")
}

/// The example with `from` replaced, which must be there.
fn edited(from: &str, to: &str) -> Result<Policy> {
    assert!(MONTH.contains(from), "{from}");
    Policy::from_json(&MONTH.replacen(from, to, 1))
}

fn code(from: &str, to: &str) -> Code {
    edited(from, to).expect_err(to).code()
}

#[test]
fn examples_round_trip() {
    for text in [MONTH, DAY] {
        let policy = Policy::from_json(text).expect("example");
        assert_eq!(Policy::from_json(&policy.to_json()).expect("own"), policy);
    }
    let day = Policy::from_json(DAY).expect("example");
    assert_eq!((day.shape().channels, day.shape().public_inputs()), (1, 6));
    assert_eq!(day.geometry(), &Geometry::named("day-24x1h").expect("named"));
}

#[test]
fn digests_are_pinned() {
    // A changed digest breaks every key, bundle and contract: never by accident.
    let day = Policy::from_json(DAY).expect("example");
    assert_eq!(
        field_string(&day.digest()),
        "4380966036285192889106099337212805005811356244406212039409050757784544340432"
    );
    assert_eq!(
        field_string(&month().digest()),
        "13674359740492785452501671387456313470271320042814395064512098785283873971684"
    );
    assert_eq!(month().digest_inputs().len(), 5 + 2 + 3 + 3);
}

#[test]
fn order_and_spelling_do_not_matter() {
    let mut conditions = month().conditions().to_vec();
    conditions.reverse();
    let m = month();
    let other = Policy::new(
        *m.geometry(),
        m.scope().clone(),
        m.meter().clone(),
        m.least_level(),
        conditions,
    );
    assert_eq!(other.expect("same"), m);
    let spelled = r#"{"intervals_per_block":24,"blocks":{"min":28,"max":32},"aligned":false,"value_bits":24,"registry_depth":10}"#;
    assert_eq!(edited("\"month-24x1h\"", spelled).expect("same"), m);
}

#[test]
fn every_member_is_bound() {
    let digest = month().digest();
    for (from, to) in [
        ("example-utility", "example-utilitz"),
        ("february-saver", "march-saver"),
        ("America/Los_Angeles", "America/Tijuana"),
        ("-28800", "-25200"),
        ("\"import\"", "\"export\""),
        ("\"L1\"", "\"L2\""),
        ("980000", "980001"),
        ("\"450000\"", "\"450001\""),
        ("\"min\": \"0\"", "\"min\": \"1\""),
        ("\"exact\"", "\"none\""),
        ("\"5000\"", "\"5001\""),
        ("at-most", "at-least"),
        ("[\"missing\"]", "[]"),
        ("[\"missing\"]", "[\"estimated\"]"),
    ] {
        let other = edited(from, to).expect(to);
        assert_ne!(other.digest(), digest, "{to}");
    }
}

#[test]
fn contradictions_are_named() {
    for (from, to) in [
        ("month-24x1h", "month"),
        ("month-24x1h", "day-24x1h"),
        ("\"unit\": \"month\"", "\"unit\": \"day\""),
        ("example-utility", ""),
        ("february-saver", &"x".repeat(129)),
        ("february-saver", "a\\u001b[2Jb"),
        ("America/Los_Angeles", "Moon base"),
        ("America/Los_Angeles", "+00:00"),
        ("3600", "0"),
        ("3600", "3601"),
        ("-28800", "86400"),
        ("\"min\": \"0\"", "\"min\": \"450001\""),
        ("\"450000\"", "\"99999999999999\""),
        ("\"value\": \"5000\", ", ""),
        ("\"value\": \"5000\"", "\"schedule\": [\"1\", \"2\"]"),
        ("\"value\": \"5000\"", "\"value\": \"5000\", \"schedule\": []"),
        ("\"value\": \"5000\"", "\"value\": \"16777216\""),
        ("\"channel\": 0", "\"channel\": 1"),
        ("{ \"kind\": \"completeness\", \"min_measured_ppm\": 980000 },", ""),
        (
            "\"kind\": \"limit\"",
            "\"kind\": \"limit\", \"channel\": 0, \"bound\": \"at-most\", \"value\": \"1\"}, {\"kind\": \"limit\"",
        ),
    ] {
        assert_eq!(code(from, to), Code::BadPolicy, "{to}");
    }
    let error = edited("\"channel\": 0", "\"channel\": 1").expect_err("channel");
    assert!(error.message().contains("volume"), "{error}");
}

#[test]
fn form_is_strict() {
    for (from, to) in [
        ("\"scope\"", "\"scopes\""),
        ("\"scope\": {", "\"scope\": { \"x\": 1,"),
        ("\"unit\": \"month\"", "\"unit\": \"month\", \"unit\": \"month\""),
        ("\"unit\": \"month\"", "\"unit\": \"year\""),
        ("\"L1\"", "\"L4\""),
        ("\"L1\"", "1"),
        ("980000", "980000.0"),
        ("980000", "\"980000\""),
        ("\"450000\"", "450000"),
        ("\"reveal\": \"exact\"", "\"reveal\": 1"),
        ("\"reveal\": \"exact\"", "\"reveal\": \"none\", \"reveal\": \"none\""),
        ("\"reveal\": \"exact\"", "\"reveal\": \"exact\", \"hide\": false"),
        ("\"kind\": \"volume\"", "\"kind\": \"guess\""),
        ("\"kind\": \"volume\"", "\"kind\": \"volume\", \"kind\": \"volume\""),
        ("[\"missing\"]", "[\"missing\", \"missing\"]"),
        ("[\"missing\"]", "[\"measured\"]"),
        ("[\"missing\"]", "null"),
        ("\"value\": \"5000\"", "\"value\": null"),
        ("\"month-24x1h\"", "7"),
        ("\"month-24x1h\"", "{\"intervals_per_block\": 24}"),
    ] {
        assert_eq!(code(from, to), Code::Malformed, "{to}");
    }
    assert_eq!(code("policy/1", "policy/2"), Code::UnknownVersion);
    assert_eq!(code("\"450000\"", "\"0450000\""), Code::OutOfRange);
    assert_eq!(code("\"450000\"", "\"-0\""), Code::OutOfRange);
    assert_eq!(code("\"450000\"", "\"-1\""), Code::BadPolicy);
    assert_eq!(code("980000", "-1"), Code::OutOfRange);
    assert_eq!(code("980000", "1000001"), Code::OutOfRange);
    assert_eq!(code("980000", "4294967296"), Code::OutOfRange);
    assert_eq!(
        Policy::from_json(&(MONTH.to_owned() + "x")).expect_err("tail").code(),
        Code::Malformed
    );
}

#[test]
fn words_say_what_is_bound() {
    let policy = month();
    let words = policy.words();
    let kinds: Vec<_> = words.iter().map(|w| w.kind).collect();
    assert_eq!(kinds, ["completeness", "volume", "limit"]);
    assert!(words[0].text.contains("98 %"), "{}", words[0].text);
    assert_eq!(
        words[1].text,
        "The total of energy taken from the grid over the period is 0 Wh to 450 kWh; the exact value is revealed. Missing \
         readings count as zero; none may be estimated."
    );
    assert_eq!(
        words[2].text,
        "In every interval of 1 hour the energy taken from the grid is at most 5 kWh. Missing readings are left out; none \
         may be estimated."
    );
}

#[test]
fn schedules_are_bound_and_worded() {
    let m = month();
    let policy = |schedule: &[i64]| {
        let mut conditions = m.conditions().to_vec();
        let members: &[(&str, &[i64])] =
            &[("channel", &[0]), ("bound", &[1]), ("schedule", schedule)];
        conditions[2] = Condition::new("limit", members, Tolerance::default()).expect("limit");
        let (scope, meter) = (m.scope().clone(), m.meter().clone());
        Policy::new(*m.geometry(), scope, meter, Level::L1, conditions)
    };
    let mut schedule: Vec<i64> = (0..768).collect();
    let one = policy(&schedule).expect("fits");
    schedule[767] += 1;
    let two = policy(&schedule).expect("fits");
    assert_ne!(one.digest(), two.digest());
    assert!(two.words()[2].text.contains("from 0 Wh to 768 Wh"), "{}", two.words()[2].text);
    assert_eq!(Policy::from_json(&two.to_json()).expect("own"), two);
    schedule.pop();
    assert_eq!(policy(&schedule).expect_err("short").code(), Code::BadPolicy);
}

#[test]
fn too_many_conditions_or_channels_are_refused() {
    let m = month();
    let mut meter = m.meter().clone();
    meter.channels = vec![meter.channels[0]; 300];
    let policy =
        Policy::new(*m.geometry(), m.scope().clone(), meter, Level::L1, m.conditions().to_vec());
    assert_eq!(policy.expect_err("channels").code(), Code::BadPolicy);
    let completeness =
        Condition::new("completeness", &[("min_measured_ppm", &[0])], Tolerance::default());
    let completeness = completeness.expect("completeness");
    let twice = vec![completeness.clone(), completeness];
    let policy = Policy::new(*m.geometry(), m.scope().clone(), m.meter().clone(), Level::L1, twice);
    assert_eq!(policy.expect_err("twice").code(), Code::BadPolicy);
}

proptest! {
    /// Damage anywhere in a file is answered without a panic, and what is still accepted still round-trips.
    #[test]
    fn damaged_files_are_answered(at in 0..MONTH.len(), with in any::<char>(), cut in any::<bool>()) {
        let end = if cut { MONTH.len() } else { at + 1 };
        let parts = MONTH.get(..at).zip(MONTH.get(end..));
        let policy = parts.map(|(head, tail)| Policy::from_json(&format!("{head}{with}{tail}")));
        if let Some(Ok(policy)) = policy {
            prop_assert_eq!(Policy::from_json(&policy.to_json()).expect("own"), policy);
        }
    }

    #[test]
    fn any_volume_is_answered(min in any::<i64>(), max in any::<i64>(), channel in -2_i64..9) {
        let m = month();
        let mut conditions = m.conditions().to_vec();
        let members: &[(&str, &[i64])] = &[("channel", &[channel]), ("min", &[min]), ("max", &[max])];
        conditions[1] = Condition::new("volume", members, Tolerance::default()).expect("volume");
        let policy = Policy::new(*m.geometry(), m.scope().clone(), m.meter().clone(), Level::L1, conditions);
        let fits = channel == 0 && 0 <= min && min <= max && max >> m.geometry().total_bits() == 0;
        prop_assert_eq!(policy.is_ok(), fits);
    }
}
