//! One condition alone, on readings as the relation hands them over: quick enough for thousands of cases.

use crate::condition::circuit::{ChannelVar, SlotVar, WindowVar};
use crate::condition::{Condition, ConditionShape, Judgement, Window, looked_into};
use crate::cs::{ConstraintSystem, Evaluator, Linear, Matrices, Recorder};
use crate::hash::F;
use crate::meter::{Channel, MeterKind, Quality, Reading};
use crate::relation::{BlockRange, Geometry};
use proptest::test_runner::Config;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Random cases of a property: `WATTPROOF_CASES` if set (the long campaign asks for 10,000), else some hundreds.
pub(crate) fn cases() -> Config {
    let asked = std::env::var("WATTPROOF_CASES").ok().and_then(|n| n.parse().ok());
    Config { max_shrink_iters: 200, ..Config::with_cases(asked.unwrap_or(300)) }
}

/// Sizes for tests: blocks of `n` intervals, `blocks` of them, 8-bit values, `look_back` blocks before.
pub(crate) fn geometry(n: u16, blocks: u16, look_back: u16) -> Geometry {
    let blocks = BlockRange { min: 1, max: blocks };
    Geometry {
        intervals_per_block: n,
        blocks,
        aligned: false,
        value_bits: 8,
        registry_depth: 2,
        look_back,
        opened: 0,
    }
}

/// What a condition is judged on.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) geometry: Geometry,
    pub(crate) channels: Vec<Channel>,
    /// Length of an interval in seconds.
    pub(crate) interval: u32,
    /// Start of the block that the period begins in, Unix seconds.
    pub(crate) block_start: u64,
    /// Slots of the period among the circuit's.
    pub(crate) period: Range<usize>,
    /// In watts.
    pub(crate) nameplate: u64,
    /// For each channel a reading for each slot of the circuit, also outside the period.
    pub(crate) readings: Vec<Vec<Reading>>,
    /// For each channel the readings of the blocks before.
    pub(crate) before: Vec<Vec<Reading>>,
}

impl Stage {
    /// Measured values over all slots, hourly, nothing before.
    pub(crate) fn measured(geometry: Geometry, channels: &[Channel], values: &[&[u32]]) -> Self {
        let readings = |values: &&[u32]| values.iter().copied().map(Reading::measured).collect();
        Self {
            geometry,
            channels: channels.to_vec(),
            interval: 3600,
            block_start: 1_296_547_200,
            period: 0..geometry.slots(),
            nameplate: 20_000,
            readings: values.iter().map(readings).collect(),
            before: vec![Vec::new(); channels.len()],
        }
    }

    fn window(&self) -> Window {
        let inside = |readings: &Vec<Reading>| readings[self.period.clone()].to_vec();
        Window {
            start: self.block_start + self.period.start as u64 * u64::from(self.interval),
            interval: self.interval,
            offset: self.period.start,
            intervals_per_block: self.geometry.intervals_per_block.into(),
            nameplate: Some(self.nameplate),
            channels: self.readings.iter().map(inside).collect(),
            before: self.before.clone(),
        }
    }

    /// Refuses what no policy can hold.
    pub(crate) fn check_parameters(&self, condition: &Condition) -> crate::error::Result<()> {
        let meter = MeterKind {
            interval_seconds: self.interval,
            grid_offset_seconds: 0,
            channels: self.channels.clone(),
        };
        condition.check_parameters(&self.geometry, &meter)
    }

    /// Native twin and circuit say the same of it, also of the value to reveal; gives whether they accept. The condition is one
    /// that a policy can hold.
    pub(crate) fn agree(&self, condition: &Condition) -> bool {
        self.check_parameters(condition).expect("parameters that a policy can have");
        let judgement = condition.judge(&self.window());
        let (violations, value) = self.run(condition);
        let accepted = judgement.failures.is_empty();
        assert_eq!(
            accepted,
            violations.is_empty(),
            "{:?} against {violations:?}",
            judgement.failures
        );
        if let (Some((revealed, _)), true) = (condition.shape().revealed(), accepted) {
            let offset = F::from(revealed.unit.bits_and_offset(&self.geometry).1);
            let shown =
                if condition.is_off() { F::from(0) } else { F::from(judgement.value) + offset };
            assert_eq!(value, Some(shown), "{condition:?}");
        }
        accepted
    }

