//! The relation: what a proof says. The numbers in the comments are those of docs/RELATION.md.

use super::shape::{Shape, Trust};
use super::voucher::{Vouched, VoucherValues};
use crate::condition::circuit::{ChannelVar, SlotVar, WindowVar};
use crate::cs::{Circuit, ConstraintSystem, Linear, Matrices, Origin, Recorder};
use crate::gadget::{enforce_bit, hash_many, hash_word, pedersen_commitment, ranged};
use crate::hash::{F, Tag, power_of_two};
use crate::meter::{Level, Quality, Reading, lanes};

/// Bits of a time in Unix seconds.
pub(super) const TIME_BITS: usize = 40;

/// Bits of a block's index: one less than its lane in the chain's tag word, since later indices are sums.
const INDEX_BITS: usize = 31;

/// All values of one proof, public and private, with the shape that says how many there are. What a [`super::Claim`] becomes
/// once it is checked.
pub struct Relation {
    pub(super) shape: Shape,
    /// In the order of the statement.
    pub(super) public_inputs: Vec<F>,
    pub(super) scope: F,
    pub(super) interval: F,
    pub(super) kind: F,
    pub(super) least_level: F,
    /// For each condition the elements that the policy digest absorbs.
    pub(super) parameters: Vec<Vec<F>>,
    pub(super) voucher: VoucherValues,
    /// One for each hidden output.
    pub(super) blindings: Vec<F>,
    pub(super) head: F,
    pub(super) first_index: u32,
    pub(super) first_start: u64,
    /// As many as the shape has room for: first those before the period; those after its last are blank.
    pub(super) blocks: Vec<BlockValues>,
    /// Where only some blocks before the period are opened: their places, and the digests of all blocks before the period.
    pub(super) opened: Vec<usize>,
    pub(super) sealed: Vec<F>,
    /// Blocks that the period touches; those before it are not among them.
    pub(super) used: usize,
    /// Slot of the period's first block at which it begins.
    pub(super) begin: usize,
    /// Slot of the last block at which it ends (exclusive), 1 to the intervals of a block.
    pub(super) end: usize,
}

/// Never shows values.
impl std::fmt::Debug for Relation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relation").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// One block's values.
pub(super) struct BlockValues {
    pub(super) salt: F,
    /// For each channel its readings.
    pub(super) channels: Vec<Vec<Reading>>,
}

/// A reading's wires, not yet masked.
struct ReadingVar<W> {
    value: W,
    estimated: W,
    missing: W,
}

impl Relation {
    /// A relation of this shape with blank values, for recording.
    pub fn blank(shape: &Shape) -> Self {
        let zero = F::from(0);
        let geometry = &shape.geometry;
        let slots = vec![Reading::default(); geometry.intervals_per_block.into()];
        let block =
            |_| BlockValues { salt: zero, channels: vec![slots.clone(); shape.channels.into()] };
        Self {
            shape: shape.clone(),
            public_inputs: vec![zero; shape.public_inputs()],
            scope: zero,
            interval: zero,
            kind: zero,
            least_level: zero,
            parameters: shape.conditions.iter().map(|c| vec![zero; c.elements(geometry)]).collect(),
            voucher: VoucherValues::blank(shape.trust, geometry.registry_depth),
            blindings: vec![zero; shape.outputs().iter().filter(|o| o.hidden).count()],
            head: zero,
            first_index: 0,
            first_start: 0,
            blocks: (0..geometry.look_back + geometry.blocks.max).map(block).collect(),
            opened: (0..geometry.opens()).collect(),
            sealed: vec![zero; geometry.look_back.into()],
            used: 1,
            begin: 0,
            end: 1,
        }
    }

    /// The matrices of a shape.
    pub fn matrices(shape: &Shape) -> Matrices {
        Recorder::record(&Self::blank(shape))
    }

