//! The power goes after every single byte that a device writes. Nothing acknowledged is lost, and no index ever has two heads.
#![allow(clippy::unwrap_used)]

mod memory;

use std::collections::BTreeMap;

use memory::{Memory, kind, setup};
use wattproof_device::{Claim, Error, F, Grant, Meter, Payee, Reading, SecretKey};

type Small = Meter<Memory, 4, 3, 2>;

/// So small that the log moves between the banks several times.
const CAPACITY: usize = 960;
const BEGIN: u64 = 1_296_518_400;

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn grant() -> Grant {
    Grant { policy: F::from_u64(99), payee: Payee::verifier("example-utility") }
}

fn claim(index: u32) -> Claim {
    let start = BEGIN + 3600 * u64::from(index);
    Claim { policy: grant().policy, start, end: start + 3600, payee: grant().payee, once: [3; 32] }
}

/// What anybody ever saw of a device, over all its lives.
#[derive(Default)]
struct Seen {
    heads: BTreeMap<u32, [u8; 32]>,
    signatures: BTreeMap<u32, [u8; 32]>,
    collected: BTreeMap<u32, Vec<u32>>,
}

impl Seen {
    #[track_caller]
    fn once<T: PartialEq + std::fmt::Debug>(map: &mut BTreeMap<u32, T>, index: u32, what: T) {
        if let Some(before) = map.get(&index) {
            assert_eq!(*before, what, "two of index {index}");
        }
        map.insert(index, what);
    }
}

/// Readings at these slots of 15 minutes; the others are missing. An outage skips whole blocks.
const SLOTS: [u64; 22] =
    [0, 1, 2, 3, 4, 6, 7, 9, 10, 11, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31];

/// Lives until the work is done or the power goes. `acknowledged` is the first slot that is not.
fn live(memory: &Memory, seen: &mut Seen, acknowledged: &mut usize) -> Result<(), Error> {
    let mut meter: Small = match Small::open(memory.clone(), key()) {
        Err(Error::NoMeter) => {
            assert_eq!(*acknowledged, 0, "a meter was lost");
            Small::create(memory.clone(), key(), setup(kind(), F::from_u64(5)))?
        }
        opened => opened?,
    };
    meter.grant(&grant())?;
    if let Some(next) = meter.next_time() {
        let last = SLOTS[..*acknowledged].last().map_or(0, |slot| BEGIN + 900 * (slot + 1));
        assert!(next >= last, "an acknowledged reading was lost");
    }
    while let Some(slot) = SLOTS.get(*acknowledged) {
        let time = BEGIN + 900 * slot;
        match meter.absorb(time, &[Reading::measured(*slot as u32 + 1)]) {
            // Written before the cut, but not acknowledged.
            Err(Error::OutOfOrder) => {}
            done => done?,
        }
        *acknowledged += 1;
        release(&mut meter, seen)?;
    }
    assert_eq!(meter.blocks(), 8);
    Ok(())
}

fn release(meter: &mut Small, seen: &mut Seen) -> Result<(), Error> {
    if let Some(last) = meter.blocks().checked_sub(1) {
        Seen::once(&mut seen.heads, last, meter.head().to_bytes());
        let signed = meter.attest(&claim(last))?;
        Seen::once(&mut seen.signatures, last, signed.s.to_bytes());
    }
    let mut highest = meter.uncollected();
    for index in seen.collected.keys().rev().take(1) {
        assert!(highest <= index + 1);
    }
    meter.collect(|block| {
        assert_eq!(block.index, highest);
        highest += 1;
        Seen::once(&mut seen.heads, block.index, block.head.to_bytes());
        let values = block.readings.iter().map(|r| r.value).collect();
        Seen::once(&mut seen.collected, block.index, values);
        Ok::<(), Error>(())
    })?;
    assert_eq!(highest, meter.blocks());
    // The gateway is slow: it lags a block behind.
    let done = highest.saturating_sub(1).max(meter.uncollected());
    meter.collected(done)
}

