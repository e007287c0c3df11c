//! Sentences from pieces. `format!` would bring the library's whole formatting machinery to every web page.

/// A part of a sentence.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Number(u64),
    /// A number below zero, by its distance from it.
    Negative(u64),
}

/// What a sentence can be made of.
pub(crate) trait Say {
    fn piece(&self) -> Piece<'_>;
}

impl Say for str {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

impl Say for String {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

macro_rules! unsigned {
    ($($type:ty),+) => { $(
        impl Say for $type {
            fn piece(&self) -> Piece<'_> {
                Piece::Number(*self as u64)
            }
        }
    )+ };
}

unsigned!(u8, u16, u32, u64, usize);

macro_rules! signed {
    ($($type:ty),+) => { $(
        impl Say for $type {
            fn piece(&self) -> Piece<'_> {
                let distance = u64::from(self.unsigned_abs());
                if *self < 0 { Piece::Negative(distance) } else { Piece::Number(distance) }
            }
        }
    )+ };
}

signed!(i32, i64);

/// The sentence: what `pattern` says, with the pieces in the places of its zero characters.
#[inline(never)]
pub(crate) fn join(pattern: &str, pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    append(&mut text, pattern, pieces);
    text
}

/// Adds it to a text.
#[inline(never)]
pub(crate) fn append(text: &mut String, pattern: &str, pieces: &[Piece<'_>]) {
    let mut pieces = pieces.iter();
    for c in pattern.chars() {
        match if c == BLANK { pieces.next() } else { None } {
            Some(Piece::Text(piece)) => text.push_str(piece),
            Some(Piece::Number(number)) => push_number(text, *number),
            Some(Piece::Negative(distance)) => {
                text.push('-');
                push_number(text, *distance);
            }
            None => text.push(c),
        }
    }
}

/// Where a pattern has a blank; no sentence has such a character of its own.
const BLANK: char = '\0';

/// A number in decimal.
pub(crate) fn digits(number: u64) -> String {
    join("\0", &[Piece::Number(number)])
}

#[inline(never)]
fn push_number(text: &mut String, mut number: u64) {
    let start = text.len();
    loop {
        text.insert(start, char::from(b'0' + (number % 10) as u8));
        number /= 10;
        if number == 0 {
            return;
        }
    }
}

/// Pattern and pieces of a sentence. Literals make up the pattern, so that only the others are handed over one by one.
macro_rules! sentence {
    (@ [$($pattern:literal)*] [$($piece:expr,)*]) => {
        (concat!($($pattern),*), &[$($piece.piece()),*])
    };
    (@ [$($pattern:literal)*] [$($piece:expr,)*] $next:literal $(, $($rest:tt)*)?) => {
        $crate::error::sentence!(@ [$($pattern)* $next] [$($piece,)*] $($($rest)*)?)
    };
    (@ [$($pattern:literal)*] [$($piece:expr,)*] $next:expr $(, $($rest:tt)*)?) => {
        $crate::error::sentence!(@ [$($pattern)* "\0"] [$($piece,)* $next,] $($($rest)*)?)
    };
}

/// Joins strings and integers to a `String`.
macro_rules! message {
    ($($pieces:tt)+) => {{
        #[allow(unused_imports)]
        use $crate::error::Say as _;
        match $crate::error::sentence!(@ [] [] $($pieces)+) {
            (pattern, pieces) => $crate::error::join(pattern, pieces),
        }
    }};
}

/// Adds strings and integers to a `String`.
macro_rules! say {
    ($text:expr; $($pieces:tt)+) => {{
        #[allow(unused_imports)]
        use $crate::error::Say as _;
        match $crate::error::sentence!(@ [] [] $($pieces)+) {
            (pattern, pieces) => $crate::error::append($text, pattern, pieces),
        }
    }};
}

pub(crate) use {message, say, sentence};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_librarys() {
        for n in [0, 1, 9, 10, 99, 100, 1_000_000, u64::MAX] {
            assert_eq!(digits(n), n.to_string());
        }
        for n in [0, -1, 10, i64::MIN, i64::MAX] {
            assert_eq!(message!["<", n, ">"], format!("<{n}>"));
        }
        assert_eq!(message![String::from("a"), 7_u8, "b", -3_i32], "a7b-3");
    }
}
