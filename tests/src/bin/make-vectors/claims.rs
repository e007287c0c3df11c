//! Claims that verify, from real readings and from small meters.

use crate::book::{Book, Change, Good};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Digest, FirstPhase, Profile, Setup, SetupStamp};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Level, Quality, Reading};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_tests::Any;
use wattproof_tests::circuit::Circuit;
use wattproof_tests::forge::{Points, key_file, swap, with_proof};
use wattproof_tests::scene::{
    APRIL, DAY, FEBRUARY, MARCH, Meter, challenge, edited, policy, real_readings, settlement,
};

/// The claims that others are made from.
pub(crate) struct Goods {
    /// One day of real readings.
    pub(crate) day: Good,
    /// The day after, of the same meter.
    pub(crate) next_day: Good,
    /// A month of real readings with a gap.
    pub(crate) month: Good,
    /// Four intervals that reveal a total, settled on a chain.
    pub(crate) small: Good,
    /// As `small`, with a total of zero.
    pub(crate) zero: Good,
    /// Accepts readings that nobody vouches for; reveals nothing.
    pub(crate) l0: Good,
    /// Two channels, two totals, a gateway.
    pub(crate) two: Good,
    /// A week that begins and ends inside blocks.
    pub(crate) week: Good,
    /// A month in which daylight saving begins.
    pub(crate) march: Good,
}

/// Each claim's verified case: what it shows.
const VERIFIED: [(&str, &str); 9] = [
    ("day", "24 real hours of 2011-02-01; the total is revealed."),
    ("month", "A real February with eight missing hours, which the policy tolerates."),
    ("small-settlement", "A circuit of a size of its own, for a settlement on a chain."),
    ("small-zero", "A total of zero, revealed: a trailing input that is zero."),
    ("l0-accepted", "Readings that nobody vouches for, accepted by name; no outputs."),
    ("gateway-two-channels", "Vouched for by a gateway; two totals, in order."),
    ("week-inside-blocks", "A week in Berlin that begins and ends inside blocks."),
    ("next-day", "The day after, of the same meter: another nullifier."),
    ("month-daylight-saving", "A real March of 743 hours: daylight saving begins."),
];

fn verified(book: &mut Book, name: &str, good: &Good) -> Any<()> {
    let (_, why) = VERIFIED.iter().find(|(of, _)| *of == name).ok_or("no such claim")?;
    book.add(good.case(name, why))
}

/// The smallest circuits' claims alone.
pub(crate) fn few(book: &mut Book) -> Any<()> {
    let (small, zero) = small(book)?;
    verified(book, "small-settlement", &small)?;
    verified(book, "small-zero", &zero)?;
    let (l0, two) = (l0(book)?, two(book)?);
    verified(book, "l0-accepted", &l0)?;
    verified(book, "gateway-two-channels", &two)
}

/// The verified and unconfirmed cases; the claims in them.
pub(crate) fn write(book: &mut Book) -> Any<Goods> {
    let goods = goods(book)?;
    let Goods { day, next_day, month, small, l0, two, zero, week, march } = &goods;
    for ((name, _), good) in
        VERIFIED.iter().zip([day, month, small, zero, l0, two, week, next_day, march])
    {
        verified(book, name, good)?;
    }
    let why = "Without a profile nothing is confirmed.";
    for (good, name) in [
        (day, "day-alone"),
        (month, "month-alone"),
        (small, "small-alone"),
        (l0, "l0-alone"),
        (two, "two-alone"),
    ] {
        book.add(good.case(name, why).alone())?;
    }
    variations(book, &goods)?;
    Ok(goods)
}