    /// 2. The policy's parameters are those under its digest. Gives interval, kind, least level, and each condition's own.
    fn policy<CS: ConstraintSystem>(&self, cs: &mut CS, digest: &CS::Wire) -> PolicyVar<CS::Wire> {
        let [scope, interval, kind] =
            [self.scope, self.interval, self.kind].map(|x| cs.witness(|| x));
        let least_level = match self.shape.trust {
            Trust::Registry => cs.witness(|| self.least_level),
            // Circuits of this trust are of this level.
            Trust::Device => CS::Wire::constant(F::from(Level::L3 as u64)),
        };
        let mut absorbed = vec![
            CS::Wire::constant(self.shape.digest()),
            scope.clone(),
            interval.clone(),
            kind.clone(),
            least_level.clone(),
        ];
        let mut conditions = Vec::new();
        for parameters in &self.parameters {
            let parameters: Vec<_> = parameters.iter().map(|x| cs.witness(|| *x)).collect();
            absorbed.extend_from_slice(&parameters);
            conditions.push(parameters);
        }
        let absorbed = hash_many(cs, Tag::Policy, &absorbed);
        cs.enforce_equal("policy: digest", &absorbed, digest);
        PolicyVar { scope, interval, kind, least_level, conditions }
    }

    /// 4. Readings are in range, a missing one is zero, and a quality is one of three.
    fn readings<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        block: usize,
    ) -> Vec<ReadingVar<CS::Wire>> {
        let value_bits = usize::from(self.shape.geometry.value_bits);
        let mut readings = Vec::new();
        for reading in self.blocks[block].channels.iter().flatten() {
            let value =
                ranged(cs, "reading: value", Origin::Witness, reading.value.into(), value_bits);
            let estimated = cs.witness(|| F::from(reading.quality == Quality::Estimated));
            enforce_bit(cs, "reading: estimated", &estimated);
            let missing = cs.witness(|| F::from(reading.quality == Quality::Missing));
            enforce_bit(cs, "reading: missing", &missing);
            // missing * (value + 2^B estimated) = 0: the sum is zero only if both are.
            let both = value.plus(&estimated.times(power_of_two(value_bits)));
            cs.enforce("reading: missing is zero", &both, &missing, &CS::Wire::nil());
            readings.push(ReadingVar { value, estimated, missing });
        }
        readings
    }

    /// 7. Opens some of the blocks before the period, whose digests are in the chain: each opening is of one block, at its place and
    ///    with its start, and no block is opened twice. Gives which each is, and for each channel the readings.
    #[allow(clippy::type_complexity)]
    fn open<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        [first_start, interval, meter_config]: [&CS::Wire; 3],
        sealed: &[CS::Wire],
    ) -> (Vec<Vec<CS::Wire>>, Vec<Vec<ReadingVar<CS::Wire>>>) {
        let n = usize::from(self.shape.geometry.intervals_per_block);
        let mut rows: Vec<Vec<CS::Wire>> = Vec::new();
        let mut slots: Vec<Vec<ReadingVar<CS::Wire>>> =
            (0..self.shape.channels).map(|_| Vec::new()).collect();
        for place in &self.opened {
            let (mut row, mut at, mut one, mut selected) =
                (Vec::new(), CS::Wire::nil(), CS::Wire::nil(), CS::Wire::nil());
            for (j, digest) in sealed.iter().enumerate() {
                let is = cs.witness(|| F::from(j == *place));
                enforce_bit(cs, "look-back: opened", &is);
                selected = selected.plus(&cs.product("look-back: digest", &is, digest));
                at.add_scaled(F::from((n * j) as u64), &is);
                one = one.plus(&is);
                row.push(is);
            }
            cs.enforce_equal("look-back: one block", &one, &CS::Wire::unit());
            let start = first_start.plus(&cs.product("look-back: start", &at, interval));
            let mut readings = self.readings(cs, *place);
            let salt = self.blocks[*place].salt;
            let digest = self.block_digest(cs, meter_config, &start, &readings, salt);
            cs.enforce_equal("look-back: digest", &digest, &selected);
            for channel in &mut slots {
                channel.extend(readings.drain(..n));
            }
            rows.push(row);
        }
        for j in 0..sealed.len() {
            let times = CS::Wire::sum_of(rows.iter().map(|row| (F::from(1), &row[j])));
            enforce_bit(cs, "look-back: opened once", &times);
        }
        (rows, slots)
    }

    /// 5. The block's digest: readings packed as the device packs them.
    fn block_digest<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        meter_config: &CS::Wire,
        start: &CS::Wire,
        readings: &[ReadingVar<CS::Wire>],
        salt: F,
    ) -> CS::Wire {
        let value_bits = self.shape.geometry.value_bits;
        let (lane, per_word) = lanes(value_bits);
        let (estimated, missing) =
            (power_of_two(value_bits.into()), power_of_two(usize::from(value_bits) + 1));
        let shift = power_of_two(lane);
        let mut absorbed = vec![meter_config.clone(), start.clone()];
        for word in readings.chunks(per_word) {
            let mut weight = F::from(1);
            let mut terms = Vec::with_capacity(3 * word.len());
            for reading in word {
                terms.push((weight, &reading.value));
                terms.push((weight * estimated, &reading.estimated));
                terms.push((weight * missing, &reading.missing));
                weight *= shift;
            }
            absorbed.push(CS::Wire::sum_of(terms));
        }
        absorbed.push(cs.witness(|| salt));
        hash_many(cs, Tag::Block, &absorbed)
    }
}