fn undisturbed() -> (Seen, usize, usize) {
    let (memory, mut seen) = (Memory::new(CAPACITY), Seen::default());
    live(&memory, &mut seen, &mut 0).unwrap();
    let written = memory.cells().written;
    let erased = memory.cells().erased;
    (seen, written, erased)
}

fn compare(seen: &Seen, whole: &Seen) {
    assert_eq!(seen.collected, whole.collected);
    assert!(whole.heads.iter().all(|(i, head)| seen.heads.get(i) == Some(head)));
    for (i, signature) in &seen.signatures {
        assert!(whole.signatures.get(i).is_none_or(|s| s == signature));
    }
}

#[test]
fn the_power_goes_after_every_byte() {
    let (whole, written, erased) = undisturbed();
    assert!(erased > 2, "the log moved between the banks {erased} times");
    assert_eq!(whole.collected.len(), 8);
    assert_eq!(whole.collected[&1], [5, 0, 7, 8]);
    assert_eq!(whole.collected[&3], [0; 4]);
    // Every byte takes two minutes: `cargo xtask campaign` does that, other runs take every 19th.
    let step = if std::env::var_os("WATTPROOF_LONG").is_some() { 1 } else { 19 };
    for cut in (0..written).step_by(step) {
        let (memory, mut seen, mut acknowledged) = (Memory::new(CAPACITY), Seen::default(), 0);
        memory.cells().left = Some(cut);
        assert!(live(&memory, &mut seen, &mut acknowledged).is_err(), "{cut}");
        memory.cells().left = None;
        live(&memory, &mut seen, &mut acknowledged).unwrap_or_else(|e| panic!("{cut}: {e}"));
        compare(&seen, &whole);
    }
}

/// Lives of random length, so that recovery is cut too.
#[test]
fn the_power_goes_again_and_again() {
    let (whole, ..) = undisturbed();
    let mut dice = 1u64;
    let mut cuts = 0;
    for _ in 0..40 {
        let (memory, mut seen, mut acknowledged) = (Memory::new(CAPACITY), Seen::default(), 0);
        loop {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            memory.cells().left = Some((dice >> 33) as usize % 900);
            match live(&memory, &mut seen, &mut acknowledged) {
                Ok(()) => break,
                Err(Error::Storage) => cuts += 1,
                Err(other) => panic!("{other}"),
            }
        }
        compare(&seen, &whole);
    }
    assert!(cuts > 100, "{cuts}");
}

