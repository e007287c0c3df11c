//! The values of SML: a byte of type and length, or several, and what it says.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// The end of a message; also what fills up a transmission.
    End,
    /// A text; an empty one stands for a value that is not there.
    Bytes(&'a [u8]),
    Bool,
    Signed(i64),
    Unsigned(u64),
    /// So many items follow.
    List(u32),
}

pub(super) struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Items<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// None at the end of the bytes, and for what is no item.
    pub(super) fn next(&mut self) -> Option<Item<'a>> {
        let mut head = self.byte()?;
        if head == 0 {
            return Some(Item::End);
        }
        let kind = head >> 4 & 7;
        let (mut length, mut bytes) = (u32::from(head & 15), 1);
        while head & 0x80 != 0 {
            head = self.byte()?;
            length = length.checked_mul(16)? | u32::from(head & 15);
            bytes += 1;
        }
        if kind == 7 {
            return Some(Item::List(length));
        }
        let size = length.checked_sub(bytes)? as usize;
        let (value, rest) = self.rest.split_at_checked(size)?;
        self.rest = rest;
        match (kind, size) {
            (0, _) => Some(Item::Bytes(value)),
            (4, 1) => Some(Item::Bool),
            (5, 1..=8) => {
                let sign = if value[0] & 0x80 == 0 { 0 } else { -1 };
                Some(Item::Signed(value.iter().fold(sign, |n, b| n << 8 | i64::from(*b))))
            }
            (6, 1..=8) => Some(Item::Unsigned(value.iter().fold(0, |n, b| n << 8 | u64::from(*b)))),
            _ => None,
        }
    }

    /// Passes over an item with all that is in it.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.scalar().map(drop)
    }

    /// An item; of a list its head, having passed over all that is in it.
    pub(super) fn scalar(&mut self) -> Option<Item<'a>> {
        let first = self.next()?;
        let within = |item| if let Item::List(n) = item { u64::from(n) } else { 0 };
        // Every item takes a byte at least, so this ends with the bytes.
        let mut left = within(first);
        while left > 0 {
            left = left - 1 + within(self.next()?);
        }
        Some(first)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items() {
        let all = |bytes: &'static [u8]| {
            let mut items = Items::new(bytes);
            std::iter::from_fn(move || items.next()).collect::<Vec<_>>()
        };
        assert_eq!(all(b"\x01\x03ab"), [Item::Bytes(b""), Item::Bytes(b"ab")]);
        assert_eq!(all(b"\x52\xff\x53\x01\x00"), [Item::Signed(-1), Item::Signed(256)]);
        assert_eq!(
            all(b"\x62\xff\x65\x00\x00\x01\x00"),
            [Item::Unsigned(255), Item::Unsigned(256)]
        );
        assert_eq!(all(b"\x72\x42\x01\x00"), [Item::List(2), Item::Bool, Item::End]);
        // A length in two bytes counts both of them.
        assert_eq!(all(b"\x81\x02abcdefghijklmnop"), [Item::Bytes(b"abcdefghijklmnop")]);
        for cut in [
            &b"\x05ab"[..],
            b"\x81",
            b"\x50",
            b"\x42",
            b"\x6a12345678\x00",
            b"\xf8\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x0f",
        ] {
            assert_eq!(Items::new(cut).next(), None, "{cut:?}");
        }
    }

    #[test]
    fn lists_are_passed_over() {
        let mut items = Items::new(b"\x72\x71\x01\x02a\x02b");
        assert_eq!(items.skip(), Some(()));
        assert_eq!(items.next(), Some(Item::Bytes(b"b")));
        // More entries than bytes: no memory is taken for them.
        assert_eq!(Items::new(b"\xff\x8f\x8f\x8f\x8f\x0f\x01").skip(), None);
    }
}
