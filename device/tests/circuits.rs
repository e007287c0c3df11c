//! What the device computes is what `circuits` computes, bit for bit.
#![allow(clippy::unwrap_used)]

mod memory;

use ark_ec::CurveGroup;
use ark_ff::{BigInteger, Field, PrimeField};
use memory::{Memory, kind, setup};
use wattproof_circuits::curve::Scalar as TwinScalar;
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::gadget;
use wattproof_circuits::hash::{F as Twin, Tag, hash_tagged};
use wattproof_circuits::meter as twin;
use wattproof_circuits::policy::{Context, Period};
use wattproof_circuits::relation::{BlockRange, Geometry};
use wattproof_device::is_provable;
use wattproof_device::{
    Claim, Element, F, Grant, Kind, Meter, Modulus, Payee, Quality, Reading, Scalar, SecretKey,
};

/// Deterministic numbers of any kind.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ self.0 >> 33;
        x.wrapping_mul(0xff51_afd7_ed55_8ccd) ^ x >> 29
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.next() as u8)
    }
}

fn same<M: Modulus>(x: &Element<M>) -> [u8; 32] {
    x.to_bytes()
}

fn bytes<P: PrimeField>(x: &P) -> [u8; 32] {
    x.into_bigint().to_bytes_le().try_into().unwrap()
}

fn field<M: Modulus, P: PrimeField>(edges: &[P], dice: &mut Dice) {
    let mut values: Vec<P> = edges.to_vec();
    values.extend((0..40).map(|_| P::from_le_bytes_mod_order(&dice.bytes::<64>())));
    let ours: Vec<Element<M>> =
        values.iter().map(|x| Element::from_bytes(&bytes(x)).unwrap()).collect();
    for (a, x) in values.iter().zip(&ours) {
        assert_eq!(bytes(a), same(x));
        assert_eq!(bytes(&a.inverse().unwrap_or(P::zero())), same(&x.invert()));
        for (b, y) in values.iter().zip(&ours) {
            assert_eq!(bytes(&(*a + b)), same(&(*x + *y)));
            assert_eq!(bytes(&(*a - b)), same(&(*x - *y)));
            assert_eq!(bytes(&(*a * b)), same(&(*x * *y)));
        }
    }
    let modulus: [u8; 32] = P::MODULUS.to_bytes_le().try_into().unwrap();
    assert!(
        Element::<M>::from_bytes(&modulus).is_none()
            && Element::<M>::from_bytes(&[0xff; 32]).is_none()
    );
    for _ in 0..100 {
        let wide: [u8; 64] = dice.bytes();
        assert_eq!(
            bytes(&P::from_le_bytes_mod_order(&wide)),
            same(&Element::<M>::from_bytes_reduced(&wide))
        );
    }
    assert_eq!(
        bytes(&P::from_le_bytes_mod_order(&[0xff; 64])),
        same(&Element::<M>::from_bytes_reduced(&[0xff; 64]))
    );
}

#[test]
fn both_fields_agree() {
    let mut dice = Dice(1);
    let edges =
        [Twin::from(0), Twin::from(1), -Twin::from(1), -Twin::from(2), Twin::from(u64::MAX)];
    field::<wattproof_device::Base, Twin>(&edges, &mut dice);
    let edges = [0u64, 1, 2].map(TwinScalar::from);
    field::<wattproof_device::Order, TwinScalar>(
        &[edges[0], edges[1], -edges[1], -edges[2]],
        &mut dice,
    );
}

fn twin_of(x: &F) -> Twin {
    Twin::from_le_bytes_mod_order(&x.to_bytes())
}

fn ours(x: &Twin) -> F {
    F::from_bytes(&bytes(x)).unwrap()
}

