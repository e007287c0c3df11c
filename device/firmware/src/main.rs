//! Runs the device crate on a Cortex-M4, and says over semihosting what it took. `cargo xtask device-size` builds and runs it.

#![no_std]
#![no_main]

mod scenario;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use panic_halt as _;
use wattproof_device::{Bank, Storage, StorageFault};

const BANK: usize = 8 << 10;

/// Two banks of flash, here in memory that a device need not have.
struct Flash {
    banks: &'static mut [[u8; BANK]; 2],
    written: [usize; 2],
}

impl Storage for Flash {
    fn read(&mut self, bank: Bank, offset: usize, buffer: &mut [u8]) -> Result<usize, StorageFault> {
        let held = self.banks[bank as usize].get(offset..self.written[bank as usize]).unwrap_or_default();
        let n = held.len().min(buffer.len());
        buffer[..n].copy_from_slice(&held[..n]);
        Ok(n)
    }

    fn append(&mut self, bank: Bank, bytes: &[u8]) -> Result<(), StorageFault> {
        let written = &mut self.written[bank as usize];
        let place = self.banks[bank as usize].get_mut(*written..*written + bytes.len());
        place.ok_or(StorageFault)?.copy_from_slice(bytes);
        *written += bytes.len();
        Ok(())
    }

    fn erase(&mut self, bank: Bank) -> Result<(), StorageFault> {
        self.written[bank as usize] = 0;
        Ok(())
    }

    fn capacity(&self) -> usize {
        BANK
    }
}

/// Ticks of the 24-bit counter that `work` takes.
fn timed<T>(clock: &mut SYST, work: impl FnOnce() -> T) -> (T, u32) {
    clock.clear_current();
    let made = work();
    (made, 0x00ff_ffff - SYST::get_current())
}

fn run(clock: &mut SYST, banks: &'static mut [[u8; BANK]; 2]) -> Result<bool, wattproof_device::Error> {
    let (meter, create) = timed(clock, || scenario::meter(Flash { banks, written: [0; 2] }));
    let mut meter = meter?;
    let (done, absorb) = timed(clock, || scenario::absorb(&mut meter, 0));
    done?;
    for quarter in 1..95 {
        scenario::absorb(&mut meter, quarter)?;
    }
    let (done, block) = timed(clock, || scenario::absorb(&mut meter, 95));
    done?;
    let (signed, sign) = timed(clock, || meter.attest(&scenario::claim()));
    let found = [meter.head().to_bytes(), signed?.s.to_bytes()];
    hprintln!("meter-bytes {}", size_of_val(&meter));
    hprintln!("ticks create {} absorb {} block {} sign {}", create, absorb, block, sign);
    Ok(found == scenario::EXPECTED)
}

#[entry]
fn main() -> ! {
    let banks = cortex_m::singleton!(: [[u8; BANK]; 2] = [[0; BANK]; 2]);
    let peripherals = cortex_m::Peripherals::take();
    if let (Some(banks), Some(mut peripherals)) = (banks, peripherals) {
        let clock = &mut peripherals.SYST;
        clock.set_clock_source(SystClkSource::Core);
        clock.set_reload(0x00ff_ffff);
        clock.enable_counter();
        match run(clock, banks) {
            Ok(true) => debug::exit(debug::EXIT_SUCCESS),
            Ok(false) => hprintln!("another head or signature than on other machines"),
            Err(error) => hprintln!("{}", error),
        }
    }
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}
