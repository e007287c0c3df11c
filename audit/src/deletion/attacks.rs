//! False claims by which constraints that determine nothing are noticed: what a cheating prover would change, by the constraint's name.

use super::cheat::{Changes, Cheat, Response};
use super::columns::Columns;
use crate::uniqueness::CONTEXT;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, BigInteger256, Field, PrimeField};
use std::collections::{BTreeSet, HashSet, VecDeque};
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::curve::{Point, Scalar};
use wattproof_circuits::hash::{F, NODE_ARITY};

/// One attempt.
pub(super) struct Attempt {
    pub(super) changes: Changes,
    pub(super) response: Response,
}

impl From<Changes> for Attempt {
    fn from(changes: Changes) -> Self {
        Self { changes, response: Response::Good }
    }
}

/// A circuit with an honest claim, as an attacker sees it.
pub(super) struct Attacker<'a> {
    pub(super) matrices: &'a Matrices,
    pub(super) columns: &'a Columns<'a>,
    pub(super) cheat: &'a Cheat<'a>,
    pub(super) honest: &'a [F],
}

/// A reading's wires.
struct ReadingWires {
    value: Vec<usize>,
    estimated: usize,
    missing: usize,
}

/// Flags in the first element of a condition's parameters.
const TOLERATES: [u64; 2] = [1 << 16, 1 << 17];

/// Brought wires that are tried for one constraint, how many wires are looked at to find them, and of one constraint.
const BROUGHT: usize = 4;
const FAR: usize = 4_000;
const WIDE: usize = 64;

/// Contexts that are tried until a challenge or a response lies where an alias fits.
const CONTEXTS: u64 = 40;

