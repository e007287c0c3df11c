//! The registry of units: exact scaling between what people write and what a channel counts.

use super::fault::{Result, instead, nearest, quoted};
use super::number::Exact;
use super::tree::View;

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Energy,
    Power,
    Voltage,
    Volume,
    Flow,
    Data,
    DataRate,
    Time,
    Length,
    Mass,
    Count,
}

impl Dimension {
    fn noun(self) -> &'static str {
        match self {
            Self::Energy => "energy",
            Self::Power => "power",
            Self::Voltage => "voltage",
            Self::Volume => "volume",
            Self::Flow => "flow",
            Self::Data => "data",
            Self::DataRate => "data rate",
            Self::Time => "time",
            Self::Length => "length",
            Self::Mass => "mass",
            Self::Count => "number",
        }
    }

    /// The dimension of which this one is the amount in a time, and how many seconds its unit's unit is for.
    fn per_time(self) -> Option<(Self, i128)> {
        match self {
            Self::Energy => Some((Self::Power, 3600)),
            Self::Volume => Some((Self::Flow, 1)),
            Self::Data => Some((Self::DataRate, 1)),
            _ => None,
        }
    }
}

/// Word, dimension, and size in the dimension's own unit (Wh, W, dV, L, L/s, B, B/s, s, m, g) as a fraction.
pub(super) const UNITS: &[(&str, Dimension, i128, i128)] = &[
    ("Wh", Dimension::Energy, 1, 1),
    ("kWh", Dimension::Energy, 1_000, 1),
    ("MWh", Dimension::Energy, 1_000_000, 1),
    ("GWh", Dimension::Energy, 1_000_000_000, 1),
    ("J", Dimension::Energy, 1, 3600),
    ("kJ", Dimension::Energy, 1_000, 3600),
    ("MJ", Dimension::Energy, 1_000_000, 3600),
    ("GJ", Dimension::Energy, 1_000_000_000, 3600),
    ("W", Dimension::Power, 1, 1),
    ("kW", Dimension::Power, 1_000, 1),
    ("MW", Dimension::Power, 1_000_000, 1),
    ("GW", Dimension::Power, 1_000_000_000, 1),
    ("dV", Dimension::Voltage, 1, 1),
    ("V", Dimension::Voltage, 10, 1),
    ("kV", Dimension::Voltage, 10_000, 1),
    ("mV", Dimension::Voltage, 1, 100),
    ("L", Dimension::Volume, 1, 1),
    ("hL", Dimension::Volume, 100, 1),
    ("m3", Dimension::Volume, 1_000, 1),
    ("m³", Dimension::Volume, 1_000, 1),
    ("L/s", Dimension::Flow, 1, 1),
    ("L/min", Dimension::Flow, 1, 60),
    ("L/h", Dimension::Flow, 1, 3600),
    ("m3/h", Dimension::Flow, 1_000, 3600),
    ("m³/h", Dimension::Flow, 1_000, 3600),
    ("B", Dimension::Data, 1, 1),
    ("kB", Dimension::Data, 1_000, 1),
    ("MB", Dimension::Data, 1_000_000, 1),
    ("GB", Dimension::Data, 1_000_000_000, 1),
    ("TB", Dimension::Data, 1_000_000_000_000, 1),
    ("KiB", Dimension::Data, 1 << 10, 1),
    ("MiB", Dimension::Data, 1 << 20, 1),
    ("GiB", Dimension::Data, 1 << 30, 1),
    ("bit/s", Dimension::DataRate, 1, 8),
    ("kbit/s", Dimension::DataRate, 125, 1),
    ("Mbit/s", Dimension::DataRate, 125_000, 1),
    ("Gbit/s", Dimension::DataRate, 125_000_000, 1),
    ("B/s", Dimension::DataRate, 1, 1),
    ("kB/s", Dimension::DataRate, 1_000, 1),
    ("MB/s", Dimension::DataRate, 1_000_000, 1),
    ("s", Dimension::Time, 1, 1),
    ("min", Dimension::Time, 60, 1),
    ("h", Dimension::Time, 3600, 1),
    ("d", Dimension::Time, 86_400, 1),
    ("m", Dimension::Length, 1, 1),
    ("km", Dimension::Length, 1_000, 1),
    ("g", Dimension::Mass, 1, 1),
    ("kg", Dimension::Mass, 1_000, 1),
    ("t", Dimension::Mass, 1_000_000, 1),
    ("", Dimension::Count, 1, 1),
    ("count", Dimension::Count, 1, 1),
];

