//! What must hold for any bytes, for meter files: the fuzz targets call these functions, and so do the property tests of `intake`, which
//! include this file.
//!
//! A parser never panics, refuses with a place or a reason, keeps to its limits, and what it takes can be written and read again.

use wattproof_intake::import::{Format, Limits, Options, ReadingsFile, import, parse_zone};

/// Small, so that what is kept of an input would show as a refusal and not as memory.
pub const LIMITS: Limits = Limits { bytes: 1 << 20, intervals: 4096 };

/// AEMO's market files.
pub fn nem12(bytes: &[u8]) {
    as_format(bytes, Some(Format::Nem12));
}

/// ESPI XML.
pub fn green_button(bytes: &[u8]) {
    as_format(bytes, Some(Format::GreenButton));
}

/// Tables.
pub fn csv(bytes: &[u8]) {
    as_format(bytes, Some(Format::Csv));
}

/// Signed records of charging stations.
pub fn ocmf(bytes: &[u8]) {
    as_format(bytes, Some(Format::Ocmf));
}

/// Telegrams of P1 ports: as they are, and with checksums that fit, as nothing else is read on.
pub fn dsmr(bytes: &[u8]) {
    as_format(bytes, Some(Format::Dsmr));
    as_format(&telegrams(bytes), Some(Format::Dsmr));
}

/// The lines with the right checksum after each `!`.
pub fn telegrams(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut open) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"/") {
            open = out.len();
        }
        if line.starts_with(b"!") {
            out.push(b'!');
            let sum = crc16(0, 0xa001, &out[open..]);
            out.extend(format!("{sum:04X}").bytes());
        } else {
            out.extend(line);
        }
        out.extend(b"\r\n");
    }
    out
}

/// Transmissions of German meters: as they are, and with checksums that fit, as nothing else is read on.
pub fn sml(bytes: &[u8]) {
    as_format(bytes, Some(Format::Sml));
    as_format(&transmissions(bytes.to_vec()), Some(Format::Sml));
}

/// The bytes with the right checksum at each end of a transmission.
pub fn transmissions(mut bytes: Vec<u8>) -> Vec<u8> {
    const BEGIN: [u8; 8] = [0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1];
    let mut begin = 0;
    for at in 0..bytes.len().saturating_sub(7) {
        if bytes[at..].starts_with(&BEGIN) {
            begin = at;
        } else if bytes[at..].starts_with(&[0x1b, 0x1b, 0x1b, 0x1b, 0x1a]) {
            let sum = !crc16(0xffff, 0x8408, &bytes[begin..at + 6]);
            bytes[at + 6..at + 8].copy_from_slice(&sum.to_le_bytes());
        }
    }
    bytes
}

fn crc16(start: u16, polynomial: u16, bytes: &[u8]) -> u16 {
    let shift = |crc: u16| crc >> 1 ^ if crc & 1 == 1 { polynomial } else { 0 };
    bytes.iter().fold(start, |crc, &byte| (0..8).fold(crc ^ u16::from(byte), |crc, _| shift(crc)))
}

/// Objects of home energy systems.
pub fn json(bytes: &[u8]) {
    as_format(bytes, Some(Format::Json));
}

/// Anything at all, told by its first bytes; and the same after the head of a member of a ZIP file.
pub fn archive(bytes: &[u8]) {
    as_format(bytes, None);
    for (name, method) in [("a.xml", 0u8), ("a.csv", 8)] {
        let mut zipped = b"PK\x03\x04\x14\0\x08\0".to_vec();
        // Lengths follow the data if it is deflated, as only its own end can tell.
        zipped[6] = method;
        zipped.extend([method, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let length = (bytes.len() as u32).to_le_bytes();
        zipped.extend(length.iter().chain(&length));
        zipped.extend([name.len() as u8, 0, 0, 0]);
        zipped.extend(name.as_bytes());
        zipped.extend(bytes);
        as_format(&zipped, None);
    }
}

/// Files of readings, as the command line and the browser take them.
pub fn readings(bytes: &[u8]) {
    match ReadingsFile::from_json(bytes, LIMITS) {
        Ok(file) => again(&file),
        Err(error) => words(&error.to_string()),
    }
}

fn as_format(bytes: &[u8], format: Option<Format>) {
    for series in [None, Some("NMI0000001/E1".to_owned())] {
        let sml_epoch = Some(1_700_000_000);
        let mut options =
            Options { format, limits: LIMITS, series, sml_epoch, ..Options::default() };
        options.csv.zone = parse_zone("Australia/Sydney").ok();
        match import("file", bytes, &options, &mut |_| {}) {
            Ok(imported) => {
                let made: usize = imported.series.iter().map(|s| s.readings.len()).sum();
                assert!(made > 0 && made <= LIMITS.intervals as usize);
                assert_eq!(imported.source.bytes, bytes.len() as u64);
                again(&ReadingsFile::from(imported));
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with("file") && text.ends_with(error.remedy()), "{text}");
                words(&text);
            }
        }
    }
}

/// What a refusal quotes of the file is short and cannot move a cursor.
fn words(text: &str) {
    assert!(text.len() < 4096 && !text.contains(char::is_control), "{text:?}");
}

fn again(file: &ReadingsFile) {
    let Ok(text) = file.to_json() else { panic!("readings that cannot be written") };
    match ReadingsFile::from_json(text.as_bytes(), Limits::default()) {
        Ok(read) => assert_eq!(&read, file),
        Err(error) => panic!("what was written is refused: {error}"),
    }
}
