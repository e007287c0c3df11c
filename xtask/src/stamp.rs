//! Stamps: a short mark of all inputs of a step, so that an unchanged step is skipped.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result, write};
use crate::place::Place;

/// Folders that are outputs or other people's code wherever they occur.
const NOT_INPUT: [&str; 4] = ["node_modules", "dist", "target", ".git"];

/// Gathers inputs into a stamp. It guards against forgetting a rebuild, not against an attacker, so
/// a 64-bit hash is enough; a new Rust release may change it, which costs one rebuild.
#[derive(Default)]
pub(crate) struct Stamp(DefaultHasher);

impl Stamp {
    /// Adds a named value.
    pub(crate) fn value(mut self, name: &str, value: &str) -> Self {
        self.field(name.as_bytes());
        self.field(value.as_bytes());
        self
    }

    /// Adds a file, or every file of a folder with its name, in a fixed order. What does not exist
    /// counts too: a file that appears later changes the stamp.
    pub(crate) fn path(mut self, root: &Path, relative: &str) -> Result<Self> {
        let mut files = Vec::new();
        collect(&root.join(relative), &mut files)?;
        files.sort();
        self.field(relative.as_bytes());
        for file in &files {
            let name = file.strip_prefix(root).unwrap_or(file);
            self.field(name.to_string_lossy().replace('\\', "/").as_bytes());
            self.field(&fs::read(file).map_err(|e| Failure::io("cannot read", file, &e))?);
        }
        Ok(self)
    }

    pub(crate) fn finish(self) -> String {
        format!("{:016x}", self.0.finish())
    }

    // Length first, so that two fields cannot be read as one.
    fn field(&mut self, bytes: &[u8]) {
        self.0.write_u64(bytes.len() as u64);
        self.0.write(bytes);
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|e| Failure::io("cannot list", path, &e))? {
        let entry = entry.map_err(|e| Failure::io("cannot list", path, &e))?;
        if !NOT_INPUT.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// What the form of key files follows from.
pub(crate) fn of_key_files(place: &Place) -> Result<String> {
    let stamp = Stamp::default().path(&place.root, "circuits/src/groth16")?;
    Ok(stamp.path(&place.root, "circuits/src/setup/hazmat.rs")?.finish())
}

/// Whether the file holds exactly this stamp.
pub(crate) fn holds(file: &Path, stamp: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.trim() == stamp)
}

/// Leaves a stamp.
pub(crate) fn leave(file: &Path, stamp: &str) -> Result<()> {
    write(file, format!("{stamp}\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(root: &Path) -> String {
        Stamp::default().path(root, "src").unwrap().finish()
    }

    #[test]
    fn changes_with_content_name_and_presence_only() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let absent = of(root);
        fs::create_dir_all(root.join("src/deep")).unwrap();
        assert_eq!(of(root), absent, "an empty folder holds no input");
        fs::write(root.join("src/deep/a.rs"), "one").unwrap();
        let one = of(root);
        assert_ne!(one, absent);
        assert_eq!(of(root), one);
        fs::write(root.join("src/deep/a.rs"), "two").unwrap();
        assert_ne!(of(root), one);
        fs::write(root.join("src/deep/a.rs"), "one").unwrap();
        assert_eq!(of(root), one, "time of writing does not count");
        fs::rename(root.join("src/deep/a.rs"), root.join("src/deep/b.rs")).unwrap();
        assert_ne!(of(root), one);
    }

    #[test]
    fn outputs_inside_a_folder_do_not_count() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("src/node_modules/x")).unwrap();
        let before = of(dir.path());
        fs::write(dir.path().join("src/node_modules/x/index.js"), "1").unwrap();
        assert_eq!(of(dir.path()), before);
    }

    #[test]
    fn neighbouring_fields_do_not_run_together() {
        let one = Stamp::default().value("a", "bc").finish();
        let other = Stamp::default().value("ab", "c").finish();
        assert_ne!(one, other);
    }

    #[test]
    fn left_stamps_are_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("deep/stamp");
        assert!(!holds(&file, "12"));
        leave(&file, "12").unwrap();
        assert!(holds(&file, "12") && !holds(&file, "1"));
    }
}
