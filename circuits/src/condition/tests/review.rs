//! Every kind in the list, whatever its table: random members within and slightly outside their ranges, on random sizes. Nothing
//! panics, what is accepted has one spelling and one meaning, and twin and circuit agree. A new kind is covered once it is listed.

use super::stage::{Stage, cases, geometry};
use crate::condition::{
    Condition, ConditionShape, Form, KINDS, Kind, Member, Size, Tolerance, looked_into,
};
use crate::format::parse_part;
use crate::meter::{Channel, Direction, MeterKind, Quality, Quantity, Reading, Unit};
use crate::relation::{Geometry, fit};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const CHANNELS: &[Channel] = &[
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh },
    Channel { quantity: Quantity::Energy, direction: Direction::Export, unit: Unit::Wh },
    Channel { quantity: Quantity::Register, direction: Direction::Import, unit: Unit::Wh },
    Channel { quantity: Quantity::Mark, direction: Direction::None, unit: Unit::Count },
    Channel { quantity: Quantity::Voltage, direction: Direction::None, unit: Unit::DeciVolt },
    Channel { quantity: Quantity::Gas, direction: Direction::Import, unit: Unit::Litre },
];

const BLOCK_START: u64 = 1_296_547_200;

struct Dice(ChaCha20Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// Of any size alike, both ends often.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        match self.below(8) {
            0 => least,
            1 => most,
            2 => 0.clamp(least, most),
            _ => {
                let bits = 1 + self.below(62);
                let size = (self.0.next_u64() >> (64 - bits)) as i64;
                if self.chance(2) { -size } else { size }.clamp(least, most)
            }
        }
    }

    /// Sizes small enough for thousands of cases: with and without blocks before, with some of them closed, of one slot only.
    fn geometry(&mut self) -> Geometry {
        let value_bits = self.of(&[8, 8, 13, 32]);
        let aligned = self.chance(3);
        let sizes = match self.below(8) {
            0 => geometry(1, 1, 0),
            1 => geometry(3, 2, 0),
            2 => geometry(2, 3, 1),
            3 => geometry(4, 1, 1),
            4 => geometry(4, 1, 3),
            5 => Geometry { opened: 2, ..geometry(4, 1, 3) },
            _ => geometry(4, 2, 0),
        };
        Geometry { value_bits, aligned, ..sizes }
    }

    /// One value of a member, now and then just outside its range, rarely far.
    fn value(&mut self, member: &Member, geometry: &Geometry, risky: bool) -> i64 {
        let (least, most) = member.form.range(geometry);
        if risky && self.chance(12) {
            return self.of(&[least - 1, most + 1, i64::MIN, i64::MAX, -1, 0]);
        }
        match member.form {
            Form::Channel(quantities) if !self.chance(20) => {
                if member.default == Some(-1) && self.chance(3) {
                    return -1;
                }
                let fits = |c: &usize| {
                    quantities.is_empty() || quantities.contains(&CHANNELS[*c].quantity)
                };
                let fitting: Vec<_> = (0..CHANNELS.len()).filter(fits).collect();
                let few = if self.chance(2) { fitting.len().min(2) } else { fitting.len() };
                self.of(&fitting[..few]) as i64
            }
            Form::Currency if !self.chance(4) => 0x45_55_52,
            Form::Time => self.of(&[0, 0, BLOCK_START as i64, BLOCK_START as i64, 1]),
            _ => self.between(least, most),
        }
    }

    fn length(&mut self, member: &Member, geometry: &Geometry, risky: bool) -> usize {
        let n = usize::from(geometry.intervals_per_block);
        let most = member.most(geometry);
        match member.size {
            _ if risky && self.chance(8) => {
                self.of(&[0, 1, most - 1, most + 1, n, geometry.slots()])
            }
            Size::UpTo(most) if most <= 16 => 1 + self.below(most),
            Size::UpTo(_) if !self.chance(3) => {
                self.of(&[geometry.look_back, geometry.blocks.max]).into()
            }
            Size::UpTo(_) => n * (1 + self.below(4)),
            _ => geometry.slots(),
        }
    }

    fn readings(&mut self, stage: &mut Stage) {
        let bits = usize::from(stage.geometry.value_bits);
        let most = (1_u64 << bits) - 1;
        let size = if self.chance(2) { bits } else { 1 + self.below(bits) };
        let flawed = if self.chance(2) { usize::MAX } else { 8 };
        let (slots, back) = (
            stage.geometry.slots(),
            usize::from(stage.geometry.look_back) * usize::from(stage.geometry.intervals_per_block),
        );
        let list = |dice: &mut Self, channel: &Channel, count: usize| -> Vec<Reading> {
            let mut counter = 0_u64;
            let session = (dice.below(count), dice.below(count));
            (0..count)
                .map(|i| {
                    let any = match dice.below(6) {
                        0 => 0,
                        1 => (1 << size) - 1,
                        _ => dice.0.next_u64() & ((1 << size) - 1),
                    };
                    counter += any >> 2;
                    let value = match channel.quantity {
                        Quantity::Register => counter.min(most),
                        Quantity::Mark if dice.chance(30) => any.min(3),
                        Quantity::Mark => u64::from(i == session.0) + 2 * u64::from(i == session.1),
                        _ => any,
                    };
                    match dice.below(2 * flawed.min(1 << 40)) {
                        0 => Reading::MISSING,
                        1 => Reading { value: value as u32, quality: Quality::Estimated },
                        _ => Reading::measured(value as u32),
                    }
                })
                .collect()
        };
        stage.readings = CHANNELS.iter().map(|c| list(self, c, slots)).collect();
        stage.before = CHANNELS.iter().map(|c| list(self, c, back)).collect();
        // Often less use than on the days before.
        if back > 0 && !self.chance(3) {
            stage.readings.iter_mut().flatten().for_each(|r| r.value >>= 2);
        }
        // Often a counter that tells the story of the first channel.
        if self.chance(2) {
            let mut sum = 0_u64;
            for i in 0..slots {
                sum += u64::from(stage.readings[0][i].value);
                stage.readings[2][i].value = match stage.readings[2][i].quality {
                    Quality::Missing => 0,
                    _ => sum.min(most) as u32,
                };
            }
        }
    }

    fn stage(&mut self, geometry: Geometry) -> Stage {
        let values = vec![&[][..]; CHANNELS.len()];
        let mut stage = Stage::measured(geometry, CHANNELS, &values);
        let (n, blocks) =
            (usize::from(geometry.intervals_per_block), usize::from(geometry.blocks.max));
        stage.block_start = BLOCK_START;
        stage.period = match geometry.aligned {
            true => 0..n * (1 + self.below(blocks)),
            false => {
                let begin = self.below(n);
                begin..begin + 1 + self.below(n * blocks - begin)
            }
        };
        if self.chance(3) {
            stage.period = 0..n * blocks;
        }
        stage.nameplate = self.of(&[0, 1, 255, 20_000, 1 << 32, u64::MAX]);
        self.readings(&mut stage);
        stage
    }
}

