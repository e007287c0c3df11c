//! The transport of SML: transmissions between escape sequences, each with a checksum.

const BEGIN: [u8; 8] = [0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1];
const ESCAPE: &[u8] = &[0x1b; 4];
/// Longest transmission.
const LIMIT: usize = 64 * 1024;

/// Finds the whole transmissions of a file.
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Transmissions that break off or whose checksum does not fit: how many, and where the first begins.
    pub(super) broken: u32,
    pub(super) first_broken: Option<usize>,
}

impl<'a> Frames<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, broken: 0, first_broken: None }
    }

    /// The next transmission's place and content.
    pub(super) fn next(&mut self) -> Option<(usize, Vec<u8>)> {
        loop {
            let start = self.find(self.at)?;
            if let Some((content, end)) = self.read(start) {
                self.at = end;
                return Some((start, content));
            }
            self.broken += 1;
            self.first_broken.get_or_insert(start);
            self.at = start + BEGIN.len();
        }
    }

    fn find(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        rest.windows(BEGIN.len()).position(|window| window == BEGIN).map(|at| from + at)
    }

    /// Content and end of the transmission that begins here, if it is whole.
    fn read(&self, start: usize) -> Option<(Vec<u8>, usize)> {
        let mut content = Vec::new();
        let mut at = start + BEGIN.len();
        while content.len() <= LIMIT {
            let rest = self.bytes.get(at..)?;
            match rest.strip_prefix(ESCAPE).and_then(|after| after.first_chunk::<4>()) {
                Some([0x1b, 0x1b, 0x1b, 0x1b]) => {
                    content.extend_from_slice(ESCAPE);
                    at += 8;
                }
                Some([1, 1, 1, 1]) => return None,
                Some([0x1a, padding, low, high]) => {
                    let sum = checksum(&self.bytes[start..at + 6]);
                    let kept = content.len().checked_sub(usize::from(*padding))?;
                    content.truncate(kept);
                    let whole = *padding < 4 && sum == u16::from_le_bytes([*low, *high]);
                    return whole.then_some((content, at + 8));
                }
                // Content may end with the byte of the escape sequence.
                _ => {
                    content.push(*rest.first()?);
                    at += 1;
                }
            }
        }
        None
    }
}

/// CRC-16/X-25.
fn checksum(bytes: &[u8]) -> u16 {
    let step = |crc: u16, byte: &u8| {
        (0..8).fold(
            crc ^ u16::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(0xffff, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(content: &[u8]) -> Vec<u8> {
        let mut bytes = BEGIN.to_vec();
        bytes.extend_from_slice(content);
        let padding = (4 - content.len() % 4) % 4;
        bytes.extend(std::iter::repeat_n(0, padding));
        bytes.extend_from_slice(ESCAPE);
        bytes.extend_from_slice(&[0x1a, padding as u8]);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        assert_eq!(checksum(b"123456789"), 0x906e);
    }

    #[test]
    fn transmissions_with_noise_between() {
        let mut bytes = b"\x1b\x1bnoise".to_vec();
        bytes.extend(frame(b"abc"));
        bytes.extend(&frame(b"broken")[..18]);
        bytes.extend(frame(b"12345\x1b"));
        let mut wrong = frame(b"xyzw");
        wrong[9] ^= 1;
        bytes.extend(wrong);
        let mut frames = Frames::new(&bytes);
        assert_eq!(frames.next().map(|(_, content)| content), Some(b"abc".to_vec()));
        assert_eq!(frames.next().map(|(_, content)| content), Some(b"12345\x1b".to_vec()));
        assert_eq!(frames.next(), None);
        assert_eq!((frames.broken, frames.first_broken), (2, Some(7 + 20)));
    }

    #[test]
    fn escapes() {
        let mut bytes = BEGIN.to_vec();
        bytes.extend_from_slice(&[0x1b; 8]);
        bytes.extend_from_slice(&[0x1b, 0x1b, 0x1b, 0x1b, 0x1a, 0]);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        assert_eq!(Frames::new(&bytes).next(), Some((0, ESCAPE.to_vec())));
    }
}
