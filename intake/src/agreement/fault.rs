//! What is wrong with an agreement, where, and what to do about it.

use std::fmt;

use wattproof_circuits::error::Code;

/// A refusal with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementError {
    /// Stable code: `malformed`, `unknown-version`, `too-large`, `bad-policy` or `period-off-calendar`.
    pub code: Code,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Where in the document: `conditions[1].max`; empty for the whole.
    pub path: String,
    /// What is wrong, without the place.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for AgreementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for AgreementError {}

/// A refusal that knows the byte it is about, but not yet the line.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) at: usize,
    pub(super) path: String,
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Fault {
    /// The refusal in terms of the file's text.
    pub(super) fn locate(self, text: &str) -> AgreementError {
        let at = (0..=self.at.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
        let before = &text[..at.unwrap_or(0)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let Self { code, path, what, remedy, .. } = self;
        AgreementError { code, line, column, path, what, remedy }
    }
}

pub(super) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A stranger's word, short and printable, in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    let mut word: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 {
        word.push('…');
    }
    format!("\"{word}\"")
}

/// The known word that was most likely meant, if any is near.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    // Wrong capitals are nearest of all, then letters that changed places.
    let apart = |k: &str| match distance(&word.to_lowercase(), &k.to_lowercase()) {
        edits if edits > 1 && letters(word) == letters(k) => 1,
        edits => edits,
    };
    let (edits, near) = known.into_iter().map(|k| (apart(k), k)).min()?;
    let most = (near.len().max(word.len()) / 3).max(1);
    (edits <= most).then_some(near)
}

/// Edits (insertions, deletions, substitutions) that make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// What can be said instead of an unknown word.
pub(super) fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("Did you mean \"{near}\"? Known: {}.", known.join(", ")),
        None => format!("Known: {}.", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let known = ["completeness", "volume", "limit"];
        assert_eq!(nearest("volumne", known), Some("volume"));
        assert_eq!(nearest("completness", known), Some("completeness"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest("kwh", ["Wh", "kWh", "k"]), Some("kWh"));
        assert_eq!(nearest("mno", ["mon", "sun"]), Some("mon"));
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
