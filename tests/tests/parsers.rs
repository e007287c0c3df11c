//! What holds for any bytes, reader by reader: the functions of the fuzz targets, on good files, on noise, and on good files that were
//! altered.
#![allow(clippy::unwrap_used)]

#[path = "../../fuzz/src/files.rs"]
#[allow(unreachable_pub)]
mod files;
#[path = "../../fuzz/src/room.rs"]
#[allow(unreachable_pub)]
mod room;

use ark_std::rand::RngCore;
use files::RULES;
use std::sync::LazyLock;
use wattproof_circuits::random::{Rng, seeded};
use wattproof_tests::seeds::{Seeds, seeds};

static SEEDS: LazyLock<Seeds> = LazyLock::new(|| seeds().unwrap());

/// Altered files of each reader, or as many as WATTPROOF_CASES asks for.
fn cases() -> usize {
    std::env::var("WATTPROOF_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(150)
}

fn below(rng: &mut Rng, n: usize) -> usize {
    (rng.next_u64() % n as u64) as usize
}

/// One to four changes: bits, bytes, numbers at their edges, stretches that are cut, doubled or moved.
fn alter(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..=below(rng, 4) {
        if bytes.is_empty() {
            break;
        }
        let at = below(rng, bytes.len());
        let end = (at + 1 + below(rng, 40)).min(bytes.len());
        match below(rng, 8) {
            0 => bytes[at] ^= 1 << below(rng, 8),
            1 => bytes[at] = rng.next_u32() as u8,
            2 => bytes[at] = b' ' + below(rng, 95) as u8,
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                // Counts and lengths of binary files are at multiples of four.
                let numbers = [0, 1, 0xff, 1 << 16, 1 << 26, 1 << 28, 1 << 31, u32::MAX];
                let number = numbers[below(rng, numbers.len())].to_le_bytes();
                let at = at / 4 * 4;
                let room = (bytes.len() - at).min(4);
                bytes[at..at + room].copy_from_slice(&number[..room]);
            }
            _ => {
                let other = below(rng, bytes.len());
                bytes.swap(at, other);
            }
        }
    }
    bytes
}

#[test]
fn every_reader_has_seeds_and_takes_them() {
    assert_eq!(RULES.len(), SEEDS.len());
    for (name, rule) in RULES {
        for seed in &SEEDS[name] {
            rule(seed);
        }
    }
}

#[test]
fn altered_files_are_answered() {
    for (name, rule) in RULES {
        let mut rng = seeded([name.len() as u8; 32]);
        let seeds = &SEEDS[name];
        for _ in 0..cases() {
            let seed = seeds[below(&mut rng, seeds.len())].clone();
            rule(&alter(seed, &mut rng));
        }
    }
}

#[test]
fn noise_is_answered() {
    let mut rng = seeded([1; 32]);
    for _ in 0..cases() {
        let mut noise = vec![0; below(&mut rng, 300)];
        rng.fill_bytes(&mut noise);
        let text: Vec<u8> =
            noise.iter().map(|byte| b"[]{}\":,01eE.-\\u \n"[usize::from(*byte) % 17]).collect();
        for (_, rule) in RULES {
            rule(&noise);
            rule(&text);
        }
    }
}

/// What takes the most room for its length: short values in long lists.
#[test]
fn many_small_values_stay_within_the_room() {
    for unit in ["0,", "[],", "{},", "\"\",", "{\"a\":0},", "[0,0],", "\"\\n\","] {
        let list = format!("[{}0]", unit.repeat(30_000));
        for (_, rule) in RULES {
            rule(list.as_bytes());
            rule(format!("{{\"wattproof\":{list}}}").as_bytes());
        }
    }
    // A file of its kind up to the list.
    for (name, rule) in RULES {
        for seed in
            SEEDS[name].iter().filter_map(|seed| String::from_utf8(seed.clone()).ok()).take(6)
        {
            for at in seed.match_indices('[').map(|(at, _)| at + 1).take(4) {
                rule(format!("{}{}{}", &seed[..at], "0,".repeat(30_000), &seed[at..]).as_bytes());
            }
        }
    }
}

/// A reader that keeps more than its input is noticed.
#[test]
#[should_panic(expected = "more than")]
fn a_reader_that_trusts_a_count_is_noticed() {
    room::within(100, 4, room::FLOOR, || vec![0_u8; 100_000]);
}
