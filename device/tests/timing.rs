//! Whether signing takes as long for one key as for others: Welch's t of two classes of measurements, as dudect has it (Reparaz, Balasch,
//! Verbauwhede 2017). It finds differences, and proves nothing where it finds none. `cargo xtask audit --long` runs it.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::time::Instant;

use ark_ff::PrimeField;
use wattproof_circuits::hash::F as Twin;
use wattproof_circuits::meter as twin;
use wattproof_device::{F, SecretKey};

/// Above this |t| two classes differ: the bar.
const BAR: f64 = 4.5;
/// A leak is there every time; a disturbance of the machine is not.
const ROUNDS: usize = 3;
const SAMPLES: usize = 8_000;

/// xorshift64*: the same run each time, as far as times are.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.next().to_le_bytes()));
        bytes
    }
}

/// Welch's t of the times of `work` on things of two classes, in an order that is drawn; the slowest tenth, which something else
/// disturbed, is left out.
fn welch<T>(dice: &mut Dice, mut make: impl FnMut(bool, &mut Dice) -> T, work: impl Fn(&T)) -> f64 {
    let mut times: Vec<(bool, f64)> = Vec::with_capacity(SAMPLES);
    while times.len() < SAMPLES {
        // A batch is made first, so that nothing is made while the clock runs.
        let batch: Vec<_> = (0..100)
            .map(|_| {
                let fixed = dice.next() >> 63 == 1;
                (fixed, make(fixed, dice))
            })
            .collect();
        for (fixed, thing) in &batch {
            let begun = Instant::now();
            work(black_box(thing));
            times.push((*fixed, begun.elapsed().as_nanos() as f64));
        }
    }
    let mut sorted: Vec<_> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    let most = sorted[SAMPLES * 9 / 10];
    let moments = |class: bool| {
        let list: Vec<_> =
            times.iter().filter(|(c, t)| *c == class && *t <= most).map(|(_, t)| *t).collect();
        let n = list.len() as f64;
        let mean = list.iter().sum::<f64>() / n;
        let variance = list.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    };
    let ((a, va), (b, vb)) = (moments(true), moments(false));
    (a - b) / (va + vb).sqrt()
}

#[test]
#[ignore = "minutes, and a machine that does nothing else; see cargo xtask audit --long"]
fn signing_takes_as_long_for_every_key() {
    let mut dice = Dice(7);
    let message = F::from_bytes_reduced(&dice.bytes());
    let fixed = [0u8; 32];
    let t = |dice: &mut Dice| {
        let make = |class: bool, dice: &mut Dice| {
            let random = dice.bytes();
            SecretKey::from_seed(if class { &fixed } else { &random })
        };
        welch(dice, make, |key| {
            black_box(key.sign(&message));
        })
    };
    let rounds: Vec<f64> = (0..ROUNDS).map(|_| t(&mut dice)).collect();
    let least = rounds.iter().map(|t| t.abs()).fold(f64::INFINITY, f64::min);
    println!("signing: t of {rounds:.2?}; least {least:.3}");
    assert!(least < BAR, "{rounds:?}");
}

/// The test can fail: arkworks' multiplication takes longer for some nonces, and shows it.
#[test]
#[ignore = "as the other"]
fn a_multiplication_that_depends_on_its_scalar_shows() {
    let mut dice = Dice(8);
    let message = Twin::from_le_bytes_mod_order(&dice.bytes());
    let most = (0..4)
        .map(|_| {
            let fixed = dice.bytes();
            let make = |class: bool, dice: &mut Dice| {
                let random = dice.bytes();
                twin::SecretKey::from_seed(if class { fixed } else { random })
            };
            welch(&mut dice, make, |key| {
                black_box(key.sign(&message));
            })
            .abs()
        })
        .fold(0.0, f64::max);
    println!("arkworks: |t| up to {most:.2}");
    assert!(most > BAR, "{most}");
}