/// The same keys and the same signatures; each verifies.
#[test]
fn signatures_are_the_same() {
    let mut dice = Dice(2);
    for _ in 0..25 {
        let seed = dice.bytes();
        let (key, other) = (SecretKey::from_seed(&seed), twin::SecretKey::from_seed(seed));
        let public = other.public();
        assert_eq!(
            (twin_of(&key.public().x), twin_of(&key.public().y)),
            (public.point().x, public.point().y)
        );
        let message = Twin::from_le_bytes_mod_order(&dice.bytes::<64>());
        let (signed, expected) = (key.sign(&ours(&message)), other.sign(&message));
        let (rx, ry) = (twin_of(&signed.r.x), twin_of(&signed.r.y));
        let s = Twin::from_le_bytes_mod_order(&signed.s.to_bytes());
        let signed = twin::Signature::new(rx, ry, s).unwrap();
        assert_eq!(signed, expected);
        signed.verify(&public, &message).unwrap();
        let salt = key.salt(&ours(&message), 7, 1 << 33);
        assert_eq!(twin_of(&salt), other.salt(&message, 7, 1 << 33));
        // Every scalar's multiple, not only likely ones, is the table's business: R = nonce Base8 shows 25 of them.
        assert!(expected.r.is_in_subgroup());
    }
}

/// What one does with a point before asking whether it is in the subgroup.
trait InSubgroup {
    fn is_in_subgroup(&self) -> bool;
}

impl InSubgroup for wattproof_circuits::curve::Point {
    fn is_in_subgroup(&self) -> bool {
        (*self * TwinScalar::from(1u8)).into_affine() == *self
            && self.is_in_correct_subgroup_assuming_on_curve()
    }
}

/// At the edges of what the circuit accepts, both say the same.
#[test]
fn what_cannot_be_proved_is_told_alike() {
    let mut dice = Dice(3);
    let top = |bit: u32| Twin::from(2u64).pow([u64::from(bit)]);
    let lift = "1148311639449954574696061647556776283527457527334098841337976268454638693467"
        .parse::<Twin>()
        .unwrap();
    let low = Twin::from(0x0a27_af77_d690_f0e5u64) * top(190) - lift;
    let order = Twin::from(0xc191_39cb_84c6_80a6u64) * top(187);
    let (mut yes, mut no) = (0, 0);
    for i in 0..400 {
        let jitter = Twin::from(dice.next()) * top(126);
        let near = |x: Twin| if i % 2 == 0 { x + jitter } else { x - jitter };
        let challenge =
            [near(low), near(-Twin::from(1)), Twin::from_le_bytes_mod_order(&dice.bytes::<64>())]
                [i % 3];
        let s = TwinScalar::from_le_bytes_mod_order(&bytes(&if i % 5 == 0 {
            near(order)
        } else {
            jitter
        }));
        let s_field = Twin::from_le_bytes_mod_order(&bytes(&s));
        let expected = gadget::is_provable(&challenge, &s_field);
        let s = Scalar::from_bytes(&bytes(&s)).unwrap();
        assert_eq!(is_provable(&ours(&challenge), &s), expected);
        if expected { yes += 1 } else { no += 1 }
    }
    assert!(yes > 50 && no > 20, "{yes} {no}");
}

fn twin_kind(kind: &Kind) -> (twin::MeterKind, Geometry) {
    use twin::{Channel, Direction, Quantity, Unit};
    let all = [
        Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh },
        Channel { quantity: Quantity::Energy, direction: Direction::Export, unit: Unit::Wh },
        Channel { quantity: Quantity::Voltage, direction: Direction::None, unit: Unit::DeciVolt },
        Channel { quantity: Quantity::Mark, direction: Direction::None, unit: Unit::Count },
        Channel { quantity: Quantity::Heat, direction: Direction::Consumption, unit: Unit::Wh },
        Channel { quantity: Quantity::Data, direction: Direction::Discharge, unit: Unit::Megabyte },
        Channel { quantity: Quantity::Register, direction: Direction::Charge, unit: Unit::Wh },
        Channel { quantity: Quantity::Distance, direction: Direction::None, unit: Unit::Metre },
    ];
    let code = |c: &Channel| c.quantity as u16 | (c.direction as u16) << 4 | (c.unit as u16) << 8;
    let find = |wanted: &u16| *all.iter().find(|c| code(c) == *wanted).unwrap();
    let channels = kind.channels[..usize::from(kind.channel_count)].iter().map(find).collect();
    let geometry = Geometry {
        intervals_per_block: kind.intervals_per_block,
        blocks: BlockRange { min: 1, max: 2 },
        aligned: false,
        value_bits: kind.value_bits,
        registry_depth: 2,
        look_back: 0,
        opened: 0,
    };
    let grid_offset_seconds = kind.grid_offset_seconds;
    (
        twin::MeterKind { interval_seconds: kind.interval_seconds, grid_offset_seconds, channels },
        geometry,
    )
}

