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

const CASES: usize = 1000;

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
        "per_block": window.intervals_per_block,
        "channels": readings(&window.channels),
        "before": readings(&window.before),
    })
    .to_string()
}

/// Compares the twin with the script of this name on random cases.
fn compare(script: &str, mut make: impl FnMut(&mut Dice) -> (Condition, Window)) {
    let mut dice = Dice(ChaCha20Rng::seed_from_u64(2024));
    let cases: Vec<_> = (0..CASES).map(|_| make(&mut dice)).collect();
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
    assert!((CASES / 5..=CASES * 4 / 5).contains(&held), "{script}: {held} of {CASES} hold");
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
        let tolerate = dice.tolerance();
        let condition = |min, max| {
            let members: &[(&str, &[i64])] = &[
                ("channel", &[0]),
                ("days", &days),
                ("event", &event),
                ("adjust", &adjust),
                ("cap_ppm", &[cap]),
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