/// The opened policy.
pub(super) struct PolicyVar<W> {
    pub(super) scope: W,
    interval: W,
    kind: W,
    pub(super) least_level: W,
    conditions: Vec<Vec<W>>,
}

impl Circuit for Relation {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let geometry = &self.shape.geometry;
        // 1. Public inputs, in the statement's order.
        let inputs: Vec<_> = self.public_inputs.iter().map(|x| cs.input(*x)).collect();
        let [policy_digest, period_input, context, anchor, nullifier, outputs @ ..] = &inputs[..]
        else {
            unreachable!("a statement has five fixed inputs")
        };
        let policy = self.policy(cs, policy_digest);
        let first_start =
            ranged(cs, "chain: start of first block", Origin::Witness, self.first_start, TIME_BITS);
        let n = usize::from(geometry.intervals_per_block);
        let back = usize::from(geometry.look_back);
        let mut block_start = first_start.clone();
        block_start.add_scaled(F::from((n * back) as u64), &policy.interval);
        let period = self.period(cs, &block_start, &policy.interval, period_input);

        // 6. The meter is what its voucher and the blocks say it is, and of the kind the policy asks for.
        let voucher = self.voucher.allocate(cs);
        let mut word = CS::Wire::constant(Tag::MeterConfig.field());
        word.add_scaled(power_of_two(32), &policy.interval);
        let meter_config = hash_word(cs, &word, &[voucher.meter_id(), &policy.kind]);

        // 4, 5, 7. Readings, blocks, chain: indices and starts are contiguous.
        let first_index =
            ranged(cs, "chain: first index", Origin::Witness, self.first_index.into(), INDEX_BITS);
        let mut head = cs.witness(|| self.head);
        let mut slots: Vec<Vec<ReadingVar<CS::Wire>>> =
            (0..self.shape.channels).map(|_| Vec::new()).collect();
        let selective = geometry.opens() < back;
        let mut sealed = Vec::new();
        for (j, block) in self.blocks.iter().enumerate() {
            let mut start = first_start.clone();
            start.add_scaled(F::from((n * j) as u64), &policy.interval);
            let digest = if selective && j < back {
                sealed.push(cs.witness(|| self.sealed[j]));
                sealed[j].clone()
            } else {
                let mut readings = self.readings(cs, j);
                let digest = self.block_digest(cs, &meter_config, &start, &readings, block.salt);
                for channel in &mut slots {
                    channel.extend(readings.drain(..n));
                }
                digest
            };
            let index = first_index.plus_constant(F::from(j as u64));
            let mut word = CS::Wire::constant(Tag::Chain.field());
            word.add_scaled(power_of_two(32), &index);
            word.add_scaled(power_of_two(64), &start);
            let next = hash_word(cs, &word, &[&head, &digest]);
            // Blocks before the period are always there.
            head = match j.checked_sub(back).and_then(|j| period.active[j].as_ref()) {
                None => next,
                Some(used) => {
                    cs.product("chain: unused block", &next.minus(&head), used).plus(&head)
                }
            };
        }
        let (opened, mut earlier) = match selective {
            true => self.open(cs, [&first_start, &policy.interval, &meter_config], &sealed),
            false => {
                let drain = |channel: &mut Vec<_>| channel.drain(..n * back).collect();
                (Vec::new(), slots.iter_mut().map(drain).collect::<Vec<Vec<_>>>())
            }
        };