/// Other spellings and proofs of the same claims.
fn variations(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, month, small, .. } = goods;
    let with_policy = |good: &Good| {
        let mut bundle = good.bundle.clone();
        bundle.policy = Some(good.profile.policy.clone());
        bundle.to_json()
    };
    let why = "The policy travels along.";
    book.add(month.case("month-with-policy", why).bundle(with_policy(month)))?;
    book.add(day.case("day-with-policy-alone", why).bundle(with_policy(day)).alone())?;
    let mut stamped = day.bundle.clone();
    stamped.setup = SetupStamp::Ceremony;
    let why = "The stamp is for people: the setup is what the verifier's own key says.";
    book.add(day.case("stamp-ignored", why).bundle(stamped.to_json()))?;
    let compact: serde_json::Value = serde_json::from_str(&day.bundle.to_json())?;
    let why = "Order of members and white space mean nothing.";
    book.add(day.case("compact", why).bundle(compact.to_string()))?;
    let escaped = swap(&day.bundle.to_json(), "\"nullifier\"", "\"n\\u0075llifier\"")?;
    book.add(day.case("escaped-name", "JSON escapes are read.").bundle(escaped))?;
    let text = day.bundle.to_json();
    let full = text.clone() + &" ".repeat((64 << 10) - text.len());
    book.add(day.case("exactly-64-kb", "The largest bundle.").bundle(full))?;

    let points = Points::of(&day.bundle)?;
    let delta = wattproof_tests::forge::KeyPoints::of(&day.file)?.delta;
    let why = "The same claim, another proof, the same nullifier: nothing may be keyed on bytes.";
    for (name, points) in [
        ("re-randomised-negated", Points { a: -points.a, b: -points.b, ..points }),
        ("re-randomised-scaled", points.scaled(12_345)?),
        ("re-randomised-fully", points.re_randomised(7, 11, delta)?),
    ] {
        book.add(day.case(name, why).bundle(with_proof(&day.bundle, &points.bytes())?))?;
    }
    let mut roots = small.profile.clone();
    roots.roots.insert(0, F::from(1));
    let why = "One of two accepted roots: a replaced one within its grace period.";
    book.add(small.case("second-root", why).profile(roots.to_json()))?;
    let l1 = l0_by_name(small)?;
    let why = "Accepting L0 does no harm to a policy that demands more.";
    book.add(small.case("l0-accepted-not-needed", why).profile(l1))?;
    ceremony(book, small)
}

fn l0_by_name(good: &Good) -> Any<String> {
    swap(&good.profile.to_json(), "\"accept_l0\": false", "\"accept_l0\": true")
}

/// A key that says it comes from a ceremony: trusted if its fingerprint is pinned, which is the verifier's decision.
fn ceremony(book: &mut Book, small: &Good) -> Any<()> {
    let (transcript, first_phase) = (Digest([0x77; 32]), FirstPhase::Published);
    let setup = Setup::Ceremony { contributions: 3, transcript, first_phase };
    let (text, fingerprint) = key_file(&small.file, &small.file.key().to_bytes(), setup)?;
    let name = "small-ceremony.vk.json";
    book.vectors.keys.insert(name.into(), text);
    let mut profile = small.profile.clone();
    profile.key_fingerprint = Digest::parse(&fingerprint)?;
    let mut case = small.case(
        "ceremony-key",
        "A key stamped as a ceremony's needs no leave. (This one was not made in one.)",
    );
    case.key = Some(name.into());
    book.add(case.clone().strict().profile(profile.to_json()))?;
    case.name = "ceremony-key-not-pinned".into();
    case.why = "The stamp is under the fingerprint: the profile pins the development key.".into();
    book.add(case.strict().refused(Code::WrongKey))
}

/// Keys of ceremonies that no verifier relies on.
pub(crate) fn ceremonies(book: &mut Book, goods: &Goods) -> Any<()> {
    let (small, transcript) = (&goods.small, Digest([0x77; 32]));
    for (name, why, contributions, first_phase, code) in [
        (
            "ceremony-of-nobody",
            "A ceremony to which nobody contributed: its secrets are known to all.",
            0,
            FirstPhase::Published,
            Code::UnsoundKey,
        ),
        (
            "ceremony-private-first-phase",
            "Whoever made the first phase could forge, as whoever makes a development key.",
            3,
            FirstPhase::Private,
            Code::DevKey,
        ),
    ] {
        let setup = Setup::Ceremony { contributions, transcript, first_phase };
        let (text, fingerprint) = key_file(&small.file, &small.file.key().to_bytes(), setup)?;
        let key = format!("{name}.vk.json");
        book.vectors.keys.insert(key.clone(), text);
        let mut profile = small.profile.clone();
        profile.key_fingerprint = Digest::parse(&fingerprint)?;
        let mut case = small.case(name, why);
        case.key = Some(key);
        book.add(case.strict().profile(profile.to_json()).refused(code))?;
    }
    Ok(())
}

