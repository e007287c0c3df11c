//! What a `.zkey` keeps of each contribution to it.

use super::binary::{Sections, write_number};
use super::point::{G1, G2, write_g1, write_g2};
use crate::error::Result;
use ark_bn254::{G1Affine, G2Affine};
use std::io::{self, Read, Seek, Write};

/// A contribution: delta was multiplied by a secret, of which this is the proof of knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Delta in G1 after it.
    pub delta_g1: G1Affine,
    /// A point of the contributor's choice.
    pub s: G1Affine,
    /// That point times the secret.
    pub sx: G1Affine,
    /// The point of G2 that the transcript leads to, times the secret.
    pub spx: G2Affine,
    /// BLAKE2b over all that went before, and the two points of G1.
    pub transcript: [u8; 64],
    /// Where the secret came from.
    pub source: Source,
    /// What the contributor is called; at most 255 bytes.
    pub name: Option<String>,
}

/// Where a contribution's secret came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Known to its contributor alone.
    Secret,
    /// A public random beacon: whoever knows `hash` can work it out.
    Beacon {
        /// The beacon's value, 1 to 255 bytes.
        hash: Vec<u8>,
        /// SHA-256 is applied `2^iterations` times; 10 to 63.
        iterations: u8,
    },
}

/// The section of a `.zkey` that has them.
pub(super) const CONTRIBUTIONS: u32 = 10;

/// Tags of the parameters of a contribution.
const NAME: u8 = 1;
const ITERATIONS: u8 = 2;
const BEACON: u8 = 3;

/// Most contributions to one key: more than any ceremony had.
const MAX_CONTRIBUTIONS: u32 = 1 << 16;

impl Contribution {
    fn parameters(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut counted = |tag: u8, content: &[u8]| {
            let content = &content[..content.len().min(255)];
            bytes.extend([tag, content.len() as u8]);
            bytes.extend(content);
        };
        if let Some(name) = &self.name {
            counted(NAME, name.as_bytes());
        }
        if let Source::Beacon { hash, iterations } = &self.source {
            // The number's own byte stands where the others have their length.
            counted(ITERATIONS, &[]);
            bytes.pop();
            bytes.push(*iterations);
            bytes.extend([BEACON, hash.len() as u8]);
            bytes.extend(hash);
        }
        bytes
    }

    /// Bytes that [`Contribution::write`] writes.
    pub(super) fn length(&self) -> usize {
        3 * G1 + G2 + 64 + 4 + 4 + self.parameters().len()
    }

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for point in [&self.delta_g1, &self.s, &self.sx] {
            write_g1(point, out)?;
        }
        write_g2(&self.spx, out)?;
        out.write_all(&self.transcript)?;
        write_number(out, usize::from(self.source != Source::Secret))?;
        let parameters = self.parameters();
        write_number(out, parameters.len())?;
        out.write_all(&parameters)
    }

    fn read<R: Read + Seek>(file: &mut Sections<R>) -> Result<Self> {
        let (delta_g1, s, sx) = (file.g1()?, file.g1()?, file.g1()?);
        let spx = file.g2()?;
        let mut transcript = [0; 64];
        file.bytes(&mut transcript)?;
        let beacon = match file.number()? {
            0 => false,
            1 => true,
            _ => return Err(file.malformed("has a contribution of an unknown kind")),
        };
        let length = file.number()? as usize;
        // A name, a number and a hash.
        if length > 2 * 257 + 2 {
            return Err(file.malformed("has a contribution with too many parameters"));
        }
        let mut parameters = vec![0; length];
        file.bytes(&mut parameters)?;
        let (name, iterations, hash) = read_parameters(&parameters)
            .ok_or_else(|| file.malformed("has a contribution whose parameters make no sense"))?;
        let source = match (beacon, iterations, hash) {
            (false, None, None) => Source::Secret,
            (true, Some(iterations), Some(hash)) => Source::Beacon { hash, iterations },
            _ => return Err(file.malformed("has a beacon without its value, or the reverse")),
        };
        Ok(Self { delta_g1, s, sx, spx, transcript, source, name })
    }
}

type Parameters = (Option<String>, Option<u8>, Option<Vec<u8>>);

/// Each at most once, in the order of their tags.
fn read_parameters(mut bytes: &[u8]) -> Option<Parameters> {
    let (mut name, mut iterations, mut hash) = (None, None, None);
    let mut last = 0;
    while let [tag, number, rest @ ..] = bytes {
        if *tag <= last {
            return None;
        }
        last = *tag;
        if *tag == ITERATIONS {
            iterations = Some(*number);
            bytes = rest;
            continue;
        }
        let (content, rest) = rest.split_at_checked(usize::from(*number))?;
        match *tag {
            NAME => name = Some(String::from_utf8(content.to_vec()).ok()?),
            BEACON => hash = Some(content.to_vec()),
            _ => return None,
        }
        bytes = rest;
    }
    bytes.is_empty().then_some((name, iterations, hash))
}

/// The circuit hash, and the contributions.
pub(super) fn read_contributions<R: Read + Seek>(
    file: &mut Sections<R>,
) -> Result<([u8; 64], Vec<Contribution>)> {
    let length = file.find(CONTRIBUTIONS)?;
    let mut circuit_hash = [0; 64];
    file.bytes(&mut circuit_hash)?;
    let count = file.number()?;
    if count > MAX_CONTRIBUTIONS {
        return Err(file.malformed("has too many contributions"));
    }
    let contributions = (0..count).map(|_| Contribution::read(file)).collect::<Result<Vec<_>>>()?;
    let read = 64 + 4 + contributions.iter().map(Contribution::length).sum::<usize>();
    if length != read as u64 {
        return Err(file.malformed("has contributions of another length than it says"));
    }
    Ok((circuit_hash, contributions))
}