fn unit(word: &str) -> Option<(Dimension, i128, i128)> {
    UNITS.iter().find(|(name, ..)| *name == word).map(|(_, d, n, m)| (*d, *n, *m))
}

/// Words of a dimension, for remedies.
fn words(dimension: Dimension) -> String {
    let words = UNITS.iter().filter(|(word, d, ..)| *d == dimension && !word.is_empty());
    words.map(|(word, ..)| *word).collect::<Vec<_>>().join(", ")
}

/// What a number is to be counted in.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    /// The unit of one count.
    pub(super) unit: &'a str,
    /// Over how long a power or flow is taken to last; none where the amount has no length of its own.
    pub(super) seconds: Option<u32>,
    /// Whose unit it is, for refusals: `channel "import"`.
    pub(super) whose: String,
}

/// A number and the word after it.
fn split(text: &str) -> (&str, &str) {
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// A number with a unit, as written; the word may be empty.
fn amount<'a>(view: &View<'a>, example: &str) -> Result<(Exact, &'a str)> {
    let text = view.word(&format!("an amount such as \"{example}\""))?;
    let (number, word) = split(text.trim());
    match Exact::parse(number) {
        Some(number) => Ok((number, word)),
        None => Err(view.fault(
            format!("{} does not begin with a number", quoted(text)),
            format!("Write digits with a point for fractions, then the unit: \"{example}\"."),
        )),
    }
}

/// An amount in counts of `target`, which may be a fraction.
pub(super) fn scaled(view: &View<'_>, target: &Target<'_>) -> Result<Exact> {
    let (base, base_size, base_parts) = unit(target.unit).unwrap_or((Dimension::Count, 1, 1));
    let example = if base == Dimension::Count { "5" } else { target.unit };
    let (number, word) = amount(view, &format!("5 {example}"))?;
    let rate = base.per_time().filter(|_| target.seconds.is_some());
    let accepted = || {
        let direct = format!("Write an amount in {}", words(base));
        match rate {
            Some((rate, _)) => format!("{direct}, or a {} in {}.", rate.noun(), words(rate)),
            None => format!("{direct}."),
        }
    };
    let Some((dimension, size, parts)) = unit(word) else {
        let known = UNITS.iter().map(|(word, ..)| *word).filter(|word| !word.is_empty());
        let hint = nearest(word, known).map(|near| format!("Did you mean \"{near}\"? "));
        let what = format!("{} is no known unit", quoted(word));
        return Err(view.fault(what, hint.unwrap_or_default() + &accepted()));
    };
    let seconds = target.seconds.map_or(1, i128::from);
    let (top, bottom) = match rate {
        _ if dimension == base => (size, parts),
        Some((rate, per)) if dimension == rate => (size * seconds, parts * per),
        _ if word.is_empty() => {
            let what = format!("{} has no unit", number.show());
            return Err(view.fault(what, accepted()));
        }
        _ => {
            let (noun, base) = (dimension.noun(), base.noun());
            let what = format!(
                "{} is a unit of {noun}, but {} counts {base} in {} here",
                quoted(word),
                target.whose,
                target.unit
            );
            return Err(view.fault(what, accepted()));
        }
    };
    number
        .times(top * base_parts, bottom * base_size)
        .ok_or_else(|| view.fault("the number is too large", "Write a smaller number."))
}

