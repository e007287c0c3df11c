//! Makes the device's tables: Poseidon's constants for the widths that a device hashes with, and multiples of `Base8`.
//!
//! The constants come from the Grain LFSR of the Poseidon paper, as in `circuits`; what the device hashes is compared with
//! `circuits` in `tests/`. In partial rounds only the first element goes through the S-box, so what is added to the others can be
//! carried through the matrix to the next round: a table of 6 KB in place of 41 KB at width 17.

// What the crate shows, nobody sees here.
#![allow(unreachable_pub)]

#[path = "src/curve.rs"]
#[allow(dead_code)]
mod curve;
#[path = "src/field.rs"]
#[allow(dead_code)]
mod field;

use std::fmt::Write;
use std::path::Path;

use curve::{Addend, Extended, Point};
use field::{F, Limbs};

/// Width, name and partial rounds; eight rounds are full.
const WIDTHS: [(usize, &str, usize); 4] =
    [(4, "FOUR", 56), (6, "SIX", 60), (7, "SEVEN", 63), (17, "SEVENTEEN", 68)];
const FULL: usize = 8;

/// The LFSR's 80 bits, oldest first.
struct Grain(Vec<bool>);

impl Grain {
    fn new(width: usize, partial: usize) -> Self {
        let parts = [
            (1, 2),
            (0, 4),
            (254, 12),
            (width, 12),
            (FULL, 10),
            (partial, 10),
            ((1 << 30) - 1, 30),
        ];
        let bits =
            parts.iter().flat_map(|(value, n)| (0..*n).rev().map(move |i| value >> i & 1 == 1));
        let mut grain = Self(bits.collect());
        for _ in 0..160 {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let bit = [62, 51, 38, 23, 13, 0].iter().fold(false, |sum, i| sum ^ self.0[*i]);
        self.0.remove(0);
        self.0.push(bit);
        bit
    }

    /// 254 bits, most significant first. Of each pair of bits the second counts, if the first is one.
    fn integer(&mut self) -> Limbs {
        let (mut limbs, mut place) = ([0; 8], 254);
        while place > 0 {
            let (first, second) = (self.step(), self.step());
            if first {
                place -= 1;
                limbs[place / 32] |= u32::from(second) << (place % 32);
            }
        }
        limbs
    }

    /// By rejection.
    fn element(&mut self) -> F {
        loop {
            let integer = self.integer();
            if F::from_integer(&integer).integer() == integer {
                return F::from_integer(&integer);
            }
        }
    }
}

fn table(name: &str, kind: &str, rows: &[Vec<F>]) -> String {
    let mut text = format!("pub(crate) static {name}: {kind} = [\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|x| format!("{:?}", x.raw())).collect();
        let _ = writeln!(text, "[{}],", cells.join(", "));
    }
    text + "];\n"
}

fn poseidon(width: usize, name: &str, partial: usize) -> String {
    let mut grain = Grain::new(width, partial);
    let mut rounds: Vec<Vec<F>> =
        (0..FULL + partial).map(|_| (0..width).map(|_| grain.element()).collect()).collect();
    let points: Vec<F> = (0..2 * width).map(|_| F::from_integer(&grain.integer())).collect();
    let (xs, ys) = points.split_at(width);
    let mds: Vec<Vec<F>> =
        xs.iter().map(|x| ys.iter().map(|y| (*x + *y).invert()).collect()).collect();
    for r in FULL / 2..FULL / 2 + partial {
        let rest = rounds[r][1..].to_vec();
        for (i, row) in mds.iter().enumerate() {
            let carried = row[1..].iter().zip(&rest).fold(F::ZERO, |sum, (m, c)| sum + *m * *c);
            rounds[r + 1][i] = rounds[r + 1][i] + carried;
        }
    }
    let firsts: Vec<F> = rounds[FULL / 2..FULL / 2 + partial].iter().map(|row| row[0]).collect();
    rounds.drain(FULL / 2..FULL / 2 + partial);
    [
        table(&format!("{name}_MDS"), &format!("[[Limbs; {width}]; {width}]"), &mds),
        table(&format!("{name}_FULL"), &format!("[[Limbs; {width}]; {FULL}]"), &rounds),
        table(&format!("{name}_PARTIAL"), &format!("[[Limbs; {partial}]; 1]"), &[firsts]),
    ]
    .concat()
}

/// Entry i: the sum of `2^(63 j) Base8` over the bits j of i.
fn comb() -> String {
    let limbs = |text: &str| {
        let digit =
            |limbs: F, c: char| limbs * F::from_u64(10) + F::from_u64(c as u64 - '0' as u64);
        text.chars().fold(F::ZERO, digit)
    };
    let base = Point {
        x: limbs("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
        y: limbs("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
    };
    let addend = |p: &Point| Addend { x: p.x, y: p.y, dt: F::from_u64(168_696) * p.x * p.y };
    let mut powers = vec![addend(&base)];
    for j in 1..4 {
        let start = Extended::IDENTITY.add(&powers[j - 1]);
        powers.push(addend(&(0..63).fold(start, |point, _| point.double()).affine()));
    }
    let rows: Vec<Vec<F>> = (0..16)
        .map(|i| {
            let bits = (0..4).filter(|j| i >> j & 1 == 1);
            let sum = bits.fold(Extended::IDENTITY, |sum, j| sum.add(&powers[j])).affine();
            let entry = addend(&sum);
            vec![entry.x, entry.y, entry.dt]
        })
        .collect();
    table("COMB", "[[Limbs; 3]; 16]", &rows)
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/field.rs");
    println!("cargo::rerun-if-changed=src/curve.rs");
    let mut text = comb();
    for (width, name, partial) in WIDTHS {
        text += &poseidon(width, name, partial);
    }
    let out = std::env::var("OUT_DIR").expect("set by Cargo");
    std::fs::write(Path::new(&out).join("tables.rs"), text).expect("the build's own folder");
}
