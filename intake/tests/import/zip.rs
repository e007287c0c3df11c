//! Writes small ZIP files.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// How a member is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Stored,
    Deflated,
    /// With CRC and lengths after the data, as programs write that cannot go back.
    Trailing,
}

pub(crate) fn zip(members: &[(&str, Way, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, way, data) in members {
        let mut crc = Crc::new();
        crc.update(data);
        let packed = match way {
            Way::Stored => data.to_vec(),
            Way::Deflated | Way::Trailing => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
        };
        let mut numbers = crc.sum().to_le_bytes().to_vec();
        numbers.extend((packed.len() as u32).to_le_bytes());
        numbers.extend((data.len() as u32).to_le_bytes());
        let (flags, method) =
            (u16::from(*way == Way::Trailing) * 8, u16::from(*way != Way::Stored) * 8);
        out.extend(b"PK\x03\x04\x14\x00");
        out.extend(flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(if *way == Way::Trailing { vec![0; 12] } else { numbers.clone() });
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(&packed);
        if *way == Way::Trailing {
            out.extend(b"PK\x07\x08");
            out.extend(numbers);
        }
    }
    // The directory is not read; its end is as in every ZIP file.
    out.extend(b"PK\x05\x06");
    out.extend([0; 18]);
    out
}
