//! The scenario that firmware runs on a Cortex-M4 gives the same on this machine.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)] // what other tests use of it
mod memory;
#[path = "../firmware/src/scenario.rs"]
mod scenario;

use memory::Memory;

#[test]
fn what_firmware_must_find() {
    let mut meter = scenario::meter(Memory::new(8 << 10)).unwrap();
    for quarter in 0..96 {
        scenario::absorb(&mut meter, quarter).unwrap();
    }
    let signed = meter.attest(&scenario::claim()).unwrap();
    let found = [meter.head().to_bytes(), signed.s.to_bytes()];
    assert_eq!(found, scenario::EXPECTED);
}