/// Makes keys, profiles and proofs.
fn goods(book: &mut Book) -> Any<Goods> {
    let (start, february) = real_readings("sdge-hourly-2011-02.xml")?;
    let (march_start, march_readings) = real_readings("sdge-hourly-2011-03.xml")?;

    let day_policy = policy("day-sdge.json")?;
    let mut circuit = Circuit::new(&day_policy.shape(), 1)?;
    let meter = Meter::new(1, &day_policy, Level::L1, start, &february)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "day-24x1h" };
    let (first, second) =
        (Period::new(FEBRUARY, FEBRUARY + DAY)?, Period::new(FEBRUARY + DAY, FEBRUARY + 2 * DAY)?);
    let day = maker.good("day", &meter, &day_policy, first, &challenge(7))?;
    let next_day = maker.good("next-day", &meter, &day_policy, second, &challenge(7))?;

    let month_policy = policy("month-sdge.json")?;
    let mut circuit = Circuit::new(&month_policy.shape(), 2)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "month-24x1h" };
    let meter = Meter::new(2, &month_policy, Level::L2, start, &february)?;
    let period = Period::new(FEBRUARY, MARCH)?;
    let month = maker.good("month", &meter, &month_policy, period, &challenge(8))?;
    let meter = Meter::new(2, &month_policy, Level::L1, march_start, &march_readings)?;
    let period = Period::new(MARCH, APRIL)?;
    let march = maker.good("march", &meter, &month_policy, period, &challenge(9))?;

    let (small, zero) = small(book)?;
    let (l0, two, week) = (l0(book)?, two(book)?, week(book)?);
    Ok(Goods { day, next_day, month, small, zero, l0, two, week, march })
}

/// A policy for four intervals of six hours.
pub(crate) const SMALL: &str = r#"{
  "wattproof": "policy/1",
  "geometry": {
    "intervals_per_block": 4, "blocks": { "min": 1, "max": 1 }, "aligned": true, "value_bits": 16, "registry_depth": 2
  },
  "scope": { "authority": "eip155:31337", "name": "solar-pool", "calendar": { "zone": "+05:30", "unit": "day" } },
  "meter": {
    "interval_seconds": 21600, "grid_offset_seconds": 19800,
    "channels": [{ "quantity": "energy", "direction": "generation", "unit": "Wh" }]
  },
  "least_level": "L1",
  "conditions": [
    { "kind": "completeness", "min_measured_ppm": 1000000 },
    { "kind": "volume", "channel": 0, "min": "0", "max": "50000", "reveal": "exact" }
  ]
}"#;

/// Midnight of 2011-02-01 at UTC+5:30.
pub(crate) const KOLKATA: u64 = 1_296_498_600;

pub(crate) fn measured(values: [u32; 4]) -> Vec<Reading> {
    values.map(Reading::measured).to_vec()
}

fn small(book: &mut Book) -> Any<(Good, Good)> {
    let policy = Policy::from_json(SMALL)?;
    let mut circuit = Circuit::new(&policy.shape(), 3)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "small" };
    let readings = [measured([0, 4_200, 5_100, 300]), measured([0; 4])].concat();
    let meter = Meter::new(3, &policy, Level::L1, KOLKATA, &[readings])?;
    let period = Period::new(KOLKATA, KOLKATA + DAY)?;
    let small = maker.good("small", &meter, &policy, period, &settlement())?;
    let period = Period::new(KOLKATA + DAY, KOLKATA + 2 * DAY)?;
    let zero = maker.good("small-zero", &meter, &policy, period, &settlement())?;
    Ok((small, zero))
}