        // 8 to 10. Whoever vouches agreed to this head, policy, period and context.
        let inputs = [policy_digest, period_input, context, anchor, nullifier];
        let vouched = Vouched {
            last: &head,
            meter_config: &meter_config,
            policy: &policy,
            period: &period,
            first_start: &first_start,
            inputs,
        };
        self.vouched(cs, &voucher, &vouched);

        // 11. The conditions hold over the period's readings, and reveal what they reveal.
        let (mut channels, mut before) = (Vec::new(), Vec::new());
        for (readings, earlier) in slots.into_iter().zip(earlier.drain(..)) {
            let unmasked = vec![None; earlier.len()];
            before.push(masked(cs, earlier, &unmasked));
            channels.push(masked(cs, readings, &period.masks));
        }
        let inside = period.masks.iter().map(|mask| mask.clone().unwrap_or_else(Linear::unit));
        let window = WindowVar {
            channels,
            before,
            opened,
            inside: inside.collect(),
            count: period.count,
            block_start,
            interval: policy.interval.clone(),
            nameplate: voucher.nameplate(),
        };
        let (mut inputs, mut blindings) = (outputs.iter(), self.blindings.iter());
        let mut outputs = self.shape.outputs().into_iter();
        let counted = "the shape counts outputs";
        for (condition, elements) in self.shape.conditions.iter().zip(&policy.conditions) {
            let Some(value) = condition.enforce(cs, geometry, elements, &window) else { continue };
            let output = outputs.next().expect(counted);
            let shown = match output.hidden {
                false => vec![value],
                true => {
                    let blinding = blindings.next().expect(counted);
                    let point = pedersen_commitment(cs, &value, output.bits, blinding);
                    vec![point.x, point.y]
                }
            };
            for shown in shown {
                cs.enforce_equal("output", &shown, inputs.next().expect(counted));
            }
        }
    }
}

/// A channel's readings with everything outside the period zero.
fn masked<CS: ConstraintSystem>(
    cs: &mut CS,
    readings: Vec<ReadingVar<CS::Wire>>,
    masks: &[Option<CS::Wire>],
) -> ChannelVar<CS::Wire> {
    let mut counts = (Vec::new(), Vec::new());
    let mut slots = Vec::with_capacity(readings.len());
    for (reading, mask) in readings.into_iter().zip(masks) {
        let ReadingVar { mut value, mut estimated, mut missing } = reading;
        let mut inside = CS::Wire::unit();
        if let Some(mask) = mask {
            value = cs.product("mask: value", &value, mask);
            estimated = cs.product("mask: estimated", &estimated, mask);
            missing = cs.product("mask: missing", &missing, mask);
            inside = mask.clone();
        }
        slots.push(SlotVar {
            value,
            present: inside.minus(&missing),
            estimated: estimated.clone(),
        });
        counts.0.push(estimated);
        counts.1.push(missing);
    }
    let sum = |bits: &[CS::Wire]| CS::Wire::sum_of(bits.iter().map(|bit| (F::from(1), bit)));
    ChannelVar { slots, estimated_count: sum(&counts.0), missing_count: sum(&counts.1) }
}