    /// Every rule that fails in circuit, whatever the native twin says.
    pub(crate) fn violations(&self, condition: &Condition) -> Vec<&'static str> {
        self.run(condition).0
    }

    /// What the native twin finds.
    pub(crate) fn judge(&self, condition: &Condition) -> Judgement {
        condition.judge(&self.window())
    }

    /// The native twin's failures.
    pub(crate) fn failures(&self, condition: &Condition) -> Vec<String> {
        let failures = condition.judge(&self.window()).failures;
        failures.iter().map(ToString::to_string).collect()
    }

    /// Constraints of a condition of this shape, without its parameters' digest.
    pub(crate) fn constraints(&self, condition: &Condition) -> usize {
        self.matrices(condition).constraints()
    }

    fn run(&self, condition: &Condition) -> (Vec<&'static str>, Option<F>) {
        let mut evaluator = Evaluator::new();
        let (_, value) = self.play(&mut evaluator, condition);
        let assignment = evaluator.into_assignment();
        (self.matrices(condition).violations(&assignment), value)
    }

    /// Changes each variable that the condition made, alone and in several ways; gives the rules' names of those nothing noticed:
    /// none, if no wire is loose. The case must be accepted.
    pub(crate) fn loose_wires(&self, condition: &Condition) -> Vec<usize> {
        let mut evaluator = Evaluator::new();
        let (given, _) = self.play(&mut evaluator, condition);
        let mut assignment = evaluator.into_assignment();
        let matrices = self.matrices(condition);
        assert_eq!(matrices.violations(&assignment), Vec::<&str>::new());
        let constraints = matrices.constraints_of_variables();
        let mut loose = Vec::new();
        for i in given..assignment.len() {
            let x = assignment[i];
            for y in [x + F::from(1), F::from(1) - x, F::from(5), x + x] {
                assignment[i] = y;
                if y != x && constraints[i].iter().all(|row| matrices.holds(*row, &assignment)) {
                    loose.push(i - given);
                }
            }
            assignment[i] = x;
        }
        loose.dedup();
        loose
    }

    /// Sets the `i`-th variable that the condition made, and gives the rules that notice.
    pub(crate) fn tampered(&self, condition: &Condition, i: usize, value: F) -> Vec<&'static str> {
        let mut evaluator = Evaluator::new();
        let (given, _) = self.play(&mut evaluator, condition);
        let mut assignment = evaluator.into_assignment();
        assignment[given + i] = value;
        self.matrices(condition).violations(&assignment)
    }

    /// Gives the rules that notice a nameplate that the registry never had.
    pub(crate) fn violations_at_nameplate(
        &self,
        condition: &Condition,
        nameplate: F,
    ) -> Vec<&'static str> {
        let mut evaluator = Evaluator::new();
        let (given, _) = self.play(&mut evaluator, condition);
        let mut assignment = evaluator.into_assignment();
        // The last before the parameters.
        assignment[given - condition.parameters(&self.geometry).len() - 1] = nameplate;
        self.matrices(condition).violations(&assignment)
    }

    /// The matrices of the condition's shape on this stage, recorded once.
    fn matrices(&self, condition: &Condition) -> Arc<Matrices> {
        type Key = (Geometry, usize, ConditionShape);
        static RECORDED: Mutex<Vec<(Key, Arc<Matrices>)>> = Mutex::new(Vec::new());
        let key = (self.geometry, self.channels.len(), condition.shape());
        let mut list = RECORDED.lock().expect("no test panics while recording");
        if let Some((_, matrices)) = list.iter().find(|(k, _)| *k == key) {
            return matrices.clone();
        }
        let mut recorder = Recorder::new();
        self.play(&mut recorder, condition);
        let matrices = Arc::new(recorder.finish());
        if list.len() == 512 {
            // Long campaigns over many shapes do not fill the memory.
            list.clear();
        }
        list.push((key, matrices.clone()));
        matrices
    }

    /// Gives how many variables there are before the condition's own, and the value that it reveals.
    fn play<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        condition: &Condition,
    ) -> (usize, Option<CS::Wire>) {
        let mut given = 1;
        let mut make = |cs: &mut CS, value: u64| {
            given += 1;
            cs.witness(|| F::from(value))
        };
        let slots: Vec<bool> =
            (0..self.geometry.slots()).map(|i| self.period.contains(&i)).collect();
        let inside: Vec<_> = slots.iter().map(|inside| make(cs, u64::from(*inside))).collect();
        let mut channel = |cs: &mut CS, readings: &[Reading], inside: &[bool]| {
            let (mut slots, mut estimated_count, mut missing_count) =
                (Vec::new(), CS::Wire::nil(), CS::Wire::nil());
            for (i, inside) in inside.iter().enumerate() {
                let reading = readings.get(i).copied().filter(|_| *inside);
                let is = |quality| reading.is_some_and(|r| r.quality == quality);
                let value = make(cs, reading.map_or(0, |r| r.value.into()));
                let estimated = make(cs, is(Quality::Estimated).into());
                let missing = make(cs, is(Quality::Missing).into());
                let present = make(cs, u64::from(*inside && !is(Quality::Missing)));
                estimated_count = estimated_count.plus(&estimated);
                missing_count = missing_count.plus(&missing);
                slots.push(SlotVar { value, present, estimated });
            }
            ChannelVar { slots, estimated_count, missing_count }
        };
        let channels = self.readings.iter().map(|r| channel(cs, r, &slots)).collect();
        let n = usize::from(self.geometry.intervals_per_block);
        let back = usize::from(self.geometry.look_back);
        let mut places: Vec<usize> = (0..back).collect();
        if self.geometry.opens() < back {
            let wanted = looked_into(std::slice::from_ref(condition));
            places.sort_by_key(|place| !wanted.contains(place));
            places.truncate(self.geometry.opens());
        }
        let earlier = vec![true; places.len() * n];
        let of = |readings: &Vec<Reading>| -> Vec<Reading> {
            let day = |place: &usize| readings.iter().copied().skip(place * n).take(n);
            places.iter().flat_map(day).collect()
        };
        let before = self.before.iter().map(|r| channel(cs, &of(r), &earlier)).collect();
        let row = |place: &usize| (0..back).map(|j| u64::from(j == *place)).collect::<Vec<_>>();
        let rows: Vec<_> = match places.len() < back {
            true => places.iter().map(row).collect(),
            false => Vec::new(),
        };
        let opened = rows.iter().map(|row| row.iter().map(|is| make(cs, *is)).collect()).collect();
        let window = WindowVar {
            channels,
            before,
            opened,
            inside,
            count: make(cs, self.period.len() as u64),
            block_start: make(cs, self.block_start),
            interval: make(cs, self.interval.into()),
            nameplate: make(cs, self.nameplate),
        };
        let elements = condition.parameters(&self.geometry);
        assert_eq!(elements.len(), condition.shape().elements(&self.geometry));
        let elements: Vec<_> = elements
            .into_iter()
            .map(|x| {
                given += 1;
                cs.witness(|| x)
            })
            .collect();
        let value = condition.shape().enforce(cs, &self.geometry, &elements, &window);
        (given, value)
    }
}
