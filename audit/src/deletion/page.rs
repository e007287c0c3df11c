//! The page.
/// The page.
pub fn page(_: &[(String, super::Deleted)]) -> String { String::new() }