#[test]
fn every_refusal() {
    let fresh = || Small::create(Memory::new(4096), key(), setup(kind(), F::from_u64(5))).unwrap();
    let one = [Reading::measured(1)];
    let mut meter = fresh();
    meter.advance(BEGIN).unwrap();
    assert_eq!(meter.next_time(), None);
    assert_eq!(meter.absorb(BEGIN + 1, &one), Err(Error::OffGrid));
    assert_eq!(meter.absorb(1 << 40, &one), Err(Error::OffGrid));
    assert_eq!(meter.absorb(BEGIN, &[]), Err(Error::Reading));
    assert_eq!(meter.absorb(BEGIN, &[one[0], one[0]]), Err(Error::Reading));
    assert_eq!(meter.absorb(BEGIN, &[Reading::measured(1 << 16)]), Err(Error::Reading));
    assert_eq!(meter.attest(&claim(0)), Err(Error::NotProvisioned));
    meter.grant(&grant()).unwrap();
    assert_eq!(meter.attest(&claim(0)), Err(Error::NotRecorded));
    meter.absorb(BEGIN, &one).unwrap();
    assert_eq!(meter.absorb(BEGIN, &one), Err(Error::OutOfOrder));
    assert_eq!(meter.absorb(BEGIN - 900, &one), Err(Error::OutOfOrder));
    assert_eq!(meter.absorb(BEGIN + 900 + 41 * 86_400, &one), Err(Error::TooFarAhead));
    assert_eq!(meter.attest(&claim(0)), Err(Error::NotRecorded), "the block is still open");
    meter.absorb(BEGIN + 5 * 3600, &one).unwrap();
    assert_eq!(meter.blocks(), 5);
    for (index, error) in [(0, Error::Forgotten), (1, Error::Forgotten), (5, Error::NotRecorded)] {
        assert_eq!(meter.attest(&claim(index)), Err(error));
    }
    for index in 2..5 {
        meter.attest(&claim(index)).unwrap();
    }
    let signed = meter.attest(&claim(3)).unwrap();
    let other = Claim { once: [4; 32], ..claim(3) };
    assert_ne!(meter.attest(&other).unwrap(), signed);
    for bad in [
        Claim { policy: F::from_u64(98), ..claim(3) },
        Claim { payee: Payee::verifier("somebody-else"), ..claim(3) },
    ] {
        assert_eq!(meter.attest(&bad), Err(Error::NotProvisioned));
    }
    assert_eq!(meter.attest(&Claim { end: claim(3).start, ..claim(3) }), Err(Error::NotRecorded));
    assert_eq!(meter.attest(&Claim { start: BEGIN - 1, ..claim(3) }), Err(Error::NotRecorded));
    meter.grant(&Grant { policy: F::from_u64(1), ..grant() }).unwrap();
    assert_eq!(meter.grant(&Grant { policy: F::from_u64(2), ..grant() }), Err(Error::NoRoom));
    meter.revoke(&grant()).unwrap();
    assert_eq!(meter.revoke(&grant()), Err(Error::NotProvisioned));
    assert_eq!(meter.attest(&claim(3)), Err(Error::NotProvisioned));
    assert_eq!(meter.collected(6), Err(Error::NotThere));
    meter.collected(5).unwrap();
    assert_eq!(meter.collected(4), Err(Error::NotThere));
}

/// Without a gateway the storage fills up. What was acknowledged stays, and collecting makes room.
#[test]
fn a_full_storage_refuses_and_recovers() {
    let memory = Memory::new(CAPACITY);
    let mut meter = Small::create(memory.clone(), key(), setup(kind(), F::from_u64(5))).unwrap();
    let mut slot = 0u64;
    let full = loop {
        match meter.absorb(BEGIN + 900 * slot, &[Reading::measured(slot as u32)]) {
            Ok(()) => slot += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, Error::Full);
    assert!(slot > 8, "{slot}");
    drop(meter);
    let mut meter = Small::open(memory, key()).unwrap();
    assert_eq!(meter.next_time(), Some(BEGIN + 900 * slot));
    let mut blocks = 0;
    meter
        .collect(|_| {
            blocks += 1;
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(u64::from(blocks), slot / 4);
    meter.collected(blocks).unwrap();
    meter.absorb(BEGIN + 900 * slot, &[Reading::measured(1)]).unwrap();
}

/// Damage that no power cut does is told from a torn end, wherever it is.
#[test]
fn flipped_bits_are_never_taken_for_a_chain() {
    let memory = Memory::new(1 << 14);
    let mut meter = Small::create(memory.clone(), key(), setup(kind(), F::from_u64(5))).unwrap();
    for slot in 0..9 {
        meter.absorb(BEGIN + 900 * slot, &[Reading::measured(slot as u32)]).unwrap();
    }
    let (head, length) = (meter.head(), memory.cells().banks[0].len());
    drop(meter);
    let last_record = 32;
    for at in 0..length - last_record {
        memory.cells().banks[0][at] ^= 0x10;
        match Small::open(memory.clone(), key()).map(drop) {
            Err(Error::Damaged | Error::NoMeter) => {}
            other => panic!("{at}: {other:?}"),
        }
        memory.cells().banks[0][at] ^= 0x10;
    }
    let meter = Small::open(memory.clone(), key()).unwrap();
    assert_eq!(meter.head(), head);
    drop(meter);
    let stranger = SecretKey::from_seed(&[8; 32]);
    assert_eq!(Small::open(memory.clone(), stranger).map(drop), Err(Error::OtherKey));
    let again = Small::create(memory, key(), setup(kind(), F::from_u64(5)));
    assert_eq!(again.map(drop), Err(Error::Occupied));
}
