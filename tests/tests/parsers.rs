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
use files::{RULES, Rule};
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

/// Puts files to every rule that has some: all rules are tried, and those that were broken are named.
fn each(files: impl Fn(&'static str) -> Vec<Vec<u8>> + Sync) {
    let broken: Vec<_> = std::thread::scope(|scope| {
        let files = &files;
        let run = |(name, rule): (&'static str, Rule)| {
            (name, scope.spawn(move || files(name).iter().for_each(|file| rule(file))))
        };
        let running = RULES.map(run);
        let broken = running.into_iter().filter_map(|(name, run)| run.join().err().map(|_| name));
        broken.collect()
    });
    assert_eq!(broken, Vec::<&str>::new());
}

#[test]
fn every_reader_has_seeds_and_takes_them() {
    assert_eq!(RULES.len(), SEEDS.len());
    each(|name| SEEDS[name].clone());
}

#[test]
fn altered_files_are_answered() {
    each(|name| {
        let mut rng = seeded([name.len() as u8; 32]);
        let seeds = &SEEDS[name];
        let altered = |_| {
            let seed = seeds[below(&mut rng, seeds.len())].clone();
            alter(seed, &mut rng)
        };
        (0..cases()).map(altered).collect()
    });
}

#[test]
fn noise_is_answered() {
    each(|_| {
        let mut rng = seeded([1; 32]);
        let noise = |_| {
            let mut noise = vec![0; below(&mut rng, 300)];
            rng.fill_bytes(&mut noise);
            noise
        };
        let noise: Vec<Vec<u8>> = (0..cases()).map(noise).collect();
        let letter = |byte: &u8| b"[]{}\":,01eE.-\\u \n"[usize::from(*byte) % 17];
        let text = noise.iter().map(|noise| noise.iter().map(letter).collect());
        noise.iter().cloned().chain(text).collect()
    });
}

/// Wherever a count of four bytes may stand, one that the file does not hold.
#[test]
fn no_count_is_believed() {
    let binary = ["ptau", "zkey", "witness", "proving_key", "registry"];
    each(|name| {
        let mut files = Vec::new();
        for seed in SEEDS[name].iter().filter(|seed| binary.contains(&name) && seed.len() > 40) {
            let words = (0..seed.len() - 4).step_by(4);
            // Heads are looked at word by word, what is mostly points now and then.
            for at in words.filter(|at| *at < 160 || at % 256 == 0) {
                for count in [1_u32 << 16, 1 << 26, 1 << 28, u32::MAX] {
                    let mut file = seed.clone();
                    file[at..at + 4].copy_from_slice(&count.to_le_bytes());
                    files.push(file);
                }
            }
        }
        files
    });
}

/// What takes the most room for its length: short values in long lists, by themselves and in a file of its kind.
#[test]
fn many_small_values_stay_within_the_room() {
    each(|name| {
        let mut files = Vec::new();
        for unit in ["0,", "[],", "[0],", "{},", "\"\",", "{\"a\":0},", "\"\\n\","] {
            let list = format!("[{}0]", unit.repeat(20_000));
            files.push(format!("{{\"wattproof\":{list}}}").into_bytes());
            files.push(list.into_bytes());
        }
        let texts = SEEDS[name].iter().filter_map(|seed| std::str::from_utf8(seed).ok());
        for seed in texts.take(4) {
            for at in seed.match_indices('[').map(|(at, _)| at + 1).take(4) {
                let values = "0,".repeat(20_000);
                files.push(format!("{}{values}{}", &seed[..at], &seed[at..]).into_bytes());
            }
        }
        files
    });
}

/// A reader that keeps more than its input is noticed.
#[test]
#[should_panic(expected = "more than")]
fn a_reader_that_trusts_a_count_is_noticed() {
    room::within(100, 4, room::FLOOR, || vec![0_u8; 200_000]);
}
