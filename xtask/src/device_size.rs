//! `cargo xtask device-size`: firmware for a Cortex-M4, what it takes, and that it computes what other machines compute.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::place::{Place, cargo, on_path};
use crate::shell::{Cmd, say};

const TARGET: &str = "thumbv7em-none-eabihf";
/// The board's RAM for a stack, which begins here; below it there is nothing.
const STACK: (u32, u32) = (0x2000_0000, 0x1_0000);
/// Longer than any run takes that comes to its end.
const LIMIT: Duration = Duration::from_secs(3);
/// Instructions in a tick of the board's clock: QEMU counts a nanosecond for each, the clock has 25 MHz.
const INSTRUCTIONS: u64 = 40;

/// Builds the firmware, and runs it where QEMU is.
pub(crate) fn run(place: &Place) -> Result<()> {
    let folder = place.target.join("firmware");
    // The library is built along: rustup need not have the target, only the library's source.
    Cmd::new(place, cargo())
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            TARGET,
            "-Zbuild-std=core",
            "--manifest-path",
        ])
        .args([place.root.join("device/firmware/Cargo.toml")])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &folder)
        .run(place, "Building firmware")
        .map_err(|e| e.remedy("`rustup component add rust-src` brings the library's source"))?;
    let path = folder.join(TARGET).join("release/wattproof-firmware");
    let elf = Elf::read(&path)?;
    let [text, rodata, data, bss] = [".text", ".rodata", ".data", ".bss"].map(|s| elf.size(s));
    let vectors = elf.size(".vector_table");
    say(format!(
        "flash {} bytes: code {text}, tables and words {rodata}, vectors {vectors}",
        text + rodata + vectors + data
    ));
    say(format!(
        "static RAM {} bytes, all but a few of it the two banks that stand for flash",
        data + bss
    ));
    let Some(qemu) = on_path("qemu-system-arm") else {
        say("no qemu-system-arm on PATH: not run");
        return Ok(());
    };
    let patched = folder.join("firmware-with-a-stack");
    let board = |stack: u32| -> Option<String> {
        std::fs::write(&patched, elf.with_stack(STACK.0 + stack)?).ok()?;
        let mut command = Command::new(&qemu);
        command
            .args(["-M", "mps2-an386", "-icount", "shift=0", "-nographic"])
            .args(["-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"]);
        ended(command.arg(&patched))
    };
    let said = board(STACK.1).ok_or_else(|| {
        Failure::new("the firmware found another head or signature than other machines, or stopped")
    })?;
    for line in said.lines() {
        match line.strip_prefix("ticks ") {
            Some(ticks) => say(format!("instructions: {}", instructions(ticks))),
            None => say(line),
        }
    }
    // The least stack that the firmware does not fall off: then it stops with a fault.
    let (mut too_small, mut enough) = (0, STACK.1);
    while enough - too_small > 64 {
        let middle = (too_small + enough) / 2 / 8 * 8;
        match board(middle) {
            Some(_) => enough = middle,
            None => too_small = middle,
        }
    }
    say(format!("stack {enough} bytes at most, the meter itself among them"));
    Ok(())
}

/// What a program says on its way to success. One that fell off its stack never ends by itself.
fn ended(command: &mut Command) -> Option<String> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if started.elapsed() < LIMIT => sleep(Duration::from_millis(20)),
            None => {
                // It may have ended by itself in this moment.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    let mut said = String::new();
    child.stdout.take()?.read_to_string(&mut said).ok()?;
    status.success().then_some(said)
}

/// "create 3 block 5": instructions in place of ticks.
fn instructions(ticks: &str) -> String {
    let word = |word: &str| match word.parse::<u64>() {
        Ok(ticks) => (ticks * INSTRUCTIONS).to_string(),
        Err(_) => word.to_owned(),
    };
    ticks.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// A little-endian ELF file of 32 bits: just its sections.
struct Elf {
    bytes: Vec<u8>,
    /// Name, place in the file, size.
    sections: Vec<(String, usize, usize)>,
}

impl Elf {
    fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
        let sections = sections(&bytes)
            .ok_or_else(|| Failure::new(format!("{} is no ELF file", path.display())))?;
        Ok(Self { bytes, sections })
    }

    fn size(&self, name: &str) -> usize {
        self.sections.iter().find(|(n, ..)| n == name).map_or(0, |(.., size)| *size)
    }

    /// The same with another initial stack pointer, the first word of the vector table.
    fn with_stack(&self, top: u32) -> Option<Vec<u8>> {
        let (_, at, _) = self.sections.iter().find(|(n, ..)| n == ".vector_table")?;
        let mut bytes = self.bytes.clone();
        bytes.get_mut(*at..at + 4)?.copy_from_slice(&top.to_le_bytes());
        Some(bytes)
    }
}

fn sections(bytes: &[u8]) -> Option<Vec<(String, usize, usize)>> {
    let word =
        |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let half =
        |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    if !bytes.starts_with(b"\x7fELF\x01\x01") {
        return None;
    }
    let (table, each, count, names) = (word(32)?, half(46)?, half(48)?, half(50)?);
    let names = word(table + names * each + 16)?;
    let section = |i: usize| {
        let at = table + i * each;
        let name = bytes.get(names + word(at)?..)?;
        let name = String::from_utf8_lossy(name.split(|b| *b == 0).next()?).into_owned();
        Some((name, word(at + 16)?, word(at + 20)?))
    };
    (0..count).map(section).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_instructions() {
        assert_eq!(instructions("create 3 block 10"), "create 120 block 400");
    }

    #[test]
    fn what_is_no_firmware_is_told() {
        assert!(sections(b"").is_none() && sections(b"\x7fELF\x01\x01").is_none());
        assert!(sections(&[0; 100]).is_none());
    }
}