const CODES: [u16; 8] = [
    0,
    1 << 4,
    4 | 6 << 4 | 2 << 8,
    11 | 6 << 4 | 9 << 8,
    7 | 3 << 4,
    8 | 5 << 4 | 6 << 8,
    1 | 4 << 4,
    10 | 6 << 4 | 8 << 8,
];

/// A device that absorbs readings has the heads, salts and signature of the ledger that records them, with gaps and all qualities.
fn plays_as_the_ledger<const SLOTS: usize>(
    interval: u32,
    value_bits: u8,
    channels: usize,
    offset: i32,
    dice: &mut Dice,
) {
    let kind = Kind {
        interval_seconds: interval,
        grid_offset_seconds: offset,
        intervals_per_block: (SLOTS / channels) as u16,
        value_bits,
        channel_count: channels as u8,
        channels: core::array::from_fn(|i| if i < channels { CODES[i] } else { 0 }),
    };
    let (twin_kind, geometry) = twin_kind(&kind);
    let seed = dice.bytes();
    let id = Twin::from_le_bytes_mod_order(&dice.bytes::<64>());
    let setup = setup(kind, ours(&id));
    let mut meter =
        Meter::<_, SLOTS, 4, 2>::create(Memory::new(1 << 18), SecretKey::from_seed(&seed), setup)
            .unwrap();

    let block = kind.block_seconds();
    let start = kind.block_start(1_296_547_200) + 2 * u64::from(interval);
    let count = 3 * SLOTS / channels;
    let mut rows: Vec<Vec<twin::Reading>> = vec![Vec::new(); channels];
    for i in 0..count {
        let gap = (SLOTS / channels > 4 && i % 7 == 3)
            || (i > SLOTS / channels && i < 2 * SLOTS / channels + 1);
        let reading = |dice: &mut Dice| match dice.next() % 5 {
            _ if gap => Reading::MISSING,
            0 => Reading {
                value: (dice.next() >> (64 - u32::from(value_bits))) as u32,
                quality: Quality::Estimated,
            },
            1 => Reading::MISSING,
            _ => Reading::measured((dice.next() >> (64 - u32::from(value_bits))) as u32),
        };
        let now: Vec<Reading> = (0..channels).map(|_| reading(dice)).collect();
        for (channel, r) in rows.iter_mut().zip(&now) {
            let quality = match r.quality {
                Quality::Measured => twin::Quality::Measured,
                Quality::Estimated => twin::Quality::Estimated,
                Quality::Missing => twin::Quality::Missing,
            };
            channel.push(twin::Reading { value: r.value, quality });
        }
        if !gap || i == 0 {
            meter.absorb(start + i as u64 * u64::from(interval), &now).unwrap();
        }
    }
    let key = twin::SecretKey::from_seed(seed);
    let ledger = twin::Ledger::record(&key, &id, &twin_kind, &geometry, start, &rows).unwrap();
    meter.advance(kind.block_start(start) + ledger.blocks() as u64 * block).unwrap();
    assert_eq!(meter.blocks() as usize, ledger.blocks());

    let config = twin::meter_config(&id, &twin_kind, &geometry);
    let mut head = twin::genesis(&key.public(), &config);
    let mut seen = 0;
    meter
        .collect(|record| {
            assert_eq!((record.index, twin_of(&record.before)), (seen, head));
            let n = usize::from(kind.intervals_per_block);
            let quality = |q| match q {
                Quality::Measured => twin::Quality::Measured,
                Quality::Estimated => twin::Quality::Estimated,
                Quality::Missing => twin::Quality::Missing,
            };
            let reading =
                |r: &Reading| twin::Reading { value: r.value, quality: quality(r.quality) };
            let channels =
                record.readings.chunks(n).map(|c| c.iter().map(reading).collect()).collect();
            let block = twin::Block { start: record.start, salt: twin_of(&record.salt), channels };
            head = twin::next_head(
                &head,
                record.index,
                record.start,
                &block.digest(&config, value_bits),
            );
            assert_eq!(twin_of(&record.head), head);
            assert_eq!(block.salt, key.salt(&config, record.index, record.start));
            seen += 1;
            Ok::<(), wattproof_device::Error>(())
        })
        .unwrap();
    assert_eq!((seen, twin_of(&meter.head())), (meter.blocks(), head));

    let policy = Twin::from_le_bytes_mod_order(&dice.bytes::<64>());
    for (payee, context) in contexts(dice) {
        let (payee, once) = payee;
        meter.grant(&Grant { policy: ours(&policy), payee }).unwrap();
        let end = kind.block_start(start) + block * u64::from(meter.blocks());
        let claim = Claim { policy: ours(&policy), start: end - block, end, payee, once };
        let signed = meter.attest(&claim).unwrap();
        let period = Period::new(end - block, end).unwrap();
        let message = twin::attestation(&head, &policy, &period.field(), &context.field(), &config);
        let expected = key.sign(&message);
        assert_eq!((twin_of(&signed.r.x), twin_of(&signed.r.y)), (expected.r.x, expected.r.y));
        assert_eq!(signed.s.to_bytes(), bytes(&expected.s));
    }
}