impl Attacker<'_> {
    /// What to try so that constraint `row` is broken alone, the likeliest first.
    pub(super) fn attempts(&self, row: usize) -> Vec<Attempt> {
        let mut list = match self.matrices.names[row] {
            "reading: estimated" | "reading: missing" | "reading: missing is zero" => {
                self.reading(row)
            }
            "condition: estimated readings" => self.quality(row, 0),
            "condition: missing readings" => self.quality(row, 1),
            "period: begin" | "period: end" | "period: used blocks come first" => self.mask(row),
            "registry: position bit" => self.position(row),
            "condition: flag" => self.flag(row),
            name if name.starts_with("signature: ") => self.signature(name),
            _ => Vec::new(),
        };
        list.extend(self.each_wire(row));
        list.extend(self.upstream(row));
        list
    }

    /// What the prover brings that the constraint's wires are made of, the nearest of it.
    fn upstream(&self, row: usize) -> Vec<Attempt> {
        let is_hint = |v: usize| self.matrices.hints.binary_search(&(v as u32)).is_ok();
        let (mut seen, mut next) = (HashSet::new(), VecDeque::from([row]));
        let mut list = Vec::new();
        while let Some(row) = next.pop_front().filter(|_| list.len() < BROUGHT && seen.len() < FAR)
        {
            for variable in self.columns.variables(row).into_iter().rev().take(WIDE) {
                if variable < self.matrices.inputs || !seen.insert(variable) {
                    continue;
                }
                match is_hint(variable) {
                    true => next.extend(self.columns.of(variable).next().map(|entry| entry.0)),
                    false => list
                        .push(Changes::from([(variable, self.honest[variable] + F::ONE)]).into()),
                }
            }
        }
        list.truncate(BROUGHT);
        list
    }

    /// Some of the constraint's wires, one at a time.
    fn each_wire(&self, row: usize) -> Vec<Attempt> {
        let mut variables = self.columns.variables(row);
        variables.retain(|v| *v < self.matrices.inputs || self.columns.rows_of(*v).len() > 1);
        let last = variables.iter().rev().take(3);
        let first = variables.iter().take(variables.len().saturating_sub(3)).take(3);
        let mut list = Vec::new();
        for variable in last.chain(first) {
            let honest = self.honest[*variable];
            for value in [F::from(2), -F::ONE, F::ONE - honest, honest + F::ONE] {
                if value != honest && *variable != CONTEXT {
                    list.push(Changes::from([(*variable, value)]).into());
                }
            }
        }
        list
    }

    /// A flag that is no bit, under a first element of the parameters that says so.
    fn flag(&self, row: usize) -> Vec<Attempt> {
        let [flag] = self.columns.variables(row)[..] else { return Vec::new() };
        let mut list = Vec::new();
        for (head, element) in self.heads() {
            let weight = self.matrices.sides[2].row(head).find(|(v, _)| *v == flag);
            let Some((_, weight)) = weight else { continue };
            for value in [F::from(2), -F::ONE] {
                let apart = (value - self.honest[flag]) * self.matrices.coefficients[weight];
                list.push(
                    Changes::from([(flag, value), (element, self.honest[element] + apart)]).into(),
                );
            }
        }
        list
    }

    /// For each condition the constraint that says what the first element of its parameters is, and that element.
    fn heads(&self) -> Vec<(usize, usize)> {
        let heads = self.named("condition: kind and flags").into_iter();
        heads.filter_map(|row| Some((row, self.matrices.sides[0].row(row).next()?.0))).collect()
    }

    /// All constraints of the same name.
    fn named(&self, name: &str) -> Vec<usize> {
        let names = self.matrices.names.iter().enumerate();
        names.filter(|(_, n)| **n == name).map(|(i, _)| i).collect()
    }

    /// The reading of a constraint "missing is zero": `(value + 2^B estimated) * missing = 0`.
    fn reading_wires(&self, row: usize) -> ReadingWires {
        let side = |s: usize| self.matrices.sides[s].row(row).map(|(v, _)| v);
        let mut value: Vec<_> = side(0).collect();
        let estimated = value.pop().unwrap_or_default();
        ReadingWires { value, estimated, missing: side(1).next().unwrap_or_default() }
    }

    /// A quality that is no bit is made up for by another reading's, so that as many seem to be missing or estimated as before; a
    /// reading that is missing and counted where that is tolerated.
    fn reading(&self, row: usize) -> Vec<Attempt> {
        let all = self.named("reading: missing is zero");
        let place = all.partition_point(|zero| *zero < row);
        let Some(zero) = all.get(place) else { return Vec::new() };
        let this = self.reading_wires(*zero);
        let is_estimated = self.matrices.names[row] == "reading: estimated";
        let mut list = Vec::new();
        if *zero == row {
            let mut changes = Changes::from([(this.missing, F::ONE)]);
            list.push(changes.clone().into());
            self.tolerate(&mut changes, None);
            list.push(changes.clone().into());
            self.lenient(&mut changes);
            list.push(changes.into());
        }
        for other in [place.wrapping_sub(1), place + 1, place + 2, place + 5] {
            let Some(other) = all.get(other) else { continue };
            let that = self.reading_wires(*other);
            let mut changes = Changes::new();
            if *zero == row {
                changes.extend([(this.missing, F::ONE), (that.missing, -F::ONE)]);
                let zeroes = that.value.iter().chain([&that.estimated]).map(|v| (*v, F::ZERO));
                changes.extend(zeroes);
                continue;
            }
            match is_estimated {
                true => changes.extend([(this.estimated, -F::ONE), (that.estimated, F::ONE)]),
                false => {
                    changes.extend([(this.missing, -F::ONE), (that.missing, F::ONE)]);
                    for wires in [&this, &that] {
                        let zeroes = wires.value.iter().chain([&wires.estimated]);
                        changes.extend(zeroes.map(|v| (*v, F::ZERO)));
                    }
                }
            }
            list.push(changes.clone().into());
            self.tolerate(&mut changes, None);
            list.push(changes.into());
        }
        if *zero != row {
            for value in [-F::ONE, F::from(2)] {
                let mut changes = Changes::new();
                match is_estimated {
                    true => changes.extend([(this.estimated, value)]),
                    false => {
                        changes.extend([(this.missing, value)]);
                        let zeroes = this.value.iter().chain([&this.estimated]);
                        changes.extend(zeroes.map(|v| (*v, F::ZERO)));
                    }
                }
                list.push(changes.clone().into());
                self.tolerate(&mut changes, None);
                list.push(changes.clone().into());
                self.lenient(&mut changes);
                list.push(changes.into());
            }
        }
        list
    }

    /// A policy that tolerates every quality, but for the condition of one constraint.
    fn tolerate(&self, changes: &mut Changes, except: Option<(usize, usize)>) {
        let heads = self.heads();
        for (i, (head, variable)) in heads.iter().enumerate() {
            let until = heads.get(i + 1).map_or(usize::MAX, |next| next.0);
            let mut value = self.honest[*variable];
            for (quality, weight) in TOLERATES.iter().enumerate() {
                let is_excepted =
                    except.is_some_and(|(row, q)| q == quality && (*head..until).contains(&row));
                // The expected element has the flag, if there is one, with its weight.
                let flag = self.matrices.sides[2]
                    .row(*head)
                    .find(|(_, c)| self.matrices.coefficients[*c] == F::from(*weight));
                let Some((flag, _)) = flag else { continue };
                let wanted = if is_excepted { F::ZERO } else { F::ONE };
                value += (wanted - self.honest[flag]) * F::from(*weight);
            }
            changes.insert(*variable, value);
        }
    }

    /// A policy that asks for no share of measured readings, and for no least volume.
    fn lenient(&self, changes: &mut Changes) {
        // A policy's parameters are the first that the prover brings.
        let hints = self.matrices.hints.first().map_or(self.matrices.variables, |v| *v as usize);
        for name in ["completeness: share", "volume: min"] {
            let rows = self.named(name);
            let wires = rows.iter().flat_map(|row| self.columns.variables(*row));
            changes.extend(
                wires.filter(|v| (self.matrices.inputs..hints).contains(v)).map(|v| (v, F::ZERO)),
            );
        }
    }

    /// A reading of a quality that this condition does not tolerate, and all others do.
    fn quality(&self, row: usize, quality: usize) -> Vec<Attempt> {
        // A wire of the count is a reading's, or what a mask left of it.
        let counted: Vec<_> = self.columns.variables(row);
        let readings = self.named("reading: missing is zero");
        let mut list = Vec::new();
        for zero in readings.iter().step_by((readings.len() / 24).max(1)) {
            let wires = self.reading_wires(*zero);
            let mark = [wires.estimated, wires.missing][quality];
            let is_masked = |row: usize| {
                self.matrices.evaluate(1, row, self.honest) == F::ONE
                    && self.matrices.sides[2].row(row).any(|(v, _)| counted.contains(&v))
            };
            let reaches =
                counted.contains(&mark) || self.columns.of(mark).any(|(row, ..)| is_masked(row));
            if !reaches {
                continue;
            }
            for free in [false, true] {
                let mut changes = Changes::from([(mark, F::ONE)]);
                if quality == 1 {
                    let zeroes = wires.value.iter().chain([&wires.estimated]);
                    changes.extend(zeroes.map(|v| (*v, F::ZERO)));
                }
                self.tolerate(&mut changes, Some((row, quality)));
                if free {
                    self.lenient(&mut changes);
                }
                list.push(changes.into());
            }
        }
        list.truncate(6);
        list
    }

    /// A mask with a hole or a mark apart, in as many slots as before or in one more or less.
    fn mask(&self, row: usize) -> Vec<Attempt> {
        let name = self.matrices.names[row];
        let bits =
            if name == "period: used blocks come first" { "period: used block" } else { name };
        let mut rows = [self.named(bits), self.named(name)].concat();
        rows.sort_unstable();
        rows.dedup();
        let (own, order): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|i| self.columns.rows[*i].is_bit);
        let mut wires: Vec<_> = own.iter().flat_map(|i| self.columns.variables(*i)).collect();
        wires.dedup();
        let variable =
            |i: usize, s: usize| self.matrices.sides[s].row(i).map(|(v, _)| v).find(|v| *v != 0);
        let pairs: Vec<_> =
            order.iter().filter_map(|i| Some((*i, variable(*i, 0)?, variable(*i, 1)?))).collect();
        let Some((_, zero, one)) = pairs.iter().find(|(i, ..)| *i == row).copied() else {
            return Vec::new();
        };
        let honest: BTreeSet<_> =
            wires.iter().copied().filter(|v| self.honest[*v] == F::ONE).collect();
        let mut masks = Vec::new();
        for other in [None].into_iter().chain(wires.iter().map(Some)) {
            for second in [None].into_iter().chain(wires.iter().map(Some)) {
                let mut set = honest.clone();
                for flipped in [other, second].into_iter().flatten() {
                    if !set.remove(flipped) {
                        set.insert(*flipped);
                    }
                }
                set.remove(&zero);
                set.insert(one);
                let broken =
                    pairs.iter().filter(|(_, zero, one)| !set.contains(zero) && set.contains(one));
                if broken.count() == 1 {
                    masks.push((set.len().abs_diff(honest.len()), set));
                }
                if wires.len() > 40 && second.is_some() {
                    // Two flips more are too many masks; one is enough where there are many slots.
                    break;
                }
            }
        }
        masks.sort_by_key(|(apart, set)| (*apart, set.symmetric_difference(&honest).count()));
        masks.dedup();
        let changes = |set: BTreeSet<usize>| -> Changes {
            wires.iter().map(|v| (*v, F::from(set.contains(v)))).collect()
        };
        masks.into_iter().take(6).map(|(_, set)| changes(set).into()).collect()
    }

    /// A position that is none of four: a sibling is chosen so that the leaf seems to be there.
    fn position(&self, row: usize) -> Vec<Attempt> {
        let [bit] = self.columns.variables(row)[..] else { return Vec::new() };
        // The first of the two bits selects within pairs, twice; the second between what was selected.
        let uses: Vec<_> = self.columns.rows_of(bit).into_iter().filter(|i| *i != row).collect();
        let mut list = Vec::new();
        let is_child = |i: &usize| self.matrices.names[*i] == "registry: child";
        let after = uses.last().map(|last| last + 1);
        let Some(child) = uses.iter().copied().chain(after).find(is_child) else { return list };
        for value in [F::from(2), -F::ONE] {
            let moved = Changes::from([(bit, value)]);
            let assignment = self.cheat.evaluate(&moved);
            // One sibling after another makes up for it; it is linear in each, by way of what is selected.
            let first = self.cheat.children(child);
            for sibling in first..first + NODE_ARITY {
                let mut probe = moved.clone();
                probe.insert(sibling, assignment[sibling] + F::ONE);
                let after = self.cheat.evaluate(&probe);
                let miss = |z: &[F]| {
                    let [a, b, c] = [0, 1, 2].map(|s| self.matrices.evaluate(s, child, z));
                    a * b - c
                };
                let (before, slope) = (miss(&assignment), miss(&after) - miss(&assignment));
                let Some(inverse) = slope.inverse() else { continue };
                let mut changes = moved.clone();
                changes.insert(sibling, assignment[sibling] - before * inverse);
                list.push(changes.into());
            }
        }
        list
    }

    fn signature(&self, name: &str) -> Vec<Attempt> {
        let Some([rx, ry, _]) = self.cheat.signature() else { return Vec::new() };
        let contexts = (0..CONTEXTS).map(|i| Changes::from([(CONTEXT, F::from(i))]));
        match name {
            "signature: equation, x" => {
                vec![Attempt { changes: Changes::new(), response: Response::Negative }]
            }
            "signature: equation, y" => {
                // R is a point of order two less what it should be: the sum has the same x, and the negative y.
                let two = Point::new_unchecked(F::ZERO, -F::ONE);
                let nonce = Scalar::from(77_u8);
                let r = (two - Point::generator() * nonce).into_affine();
                let changes = Changes::from([(rx, r.x), (ry, r.y)]);
                vec![Attempt { changes, response: Response::Opposite(nonce) }]
            }
            "signature: S below order" => {
                contexts.map(|changes| Attempt { changes, response: Response::Raised }).collect()
            }
            "signature: challenge not above window" | "signature: challenge not below window" => {
                contexts.filter_map(|changes| self.alias(changes, name.contains("above"))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A claim whose lifted challenge is the field's modulus more, or less.
    fn alias(&self, mut changes: Changes, above: bool) -> Option<Attempt> {
        let assignment = self.cheat.evaluate(&changes);
        let bits = self.cheat.lifted();
        let mut lifted = BigInteger256::from_bits_le(
            &bits.iter().map(|v| assignment[*v] == F::ONE).collect::<Vec<_>>(),
        );
        let overflows = match above {
            true => lifted.add_with_carry(&F::MODULUS),
            false => lifted.sub_with_borrow(&F::MODULUS),
        };
        if overflows || lifted.num_bits() as usize > bits.len() {
            return None;
        }
        changes.extend(bits.iter().enumerate().map(|(i, v)| (*v, F::from(lifted.get_bit(i)))));
        Some(changes.into())
    }
}
