//! Licence expressions (SPDX), as far as packages have them: names, AND, OR, WITH, parentheses, and the old slash for OR.

/// What may ship: permissive licences.
const PERMITTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether what is under this licence may ship.
pub(super) fn permitted(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = &words[..];
    either(&mut words) == Some(true) && words.is_empty()
}

fn either(words: &mut &[&str]) -> Option<bool> {
    let mut permitted = both(words)?;
    while take(words, "OR") {
        permitted |= both(words)?;
    }
    Some(permitted)
}

fn both(words: &mut &[&str]) -> Option<bool> {
    let mut permitted = one(words)?;
    while take(words, "AND") {
        permitted &= one(words)?;
    }
    Some(permitted)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let permitted = either(words)?;
        return take(words, ")").then_some(permitted);
    }
    let (name, rest) = words.split_first()?;
    *words = rest;
    // An exception only permits more.
    if take(words, "WITH") {
        *words = words.split_first()?.1;
    }
    Some(PERMITTED.contains(name))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    match words.split_first() {
        Some((first, rest)) if *first == word => {
            *words = rest;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::permitted;

    #[test]
    fn expressions_are_read() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
            "(MIT OR GPL-2.0) AND Unicode-3.0",
            "GPL-3.0-only OR MIT AND ISC",
        ] {
            assert!(permitted(good), "{good}");
        }
        for bad in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT OR", "MIT MIT", "see LICENSE"]
        {
            assert!(!permitted(bad), "{bad}");
        }
    }
}
