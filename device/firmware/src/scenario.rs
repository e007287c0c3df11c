//! A day of quarter hours, and a claim about it: the same on a device and on the machine that tests it.

use wattproof_device::{
    Claim, Error, F, Grant, Kind, Meter, Payee, Reading, SecretKey, Setup, Storage,
};

/// A day of quarter hours, three months of days to be signed, eight contracts.
pub(crate) type Day<S> = Meter<S, 96, 93, 8>;

const START: u64 = 1_296_518_400;

/// Makes the meter, and provisions it.
pub(crate) fn meter<S: Storage>(storage: S) -> Result<Day<S>, Error> {
    let kind = Kind {
        interval_seconds: 900,
        grid_offset_seconds: 0,
        intervals_per_block: 96,
        value_bits: 24,
        channels: [0; 8],
        channel_count: 1,
    };
    let setup = Setup { kind, meter_id: F::from_u64(7), longest_outage: 31 * 86_400 };
    let mut meter = Day::create(storage, SecretKey::from_seed(&[1; 32]), setup)?;
    let claim = claim();
    meter.grant(&Grant { policy: claim.policy, payee: claim.payee })?;
    Ok(meter)
}

/// One reading of the day; the last one closes the block.
pub(crate) fn absorb<S: Storage>(meter: &mut Day<S>, quarter: u32) -> Result<(), Error> {
    let time = START + 900 * u64::from(quarter);
    meter.absorb(time, &[Reading::measured(quarter * 1_000)])
}

/// What the device is asked to sign.
pub(crate) fn claim() -> Claim {
    let payee = Payee::verifier("example-utility");
    Claim { policy: F::from_u64(9), start: START, end: START + 86_400, payee, once: [2; 32] }
}

/// Head and response, as `wattproof-circuits` computes them too: little-endian.
#[rustfmt::skip]
pub(crate) const EXPECTED: [[u8; 32]; 2] = [
    [
        0xa8, 0xad, 0x91, 0xd2, 0x73, 0x85, 0x77, 0xfa, 0x34, 0x38, 0xd0, 0x23, 0xd7, 0x4a, 0xd5, 0x24,
        0xcc, 0xd3, 0xed, 0xde, 0x81, 0x29, 0xd0, 0x93, 0x1c, 0x2c, 0xb7, 0x9d, 0x69, 0x05, 0x3c, 0x29,
    ],
    [
        0xd9, 0x80, 0xb2, 0xb9, 0x3b, 0x8c, 0xd7, 0xec, 0x26, 0xe6, 0x96, 0x11, 0x25, 0x26, 0xd0, 0xba,
        0xc8, 0xf7, 0xef, 0xe0, 0xf6, 0x4f, 0x88, 0x71, 0xf3, 0x50, 0x39, 0x35, 0x05, 0x82, 0x69, 0x05,
    ],
];
