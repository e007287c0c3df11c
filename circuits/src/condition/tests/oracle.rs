//! Native twins against oracles in another language, written from the documentation (`tests/oracle/`). What twins and circuits say of
//! each other, the tests of each kind say.

use crate::condition::{Condition, Judgement, MILLION, Tolerance, Window};
use crate::meter::{Quality, Reading};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Deserialize;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

/// Random cases of each oracle: `WATTPROOF_CASES` if set, else a thousand.
fn cases() -> usize {
    std::env::var("WATTPROOF_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

/// Says that there is no Python on purpose.
const WITHOUT: &str = "WATTPROOF_NO_PYTHON";

/// What an oracle says of a case.
#[derive(Debug, Deserialize, PartialEq)]
struct Verdict {
    holds: bool,
    value: Option<i64>,
}

impl From<Judgement> for Verdict {
    fn from(judgement: Judgement) -> Self {
        let holds = judgement.failures.is_empty();
        Self { holds, value: holds.then_some(judgement.value) }
    }
}

/// Random numbers, the same in each run.
struct Dice(ChaCha20Rng);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    /// Below `2^bits`, of any size alike, often a round one.
    fn value(&mut self, bits: u64) -> u32 {
        let size = self.below(bits + 1);
        let value = self.below(1 << size);
        let value = if self.chance(8) { (1 << size) - 1 } else { value };
        u32::try_from(value).expect("at most 32 bits")
    }

    fn readings(&mut self, count: usize, bits: u64, flawed: u64) -> Vec<Reading> {
        let mut one = || match self.below(2 * flawed) {
            0 => Reading::MISSING,
            1 => Reading { value: self.value(bits), quality: Quality::Estimated },
            _ => Reading::measured(self.value(bits)),
        };
        (0..count).map(|_| one()).collect()
    }

    fn tolerance(&mut self) -> Tolerance {
        Tolerance { estimated: self.chance(2), missing: self.chance(2) }
    }

    /// Rarely for another period.
    fn anchor(&mut self, window: &Window) -> i64 {
        let start = i64::try_from(window.block_start()).expect("a time");
        match self.below(20) {
            0 => start - 86_400,
            1..8 => start,
            _ => 0,
        }
    }

    /// Either way, below `2^bits`, of any size alike.
    fn signed(&mut self, bits: u64) -> i64 {
        let size = self.below(bits + 1);
        let value = i64::try_from(self.below(1 << size)).expect("below 2^62");
        if self.chance(3) { -value } else { value }
    }

    fn signed_list(&mut self, count: usize, bits: u64) -> Vec<i64> {
        (0..count).map(|_| self.signed(bits)).collect()
    }

    fn bits(&mut self, count: usize, one_in: u64) -> Vec<i64> {
        (0..count).map(|_| i64::from(self.chance(one_in))).collect()
    }
}

fn line(condition: &Condition, window: &Window) -> String {
    let readings = |channels: &[Vec<Reading>]| -> Vec<Vec<_>> {
        let one = |r: &Reading| json!([r.value, r.quality]);
        channels.iter().map(|channel| channel.iter().map(one).collect()).collect()
    };
    json!({
        "condition": condition,
        "first": window.offset,
        "block_start": window.block_start(),
        "per_block": window.intervals_per_block,
        "channels": readings(&window.channels),
        "before": readings(&window.before),
    })
    .to_string()
}

/// Compares the twin with the script of this name on random cases.
fn compare(script: &str, mut make: impl FnMut(&mut Dice) -> (Condition, Window)) {
    let mut dice = Dice(ChaCha20Rng::seed_from_u64(2024));
    let count = cases();
    let cases: Vec<_> = (0..count).map(|_| make(&mut dice)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracle");
    let started = Command::new("python3")
        .args(["-B", script])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = match started {
        Ok(python) => python,
        Err(error) if std::env::var_os(WITHOUT).is_some() => {
            eprintln!("{script}: not compared, as {WITHOUT} is set: {error}");
            return;
        }
        Err(error) => panic!("python3 does not start ({error}): install it, or set {WITHOUT}"),
    };
    let lines: Vec<_> = cases.iter().map(|(condition, window)| line(condition, window)).collect();
    let mut stdin = python.stdin.take().expect("piped");
    // In a thread of its own: the script answers while it reads.
    let writer = std::thread::spawn(move || stdin.write_all((lines.join("\n") + "\n").as_bytes()));
    let output = python.wait_with_output().expect("the script ends");
    writer.join().expect("no panic").expect("the script reads to the end");
    assert!(output.status.success(), "{script} failed");
    let answers: Vec<Verdict> = String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a verdict"))
        .collect();
    assert_eq!(answers.len(), cases.len(), "{script}");
    let mut held = 0;
    for ((condition, window), theirs) in cases.iter().zip(answers) {
        let ours = Verdict::from(condition.judge(window));
        assert_eq!(ours, theirs, "{script}: {}", line(condition, window));
        held += usize::from(theirs.holds);
    }
    // Neither verdict is rare.
    assert!((count / 10..=count * 9 / 10).contains(&held), "{script}: {held} of {count} hold");
}

fn window(
    per_block: usize,
    offset: usize,
    channels: Vec<Vec<Reading>>,
    before: Vec<Vec<Reading>>,
) -> Window {
    Window {
        start: 1_296_547_200 + 3600 * offset as u64,
        interval: 3600,
        offset,
        intervals_per_block: per_block,
        nameplate: None,
        channels,
        before,
    }
}

/// The condition with its bound at what the readings give, one to either side, or anywhere.
fn near(dice: &mut Dice, value: i64, most: i64) -> i64 {
    let anywhere = i64::try_from(dice.below(most.unsigned_abs() + 1)).expect("in range");
    let near = value + i64::try_from(dice.below(3)).expect("small") - 1;
    if dice.chance(5) { anywhere } else { near.clamp(0, most) }
}

#[test]
fn matching_agrees_with_its_oracle() {
    compare("matching.py", |dice| {
        let count = 1 + dice.below(48) as usize;
        let flawed = if dice.chance(2) { 1 << 40 } else { 60 };
        let bits = [4, 8, 24, 32][dice.below(4) as usize];
        let mut channels =
            vec![dice.readings(count, bits, flawed), dice.readings(count, bits, flawed)];
        if dice.chance(20) {
            channels[1] = vec![Reading::measured(0); count];
        }
        let window = window(24, 0, channels, vec![Vec::new(); 2]);
        let tolerate = dice.tolerance();
        let swapped = i64::from(dice.chance(2));
        let condition = |min| {
            let members: &[(&str, &[i64])] =
                &[("generation", &[swapped]), ("consumption", &[1 - swapped]), ("min_ppm", &[min])];
            Condition::new("matching", members, tolerate).expect("matching")
        };
        let score = condition(0).judge(&window).value;
        (condition(near(dice, score, MILLION)), window)
    });
}

#[test]
fn reduction_agrees_with_its_oracle() {
    compare("reduction.py", |dice| {
        let n = [4, 24, 96][dice.below(3) as usize];
        let back = 1 + dice.below(20) as usize;
        let flawed = if dice.chance(2) { 1 << 40 } else { 40 * n as u64 };
        let bits = [4, 8, 24, 32][dice.below(4) as usize];
        let offset = if dice.chance(8) { dice.below(n as u64) as usize } else { 0 };
        let before = vec![dice.readings(back * n, bits, flawed * back as u64)];
        // A day of less use than those before, most often.
        let mut today = dice.readings(n - offset, bits, flawed);
        if dice.chance(2) {
            today.iter_mut().for_each(|r| r.value /= 2);
        }
        let window = window(n, offset, vec![today], before);
        let mut days = dice.bits(back, 2);
        days[dice.below(back as u64) as usize] = 1;
        let mut event = dice.bits(n, 6);
        event[n - 1] = 1;
        let mut adjust = dice.bits(n, 4);
        adjust.iter_mut().zip(&event).for_each(|(a, e)| *a *= 1 - e);
        for slot in 0..offset {
            if !dice.chance(40) {
                (event[slot], adjust[slot]) = (0, 0);
            }
        }
        if dice.chance(4) {
            adjust = if dice.chance(2) { Vec::new() } else { vec![0; n] };
        }
        let cap =
            [200_000, 400_000, 0, MILLION, dice.below(1_000_001) as i64][dice.below(5) as usize];
        let (tolerate, anchor) = (dice.tolerance(), dice.anchor(&window));
        let condition = |min, max| {
            let members: &[(&str, &[i64])] = &[
                ("channel", &[0]),
                ("days", &days),
                ("event", &event),
                ("adjust", &adjust),
                ("cap_ppm", &[cap]),
                ("anchor", &[anchor]),
                ("min", &[min]),
                ("max", &[max]),
            ];
            Condition::new("reduction", members, tolerate).expect("reduction")
        };
        let most = (1_i64 << 43) - 1;
        let value = condition(0, most).judge(&window).value;
        let bound = near(dice, value, 1 << 20);
        (if dice.chance(3) { condition(0, bound) } else { condition(bound, most) }, window)
    });
}

#[test]
fn bill_agrees_with_its_oracle() {
    compare("bill.py", |dice| {
        let n = [4, 24][dice.below(2) as usize];
        let blocks = 1 + dice.below(4) as usize;
        let offset = if dice.chance(2) { dice.below(n as u64) as usize } else { 0 };
        let count = blocks * n - offset;
        let flawed = if dice.chance(2) { 1 << 40 } else { 4 * count as u64 };
        let bits = [4, 16, 24][dice.below(3) as usize];
        let channels = vec![dice.readings(count, bits, flawed), dice.readings(count, bits, flawed)];
        let window = window(n, offset, channels, vec![Vec::new(); 2]);
        let bands = 1 + dice.below(4) as usize;
        let types = if bands > 1 { 1 + dice.below(4) as usize } else { 1 };
        let mut choice = |count: usize, below: usize| -> Vec<i64> {
            (0..count).map(|_| dice.below(below as u64) as i64).collect()
        };
        let band = choice(if bands > 1 { types * n } else { 0 }, bands);
        let days = choice(if types > 1 { blocks } else { 0 }, types);
        let rates = dice.signed_list(bands, 40);
        let export = if dice.chance(2) { 1 } else { -1 };
        let (mut feed_in, mut feed_in_prices) = (Vec::new(), Vec::new());
        if export == 1 {
            let credits = if dice.chance(2) { 1 } else { bands };
            feed_in = dice.signed_list(credits, 40);
            if dice.chance(3) {
                feed_in_prices = dice.signed_list(blocks * n, 20);
            }
        }
        let prices = if dice.chance(3) { dice.signed_list(blocks * n, 20) } else { Vec::new() };
        let imported: u64 = window.channels[0].iter().map(|r| u64::from(r.value)).sum();
        let (mut tiers, mut tier_rates) = (Vec::new(), Vec::new());
        if dice.chance(2) {
            let wanted = 1 + dice.below(3) as usize;
            let edges = (0..wanted).map(|_| dice.below(imported * 5 / 4 + 4) as i64);
            tiers = edges.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
            tier_rates = dice.signed_list(tiers.len() + 1, 40);
        }
        let fixed = dice.signed(50);
        let (tolerate, anchor) = (dice.tolerance(), dice.anchor(&window));
        let condition = |min, max| {
            let members: &[(&str, &[i64])] = &[
                ("import", &[0]),
                ("export", &[export]),
                ("currency", &[0x45_55_52]),
                ("currency_digits", &[2]),
                ("fixed", &[fixed]),
                ("rates", &rates),
                ("feed_in", &feed_in),
                ("bands", &band),
                ("days", &days),
                ("prices", &prices),
                ("feed_in_prices", &feed_in_prices),
                ("tiers", &tiers),
                ("tier_rates", &tier_rates),
                ("min", &[min]),
                ("max", &[max]),
                ("anchor", &[anchor]),
            ];
            Condition::new("bill", members, tolerate).expect("bill")
        };
        let most = (1_i64 << 62) - 1;
        let bound = condition(-most, most).judge(&window).value + dice.below(3) as i64 - 1;
        (if dice.chance(2) { condition(-most, bound) } else { condition(bound, most) }, window)
    });
}