/// An amount in whole counts of `target`.
///
/// # Errors
/// If it is no amount, of another dimension, or not a whole number of counts.
pub(super) fn quantity(view: &View<'_>, target: &Target<'_>) -> Result<i64> {
    let exact = scaled(view, target)?;
    exact.whole().ok_or_else(|| {
        let unit = target.unit;
        let over = target.seconds.map(|s| format!(" in {s} seconds")).unwrap_or_default();
        let what = format!("it is {} {unit}{over}, not a whole number of {unit}", exact.show());
        let (low, high) = (exact.floor(), exact.ceil());
        view.fault(
            what,
            format!("Write {low} {unit} or {high} {unit}; nothing is rounded silently."),
        )
    })
}

/// A share in millionths: `95%`, `99.5 %`, `1200 ppm`.
pub(super) fn ppm(view: &View<'_>) -> Result<i64> {
    let (number, word) = amount(view, "95%")?;
    let scale = match word {
        "%" => 10_000,
        "ppm" => 1,
        _ => {
            let what = format!("{} is no share", quoted(view.word("a share")?));
            return Err(view.fault(what, "Write per cent, such as \"95%\"."));
        }
    };
    let ppm = number.times(scale, 1).and_then(Exact::whole).filter(|p| (0..=1_000_000).contains(p));
    ppm.ok_or_else(|| {
        let what = format!("{} {word} is no share of whole millionths", number.show());
        view.fault(what, "Write 0% to 100%, with at most four decimal places.")
    })
}

/// A length of time in seconds: `PT15M`, `PT1H`, `15 min`, `1 h`.
pub(super) fn seconds(view: &View<'_>) -> Result<u32> {
    let text = view.text()?.trim();
    let bad = || {
        let what = format!("{} is no length of time in whole seconds", quoted(text));
        view.fault(what, "Write an ISO 8601 duration such as \"PT15M\", or \"15 min\".")
    };
    let Some(parts) = text.strip_prefix("PT") else {
        let (number, word) = split(text);
        let (dimension, size, parts) = unit(word).ok_or_else(bad)?;
        let seconds = Exact::parse(number).and_then(|n| n.times(size, parts)?.whole());
        let seconds = seconds.filter(|_| dimension == Dimension::Time && !word.is_empty());
        return seconds.and_then(|s| u32::try_from(s).ok()).filter(|s| *s > 0).ok_or_else(bad);
    };
    let (mut total, mut digits, mut last) = (0_u32, String::new(), u32::MAX);
    for c in parts.chars() {
        let size = match c {
            '0'..='9' if digits.len() < 6 => {
                digits.push(c);
                continue;
            }
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return Err(bad()),
        };
        let number: u32 = digits.parse().map_err(|_| bad())?;
        if size >= last {
            return Err(bad());
        }
        last = size;
        total = number.checked_mul(size).and_then(|n| total.checked_add(n)).ok_or_else(bad)?;
        digits.clear();
    }
    if digits.is_empty() && total > 0 { Ok(total) } else { Err(bad()) }
}

/// Decimal places of a currency's minor unit (ISO 4217).
pub(super) fn places(currency: &str) -> u32 {
    const NONE: &[&str] = &[
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
        "VUV", "XAF", "XOF", "XPF",
    ];
    const THREE: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
    match currency {
        _ if NONE.contains(&currency) => 0,
        _ if THREE.contains(&currency) => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

fn currency<'a>(view: &View<'_>, word: &'a str) -> Result<&'a str> {
    let good = word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase());
    if good {
        return Ok(word);
    }
    let what = format!("{} is no currency", quoted(word));
    Err(view.fault(what, "Write the three letters of ISO 4217, such as \"12.50 EUR\"."))
}

/// An amount of money in `1/parts` of the currency's minor unit, and the currency.
///
/// # Errors
/// If it is no amount of money, or not a whole number of these parts.
pub(super) fn money<'a>(view: &View<'a>, parts: i64) -> Result<(i64, &'a str)> {
    let (number, word) = amount(view, "12.50 EUR")?;
    let currency = currency(view, word)?;
    let scale = 10_i128.pow(places(currency)) * i128::from(parts);
    let value = number.times(scale, 1).and_then(Exact::whole);
    value.map(|value| (value, currency)).ok_or_else(|| {
        let most = places(currency) as usize + parts.to_string().len() - 1;
        let what = format!("{} {currency} has more than {most} decimal places", number.show());
        view.fault(what, format!("Round it to {most} places: nothing is rounded silently."))
    })
}