fn contexts(dice: &mut Dice) -> [((Payee, [u8; 32]), Context); 2] {
    let (contract, payee, once, chain_id) = (dice.bytes(), dice.bytes(), dice.bytes(), dice.next());
    let settlement = Context::Settlement {
        chain_id,
        contract: Prefixed(contract),
        payee: Prefixed(payee),
        order: Prefixed(once),
    };
    let challenge =
        Context::Challenge { verifier: "example-utility".into(), nonce: Prefixed(once) };
    [
        ((Payee::Settlement { chain_id, contract, payee }, once), settlement),
        ((Payee::verifier("example-utility"), once), challenge),
    ]
}

#[test]
fn a_device_plays_as_the_ledger_records() {
    let mut dice = Dice(4);
    plays_as_the_ledger::<4>(900, 16, 1, -28_800, &mut dice);
    plays_as_the_ledger::<24>(3600, 24, 1, -28_800, &mut dice);
    plays_as_the_ledger::<96>(900, 24, 1, 3600, &mut dice);
    plays_as_the_ledger::<48>(3600, 32, 2, 0, &mut dice);
    plays_as_the_ledger::<192>(3600, 8, 8, 20_700, &mut dice);
    plays_as_the_ledger::<1440>(60, 32, 1, 0, &mut dice);
    // More words than one permutation takes, and exactly as many.
    for bits in [30, 31, 32] {
        plays_as_the_ledger::<96>(900, bits, 1, 0, &mut dice);
    }
    plays_as_the_ledger::<288>(300, 22, 1, 0, &mut dice);
}

/// The tags are `circuits`' own.
#[test]
fn kinds_and_tags_agree() {
    let kind = kind();
    let (twin_kind, geometry) = twin_kind(&kind);
    let key = twin::SecretKey::from_seed([9; 32]);
    let config = twin::meter_config(&Twin::from(5), &twin_kind, &geometry);
    let meter = Meter::<_, 4, 1, 1>::create(
        Memory::new(4096),
        SecretKey::from_seed(&[9; 32]),
        setup(kind, F::from_u64(5)),
    );
    let point = key.public();
    let genesis = hash_tagged(Tag::Genesis, &[point.point().x, point.point().y, config]);
    assert_eq!(twin_of(&meter.unwrap().head()), genesis);
}
