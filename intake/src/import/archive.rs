//! ZIP files, read front to back: one member after the other, each by its own header, nothing unpacked into memory.
//!
//! What a member unpacks to is checked against its length and CRC, and counts against the limit on bytes, over all members, so that
//! a small file cannot make much work.

use std::io::{self, BufRead, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::error::{Fault, Place, Problem, Result, clip};
use super::raw::Raw;

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// The directory that follows the members, of either size.
const ENDS: [&[u8]; 4] = [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
/// Most members.
const MEMBERS: u32 = 4096;
/// Longest name.
const NAME: usize = 1024;

/// Whether a file that begins so is a ZIP file.
pub(super) fn recognises(start: &[u8]) -> bool {
    start.starts_with(LOCAL) || start.starts_with(b"PK\x05\x06")
}

pub(super) struct Archive<'r, 'a> {
    raw: &'r mut Raw<'a>,
    members: u32,
    /// How many bytes may still be unpacked.
    room: u64,
    limit: u64,
}

struct Header {
    name: String,
    deflated: bool,
    /// Whether CRC and lengths follow the data instead.
    trails: bool,
    crc: u32,
    packed: u64,
    unpacked: u64,
}

impl<'r, 'a> Archive<'r, 'a> {
    /// `limit` is the most bytes that all members may unpack to.
    pub(super) fn new(raw: &'r mut Raw<'a>, limit: u64) -> Self {
        Self { raw, members: 0, room: limit, limit }
    }

    /// The next member, with its name. The one before must have been read to its end.
    pub(super) fn next(&mut self) -> Result<Option<(String, Member<'_, 'a>)>> {
        let start = self.raw.peek(4).map_err(|e| Fault::from_io(&e))?;
        if ENDS.contains(&start) {
            return Ok(None);
        }
        let header = self.header().map_err(|e| damaged(self.raw, e))?;
        self.members += 1;
        if self.members > MEMBERS {
            return Err(Fault::file(bad(format!("more than {MEMBERS} members"))));
        }
        let raw = &mut *self.raw;
        let body = match header.deflated {
            true => Body::Deflated(DeflateDecoder::new(raw)),
            false => Body::Stored(raw.take(header.packed)),
        };
        let (room, limit) = (&mut self.room, self.limit);
        let member = Member { body, crc: Crc::new(), header, room, limit, over: false };
        Ok(Some((member.header.name.clone(), member)))
    }

    fn header(&mut self) -> io::Result<Header> {
        let raw = &mut *self.raw;
        if raw.peek(4)? != LOCAL {
            return refuse("no member where one should begin");
        }
        let mut fixed = [0; 30];
        raw.read_exact(&mut fixed)?;
        let two = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let four = |at: usize| {
            u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let (flags, method) = (two(6), two(8));
        let (mut packed, mut unpacked) = (u64::from(four(18)), u64::from(four(22)));
        let mut name = vec![0; two(26).into()];
        raw.read_exact(&mut name)?;
        let mut extra = vec![0; two(28).into()];
        raw.read_exact(&mut extra)?;
        if packed == u64::from(u32::MAX) || unpacked == u64::from(u32::MAX) {
            (unpacked, packed) = long_lengths(&extra).unwrap_or((unpacked, packed));
        }
        if name.len() > NAME {
            return refuse("a member's name is too long");
        }
        let name = clip(&String::from_utf8_lossy(&name));
        let trails = flags & 8 != 0;
        let deflated = match method {
            _ if flags & 1 != 0 => return refuse(&format!("{name} is encrypted")),
            8 => true,
            0 if !trails => false,
            0 => return refuse(&format!("{name} does not say how long it is")),
            other => return refuse(&format!("{name} is packed by method {other}, not deflate")),
        };
        Ok(Header { name, deflated, trails, crc: four(14), packed, unpacked })
    }
}

/// One file in the archive. Its end is an error unless everything fits.
pub(super) struct Member<'r, 'a> {
    body: Body<'r, 'a>,
    crc: Crc,
    header: Header,
    room: &'r mut u64,
    limit: u64,
    over: bool,
}

enum Body<'r, 'a> {
    Stored(io::Take<&'r mut Raw<'a>>),
    Deflated(DeflateDecoder<&'r mut Raw<'a>>),
}

impl Member<'_, '_> {
    /// Reads what is left and forgets it.
    pub(super) fn skip(&mut self) -> Result<()> {
        io::copy(self, &mut io::sink()).map(drop).map_err(|e| Fault::from_io(&e))
    }

    /// Whether lengths and CRC are as the header, or what follows the data, has them.
    fn check(&mut self) -> io::Result<()> {
        let (crc, unpacked) = (self.crc.sum(), u64::from(self.crc.amount()));
        let (raw, packed) = match &mut self.body {
            Body::Stored(take) => {
                let packed = self.header.packed - take.limit();
                (&mut **take.get_mut(), packed)
            }
            Body::Deflated(decoder) => {
                let packed = decoder.total_in();
                (&mut **decoder.get_mut(), packed)
            }
        };
        // `Crc` counts modulo 2^32.
        let low = |length: u64| length & u64::from(u32::MAX);
        let fits = if self.header.trails {
            let tail = raw.peek(24)?;
            let signed = if tail.starts_with(DESCRIPTOR) { 4 } else { 0 };
            let number = |at: usize, size: usize| {
                let bytes = tail.get(signed + at..signed + at + size)?;
                Some(bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
            };
            let long = number(4, 8) == Some(packed) && number(12, 8).map(low) == Some(unpacked);
            let short =
                number(4, 4) == Some(low(packed)) && number(8, 4).map(low) == Some(unpacked);
            let fits = number(0, 4) == Some(crc.into()) && (long || short);
            raw.consume(signed + if long { 20 } else { 12 });
            fits
        } else {
            let header = &self.header;
            crc == header.crc && packed == header.packed && unpacked == low(header.unpacked)
        };
        if fits { Ok(()) } else { refuse(&format!("{} is damaged", self.header.name)) }
    }
}

impl Read for Member<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.over || out.is_empty() {
            return Ok(0);
        }
        let (read, raw) = match &mut self.body {
            Body::Stored(take) => (take.read(out), take.get_mut()),
            Body::Deflated(decoder) => (decoder.read(out), decoder.get_mut()),
        };
        let n = read.map_err(|e| damaged(raw, e).into_io())?;
        self.crc.update(&out[..n]);
        match self.room.checked_sub(n as u64) {
            Some(left) => *self.room = left,
            None => {
                return Err(Fault::file(Problem::TooLarge { limit: self.limit }).into_io());
            }
        }
        if n == 0 {
            self.over = true;
            self.check()?;
        }
        Ok(n)
    }
}

/// Unpacked and packed length from the extra field of large members.
fn long_lengths(mut extra: &[u8]) -> Option<(u64, u64)> {
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let (kind, size) =
            (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let (body, after) = rest.split_at_checked(size.into())?;
        if kind == 1 {
            let (first, rest) = body.split_first_chunk::<8>()?;
            let (second, _) = rest.split_first_chunk::<8>()?;
            return Some((u64::from_le_bytes(*first), u64::from_le_bytes(*second)));
        }
        extra = after;
    }
    None
}

fn bad(text: String) -> Problem {
    Problem::BadArchive(text)
}

fn refuse<T>(text: &str) -> io::Result<T> {
    Err(Fault::file(bad(text.to_owned())).into_io())
}

/// Our own faults as they are; what the decoder or the end of the file says, with the place.
fn damaged(raw: &Raw<'_>, error: io::Error) -> Fault {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it breaks off",
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => "its data are damaged",
        _ => return Fault::from_io(&error),
    };
    Fault::at(Place::Byte(raw.taken()), bad(text.to_owned()))
}