/// A price in millionths of the currency's minor unit for one count of the target, and the currency.
pub(super) fn rate<'a>(view: &View<'a>, target: &Target<'_>) -> Result<(i64, &'a str)> {
    let example = if target.unit == "Wh" { "0.2853 EUR/kWh" } else { "0.02 EUR/unit" };
    let (number, words) = amount(view, example)?;
    let Some((word, per)) = words.split_once('/') else {
        let what = format!("{} is no price of a unit", quoted(view.word("a price")?));
        return Err(view.fault(what, format!("Write it as in \"{example}\".")));
    };
    let currency = currency(view, word.trim())?;
    let (top, bottom) = ratio(view, per.trim(), target)?;
    let scale = 10_i128.pow(places(currency)) * 1_000_000;
    let value = number.times(scale, 1).and_then(|v| v.times(bottom, top)).and_then(Exact::whole);
    value.map(|value| (value, currency)).ok_or_else(|| {
        let unit = target.unit;
        let what =
            format!("the price of one {unit} is no whole number of millionths of a minor unit");
        view.fault(what, "Write fewer decimal places: nothing is rounded silently.")
    })
}

/// A carbon intensity: `380 g/kWh`, in grams for 1,000 counts of the target.
pub(super) fn intensity(view: &View<'_>, target: &Target<'_>) -> Result<i64> {
    let (number, words) = amount(view, "380 g/kWh")?;
    let mass = words.split_once('/').and_then(|(word, per)| Some((unit(word.trim())?, per)));
    let Some(((Dimension::Mass, size, parts), per)) = mass else {
        let what = format!("{} is no carbon intensity", quoted(view.word("an intensity")?));
        return Err(view.fault(what, "Write it as in \"380 g/kWh\"."));
    };
    let (top, bottom) = ratio(view, per.trim(), target)?;
    let grams = number.times(size * 1000, parts).and_then(|v| v.times(bottom, top));
    grams.and_then(Exact::whole).ok_or_else(|| {
        let what = format!("it is no whole number of grams for 1,000 {}", target.unit);
        view.fault(what, "Write fewer decimal places: nothing is rounded silently.")
    })
}