fn l0(book: &mut Book) -> Any<Good> {
    let policy = Policy::from_json(SMALL)?;
    let policy = edited(&policy, "\"L1\"", "\"L0\"")?;
    let policy = edited(&policy, "\"reveal\": \"exact\"", "\"reveal\": \"none\"")?;
    let limit = r#""conditions": [{ "kind": "limit", "channel": 0, "bound": "at-most",
      "schedule": ["10", "5000", "6000", "500"], "tolerate": ["estimated"] },"#;
    let policy = edited(&policy, "\"conditions\": [", limit)?;
    let mut circuit = Circuit::new(&policy.shape(), 4)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "small-silent" };
    let meter = Meter::new(4, &policy, Level::L0, KOLKATA, &[measured([1, 2, 3, 500])])?;
    let period = Period::new(KOLKATA, KOLKATA + DAY)?;
    maker.good("l0", &meter, &policy, period, &challenge(4))
}

fn two(book: &mut Book) -> Any<Good> {
    let policy = Policy::from_json(SMALL)?;
    let channel = r#""channels": [{ "quantity": "energy", "direction": "import", "unit": "Wh" },"#;
    let policy = edited(&policy, "\"channels\": [", channel)?;
    let volume = r#""conditions": [
      { "kind": "volume", "channel": 1, "min": "100", "max": "60000", "reveal": "exact", "tolerate": ["estimated"] },"#;
    let policy = edited(&policy, "\"conditions\": [", volume)?;
    let policy = edited(&policy, "1000000", "750000")?;
    let policy = edited(&policy, "\"L1\"", "\"L2\"")?;
    let mut circuit = Circuit::new(&policy.shape(), 5)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "small-two" };
    let mut generation = measured([10, 20_000, 21_000, 0]);
    generation[1].quality = Quality::Estimated;
    let import = measured([900, 100, 0, 1_100]);
    let meter = Meter::new(5, &policy, Level::L2, KOLKATA, &[import, generation])?;
    let period = Period::new(KOLKATA, KOLKATA + DAY)?;
    maker.good("gateway", &meter, &policy, period, &challenge(5))
}

/// A week that begins and ends inside the meter's blocks.
fn week(book: &mut Book) -> Any<Good> {
    let mut text = SMALL.to_owned();
    // All at once: one change without the others is no policy.
    for (from, to) in [
        ("\"day\"", "\"week\""),
        ("\"+05:30\"", "\"Europe/Berlin\""),
        ("\"interval_seconds\": 21600", "\"interval_seconds\": 3600"),
        ("\"grid_offset_seconds\": 19800", "\"grid_offset_seconds\": 7200"),
        ("\"intervals_per_block\": 4", "\"intervals_per_block\": 24"),
        ("\"aligned\": true", "\"aligned\": false"),
        ("\"min\": 1, \"max\": 1", "\"min\": 7, \"max\": 9"),
    ] {
        text = swap(&text, from, to)?;
    }
    let policy = Policy::from_json(&text)?;
    let mut circuit = Circuit::new(&policy.shape(), 6)?;
    let mut maker = Maker { book, circuit: &mut circuit, key: "small-week" };
    // Monday 2011-01-31, 00:00 in Berlin, is 01:00 on the meter's grid.
    let start = 1_296_428_400;
    let readings = (0..7 * 24).map(|i| Reading::measured(i % 24)).collect();
    let meter = Meter::new(6, &policy, Level::L1, start, &[readings])?;
    let period = Period::new(start, start + 7 * DAY)?;
    maker.good("week", &meter, &policy, period, &challenge(6))
}

/// Proves, and keeps key and profile as files.
struct Maker<'a> {
    book: &'a mut Book,
    circuit: &'a mut Circuit,
    key: &'a str,
}

impl Maker<'_> {
    fn good(
        &mut self,
        name: &str,
        meter: &Meter,
        policy: &Policy,
        period: Period,
        context: &Context,
    ) -> Any<Good> {
        let bundle = self.circuit.prove(&meter.claim(policy, period, context)?)?;
        let file = self.circuit.file.clone();
        let roots = vec![meter.root()];
        let mut profile =
            Profile::new(policy.clone(), file.fingerprint(), roots, period, context.clone());
        profile.accept_l0 = policy.least_level() == Level::L0;
        let (key, profile_name) = (format!("{}.vk.json", self.key), format!("{name}.json"));
        self.book.vectors.keys.insert(key.clone(), file.to_json());
        self.book.vectors.profiles.insert(profile_name.clone(), profile.to_json());
        Ok(Good { key, profile_name, file, profile, bundle })
    }
}