type Members = Vec<(&'static str, Vec<i64>)>;

fn assemble(
    kind: &Kind,
    members: &Members,
    tolerate: Tolerance,
) -> crate::error::Result<Condition> {
    let members: Vec<(&str, &[i64])> =
        members.iter().map(|(name, list)| (*name, &list[..])).collect();
    Condition::new(kind.name, &members, tolerate)
}

fn meter() -> MeterKind {
    MeterKind { interval_seconds: 3600, grid_offset_seconds: 0, channels: CHANNELS.to_vec() }
}

/// Draws until a policy could hold it; each draw is a chance to panic. None if these lists do not go together.
fn draw(dice: &mut Dice, kind: &'static Kind, geometry: &Geometry) -> Option<(Members, Condition)> {
    (0..10).find_map(|_| draw_members(dice, kind, geometry))
}

fn draw_members(
    dice: &mut Dice,
    kind: &'static Kind,
    geometry: &Geometry,
) -> Option<(Members, Condition)> {
    let one_in = 1 + dice.below(4);
    // Which lists there are, and which scalars are left out.
    let mut there: Vec<bool> = kind
        .members
        .iter()
        .map(|m| match m.is_list() {
            true => dice.chance(one_in),
            false => m.default.is_none() || !dice.chance(3),
        })
        .collect();
    for (i, member) in kind.members.iter().enumerate() {
        let list = member.unless.and_then(|list| kind.place(list));
        there[i] &= !list.is_some_and(|list| there[list]);
    }
    let tolerates = kind.missing.is_some();
    let mut flag = || tolerates && !dice.chance(3);
    let tolerate = Tolerance { estimated: flag(), missing: flag() };
    for attempt in 0..300 {
        let risky = attempt % 4 == 0;
        let mut members: Members = Vec::new();
        for (member, _) in kind.members.iter().zip(&there).filter(|(_, there)| **there) {
            let count = if member.is_list() { dice.length(member, geometry, risky) } else { 1 };
            let values = (0..count).map(|_| dice.value(member, geometry, risky)).collect();
            members.push((member.name, values));
        }
        if let Some(condition) = accepted(kind, geometry, &members, tolerate) {
            return Some((members, condition));
        }
    }
    None
}

/// A larger shape of the same kind, as a catalogue has it; none if the lists drawn make no circuit.
fn roomier(dice: &mut Dice, condition: &Condition, geometry: &Geometry) -> Option<ConditionShape> {
    let (kind, own) = (condition.kind(), condition.shape());
    (0..20).find_map(|_| {
        let mut values = own.values().to_vec();
        for (member, value) in kind.members.iter().zip(&mut values).filter(|(m, _)| m.is_list()) {
            if dice.chance(2) {
                *value = dice.length(member, geometry, false) as i64;
            }
        }
        let shape = ConditionShape::new(kind, values);
        (shape != own && shape.check(geometry).is_ok()).then_some(shape)
    })
}

/// The condition, if a policy can hold it.
fn accepted(
    kind: &Kind,
    geometry: &Geometry,
    members: &Members,
    tolerate: Tolerance,
) -> Option<Condition> {
    let condition = assemble(kind, members, tolerate).ok()?;
    let shape = condition.shape().check(geometry);
    condition.check_parameters(geometry, &meter()).ok()?;
    shape.expect("no condition is in order whose shape is not");
    let fits = looked_into(std::slice::from_ref(&condition)).len() <= geometry.opens();
    fits.then_some(condition)
}

/// One spelling, one digest: what is written is read as the same, and defaults written out change nothing.
fn check_spelling(condition: &Condition, geometry: &Geometry) {
    let json = serde_json::to_string(condition).expect("JSON");
    let read: Condition = parse_part(&json, "condition", json.len()).expect(&json);
    assert_eq!(read, *condition, "{json}");
    assert_eq!(read.parameters(geometry), condition.parameters(geometry), "{json}");
    assert_eq!(serde_json::to_string(&read).expect("JSON"), json);
    let shape = condition.shape();
    let json = serde_json::to_string(&shape).expect("JSON");
    assert_eq!(parse_part::<ConditionShape>(&json, "shape", json.len()).expect(&json), shape);
}

/// Bounds at what the readings give, or one beside it.
fn near(dice: &mut Dice, members: &Members, value: i64) -> Members {
    let mut members = members.clone();
    for (name, list) in &mut members {
        if ["min", "max", "min_ppm", "threshold"].contains(name) && dice.chance(2) {
            *list = vec![value + dice.of(&[-1, 0, 0, 1])];
        }
    }
    members
}

/// Whatever the kind, twin and circuit say the same; what is off holds for all readings and reveals nothing.
#[test]
fn every_kind_agrees_on_anything() {
    let tally = Mutex::new(BTreeMap::<&str, [usize; 3]>::new());
    let fits = AtomicUsize::new(0);
    let config = cases();
    let many = config.cases >= 3000;
    proptest!(config, |(seed: u64, place in 0..KINDS.len())| {
        let (dice, kind) = (&mut Dice::new(seed), KINDS[place]);
        let geometry = match kind.name {
            // It needs blocks before one block.
            "reduction" => Geometry { value_bits: 8, ..dice.of(&[geometry(4, 1, 1), geometry(4, 1, 3),
                Geometry { opened: 2, ..geometry(4, 1, 3) }]) },
            _ => dice.geometry(),
        };
        geometry.check().expect("sizes");
        let Some((members, condition)) = draw(dice, kind, &geometry) else { return Ok(()) };
        check_spelling(&condition, &geometry);
        let stage = dice.stage(geometry);
        let mut counts = [1, 0, 0];
        let mut count = |holds: bool| counts[if holds { 1 } else { 2 }] += 1;
        count(stage.agree(&condition));
        let value = stage.judge(&condition).value;
        if let Some(shape) = roomier(dice, &condition, &geometry) {
            let fitted = fit(&condition, &shape, &geometry);
            if let Some(fitted) = fitted.filter(|c| stage.check_parameters(c).is_ok()) {
                assert_eq!(fitted.shape(), shape);
                assert_eq!(stage.agree(&fitted), stage.agree(&condition), "{condition:?} {fitted:?}");
                assert_eq!(stage.judge(&fitted).value, value, "{condition:?} {fitted:?}");
                fits.fetch_add(1, Ordering::Relaxed);
            }
        }
        let revealed = condition.shape().revealed().is_some();
        if revealed && stage.judge(&condition).failures.is_empty() {
            assert!(condition.allows(value.into()), "{condition:?} {value}");
        }
        for _ in 0..2 {
            let members = near(dice, &members, value);
            if let Some(condition) = accepted(kind, &geometry, &members, condition.tolerance()) {
                check_spelling(&condition, &geometry);
                count(stage.agree(&condition));
            }
        }
        if kind.can_be_off {
            let off = Condition::off(condition.shape());
            stage.check_parameters(&off).expect("a shape that a policy can have");
            check_spelling(&off, &geometry);
            assert!(stage.agree(&off), "off, and it fails: {off:?}");
        }
        let mut tally = tally.lock().expect("no panic while counting");
        let entry = tally.entry(kind.name).or_default();
        entry.iter_mut().zip(counts).for_each(|(all, new)| *all += new);
    });
    let tally = tally.into_inner().expect("no panic while counting");
    eprintln!("kind: drawn, held, failed: {tally:?}; {fits:?} in roomier circuits");
    for kind in KINDS {
        let [drawn, held, failed] = tally.get(kind.name).copied().unwrap_or_default();
        let covered = !many || (drawn > 0 && held > 0 && failed > 0);
        assert!(covered, "{} is not covered: {drawn}, {held}, {failed}", kind.name);
    }
}

/// Sizes at the ends of their ranges, members likewise, readings all at their greatest: sums fit, in the twin as well (built with
/// overflow checks).
#[test]
fn extremes_fit() {
    let wide = Geometry { value_bits: 32, ..geometry(1440, 512, 0) };
    let back = Geometry { value_bits: 32, ..geometry(1440, 1, 511) };
    for (seed, geometry) in
        [wide, back, geometry(1, 1, 511), geometry(1, 512, 0)].into_iter().enumerate()
    {
        geometry.check().expect("sizes");
        let dice = &mut Dice::new(seed as u64);
        let values = vec![&[][..]; CHANNELS.len()];
        let mut stage = Stage::measured(geometry, CHANNELS, &values);
        let most = Reading::measured(((1_u64 << geometry.value_bits) - 1) as u32);
        let back = usize::from(geometry.look_back) * usize::from(geometry.intervals_per_block);
        stage.readings = vec![vec![most; geometry.slots()]; CHANNELS.len()];
        stage.before = vec![vec![most; back]; CHANNELS.len()];
        for kind in KINDS {
            for _ in 0..6 {
                let mut members: Members = Vec::new();
                let lists = dice.chance(2);
                let end = dice.below(3);
                for member in kind.members {
                    if member.is_list() && !lists && dice.chance(2) {
                        continue;
                    }
                    let (low, high) = member.form.range(&geometry);
                    let count =
                        if member.is_list() { dice.length(member, &geometry, false) } else { 1 };
                    let value = match (member.name, end) {
                        ("min", _) => low,
                        ("max", _) => high,
                        (_, 0) => low,
                        (_, 1) => high,
                        _ => dice.of(&[low, high]),
                    };
                    let plain = matches!(member.form, Form::Channel(_) | Form::Currency);
                    let value = if plain { dice.value(member, &geometry, false) } else { value };
                    members.push((member.name, vec![value; count]));
                }
                let tolerate = Tolerance::default();
                let Some(condition) = accepted(kind, &geometry, &members, tolerate) else {
                    continue;
                };
                let judgement = stage.judge(&condition);
                if let (Some((revealed, _)), true) =
                    (condition.shape().revealed(), judgement.failures.is_empty())
                {
                    let (bits, offset) = revealed.unit.bits_and_offset(&geometry);
                    let shown = i128::from(judgement.value) + i128::from(offset);
                    assert!(shown >= 0 && shown >> bits == 0, "{}: {shown}", kind.name);
                }
            }
        }
    }
}

/// A shape has a channel wherever the kind needs one: a circuit would take the first in its place.
#[test]
fn only_what_may_be_left_out_has_no_channel() {
    let geometry = geometry(4, 2, 0);
    for kind in KINDS {
        for member in kind.members {
            let Form::Channel(_) = member.form else { continue };
            let value = |m: &Member| match m.form {
                _ if m.name == member.name => -1,
                Form::Channel(_) => 1,
                _ => m.form.range(&geometry).0.max(0).max(i64::from(m.name == "window")),
            };
            let mut values: Vec<_> = kind.members.iter().map(value).collect();
            for (m, value) in kind.members.iter().zip(&mut values) {
                let is_list = m.is_list();
                *value = if is_list || !m.is_in_shape() { 0 } else { *value };
                if is_list && ["rates", "factors"].contains(&m.name) {
                    *value = 1;
                }
            }
            let refused = ConditionShape::new(kind, values).check(&geometry).is_err();
            assert!(refused || member.default.is_some(), "{}: {}", kind.name, member.name);
        }
    }
}