/// How many counts of the target one of `word` is, as a fraction.
fn ratio(view: &View<'_>, word: &str, target: &Target<'_>) -> Result<(i128, i128)> {
    let (base, base_size, base_parts) = unit(target.unit).unwrap_or((Dimension::Count, 1, 1));
    let found = unit(word).or((word == "unit").then_some((Dimension::Count, 1, 1)));
    match found {
        Some((dimension, size, parts)) if dimension == base => {
            Ok((size * base_parts, parts * base_size))
        }
        _ => {
            let what = format!(
                "{} counts {} in {}, not in {}",
                target.whose,
                base.noun(),
                target.unit,
                quoted(word)
            );
            let known: Vec<&str> =
                UNITS.iter().filter(|(_, d, ..)| *d == base).map(|(word, ..)| *word).collect();
            Err(view.fault(what, instead(word, &known)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Node, Value};
    use super::*;

    fn with<T>(text: &str, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let node = Node { at: 0, value: Value::Text(text.into()) };
        read(&View::root(&node))
    }

    fn wh(text: &str, seconds: u32) -> Result<i64> {
        let target = Target { unit: "Wh", seconds: Some(seconds), whose: "import".into() };
        with(text, |view| quantity(view, &target))
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, seconds, wanted) in [
            ("5 kW", 900, 1250),
            ("5000 W", 900, 1250),
            ("5kW", 3600, 5000),
            ("1.25 kWh", 900, 1250),
            ("3.6 MJ", 900, 1000),
            ("0 W", 300, 0),
            ("4 W", 900, 1),
            ("0.002 MWh", 900, 2000),
        ] {
            assert_eq!(wh(text, seconds).expect(text), wanted, "{text}");
        }
        for (text, what) in [
            ("1 W", "0.25 Wh"),
            ("5", "no unit"),
            ("5 kV", "voltage"),
            ("5 kw", "no known unit"),
            ("kW", "begin with a number"),
            ("1.5 J", "not a whole number"),
            ("5 m3", "volume"),
        ] {
            let fault = wh(text, 900).expect_err(text);
            assert!(fault.what.contains(what), "{text}: {}", fault.what);
        }
        assert!(wh("5 kw", 900).expect_err("kw").remedy.contains("\"kW\""));
    }

    #[test]
    fn other_networks_have_units() {
        let target = |unit| Target { unit, seconds: Some(300), whose: "served".into() };
        for (unit, text, wanted) in [
            ("B", "8 kbit/s", 300_000),
            ("kB", "80 Mbit/s", 3_000_000),
            ("MB", "1.5 GB", 1500),
            ("L", "2 m³", 2000),
            ("L", "12 L/min", 60),
            ("s", "2 h", 7200),
            ("m", "1.2 km", 1200),
            ("count", "7", 7),
            ("dV", "253 V", 2530),
        ] {
            let got = with(text, |view| quantity(view, &target(unit))).expect(text);
            assert_eq!(got, wanted, "{text}");
        }
    }

    #[test]
    fn money_and_rates() {
        let target = Target { unit: "Wh", seconds: None, whose: "import".into() };
        let rate = |text| with(text, |view| rate(view, &target).map(|(v, c)| (v, c.to_owned())));
        assert_eq!(rate("0.2853 EUR/kWh").expect("rate"), (28_530, "EUR".into()));
        assert_eq!(rate("-10 EUR/MWh").expect("rate"), (-1000, "EUR".into()));
        assert_eq!(rate("28 JPY/kWh").expect("rate"), (28_000, "JPY".into()));
        for bad in ["0.28", "0.28 EUR", "0.28 EUR/m3", "0.28 eur/kWh", "0.000000001 EUR/kWh"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        let money = |text| with(text, |view| money(view, 1_000_000).map(|(v, _)| v));
        assert_eq!(money("12.50 EUR").expect("money"), 1_250_000_000);
        assert_eq!(money("-0.01 EUR").expect("money"), -1_000_000);
        assert!(money("0.000000001 EUR").is_err() && money("12.50").is_err());
        let grams = |text| with(text, |view| intensity(view, &target));
        assert_eq!(grams("380 g/kWh").expect("grams"), 380);
        assert_eq!(grams("0.38 kg/kWh").expect("grams"), 380);
        assert!(grams("380 g").is_err() && grams("0.5 g/kWh").is_err());
    }

    #[test]
    fn shares_and_lengths() {
        for (text, wanted) in [("95%", 950_000), ("99.5 %", 995_000), ("1200 ppm", 1200)] {
            assert_eq!(with(text, ppm).expect(text), wanted);
        }
        for bad in ["0.95", "101%", "95", "99.99999%", "-1%"] {
            assert!(with(bad, ppm).is_err(), "{bad}");
        }
        for (text, wanted) in [
            ("PT15M", 900),
            ("PT1H", 3600),
            ("PT1H30M", 5400),
            ("15 min", 900),
            ("1 h", 3600),
            ("PT30S", 30),
        ] {
            assert_eq!(with(text, seconds).expect(text), wanted);
        }
        for bad in ["", "PT", "P1D", "PT15", "PTM", "PT1M1H", "15", "0 s", "PT0S", "15 kW", "-1 h"]
        {
            assert!(with(bad, seconds).is_err(), "{bad}");
        }
    }
}
