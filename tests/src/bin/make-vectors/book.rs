//! Collects cases and writes them, numbered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Bundle, Profile, VerifyingKeyFile};
use wattproof_tests::forge::swap;
use wattproof_tests::vector::{Case, Outcome, Vectors};
use wattproof_tests::{Any, root};

/// All vectors so far.
#[derive(Default)]
pub(crate) struct Book {
    /// The vectors.
    pub(crate) vectors: Vectors,
    names: BTreeSet<String>,
    misjudged: Vec<String>,
}

impl Book {
    /// Adds a case; [`Book::save`] refuses to write if it gets another verdict than it is meant to show.
    pub(crate) fn add(&mut self, case: Case) -> Any<()> {
        let name = case.name.clone();
        let outcome = self.vectors.judge(&case)?;
        if outcome != case.expect {
            self.misjudged.push(format!("{name}: {outcome:?}, meant {:?}", case.expect));
        }
        if !self.names.insert(name.clone()) {
            return Err(format!("{name} is there twice").into());
        }
        self.vectors.cases.push(case);
        Ok(())
    }

    /// Replaces what is in tests/vectors.
    pub(crate) fn save(&self) -> Any<()> {
        let files = self.files()?;
        for part in PARTS {
            let folder = folder().join(part);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
        }
        for (path, text) in &files {
            fs::write(folder().join(path), text)?;
        }
        println!("{} cases", self.vectors.cases.len());
        Ok(())
    }

    /// Demands that tests/vectors has these files and no others.
    pub(crate) fn check(&self) -> Any<()> {
        let (ours, theirs) = (self.files()?, committed()?);
        let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        let other = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
        same(other.map(String::as_str))
    }

    /// Demands that tests/vectors has these files, whatever their numbers.
    pub(crate) fn check_few(&self) -> Any<()> {
        let all = |files: BTreeMap<String, String>| -> BTreeMap<String, String> {
            files.into_iter().map(|(path, text)| (numberless(&path), text)).collect()
        };
        let (ours, theirs) = (all(self.files()?), all(committed()?));
        same(
            ours.iter()
                .filter(|(path, text)| theirs.get(*path) != Some(text))
                .map(|(path, _)| path.as_str()),
        )
    }

    /// What is to be in tests/vectors, by path.
    fn files(&self) -> Any<BTreeMap<String, String>> {
        if !self.misjudged.is_empty() {
            return Err(self.misjudged.join("\n").into());
        }
        let mut files = BTreeMap::new();
        for (part, texts) in [("keys", &self.vectors.keys), ("profiles", &self.vectors.profiles)] {
            files.extend(texts.iter().map(|(name, text)| (format!("{part}/{name}"), text.clone())));
        }
        for (i, case) in self.vectors.cases.iter().enumerate() {
            let text = serde_json::to_string_pretty(case)? + "\n";
            files.insert(format!("cases/{:03}-{}.json", i + 1, case.name), text);
        }
        Ok(files)
    }
}

const PARTS: [&str; 3] = ["keys", "profiles", "cases"];

fn folder() -> PathBuf {
    root().join("tests/vectors")
}

/// What is in tests/vectors.
fn committed() -> Any<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for part in PARTS {
        for entry in fs::read_dir(folder().join(part))? {
            let entry = entry?;
            let path = format!("{part}/{}", entry.file_name().to_string_lossy());
            files.insert(path, fs::read_to_string(entry.path())?);
        }
    }
    Ok(files)
}

/// `cases/024-second-root.json` without its number.
fn numberless(path: &str) -> String {
    match path.strip_prefix("cases/").and_then(|name| name.split_once('-')) {
        Some((_, name)) => format!("cases/{name}"),
        None => path.to_owned(),
    }
}

fn same<'a>(other: impl Iterator<Item = &'a str>) -> Any<()> {
    let other: Vec<_> = other.collect();
    if other.is_empty() {
        return Ok(());
    }
    Err(format!("not as they are made: {}; run make-vectors", other.join(", ")).into())
}

/// A claim that verifies: what refused cases are made from.
#[derive(Clone)]
pub(crate) struct Good {
    /// Its key's name in `keys`.
    pub(crate) key: String,
    /// Its profile's name in `profiles`.
    pub(crate) profile_name: String,
    /// Its key.
    pub(crate) file: VerifyingKeyFile,
    /// Its profile.
    pub(crate) profile: Profile,
    /// The claim itself.
    pub(crate) bundle: Bundle,
}

impl Good {
    /// The verified case.
    pub(crate) fn case(&self, name: &str, why: &str) -> Case {
        Case {
            name: name.into(),
            why: why.into(),
            key: Some(self.key.clone()),
            key_text: None,
            profile: Some(self.profile_name.clone()),
            profile_text: None,
            bundle: Some(self.bundle.to_json()),
            bundle_base64: None,
            allow_dev_keys: true,
            expect: Outcome::verified(),
            without_l3: None,
        }
    }

    /// Refused with `code` for a bundle with `change` made to it.
    pub(crate) fn changed(
        &self,
        code: Code,
        name: &str,
        why: &str,
        change: impl FnOnce(&mut Bundle),
    ) -> Case {
        let mut bundle = self.bundle.clone();
        change(&mut bundle);
        self.case(name, why).bundle(bundle.to_json()).refused(code)
    }

    /// Refused with `code` for a bundle in whose text `from` is replaced once by `to`.
    pub(crate) fn swapped(
        &self,
        code: Code,
        name: &str,
        why: &str,
        from: &str,
        to: &str,
    ) -> Any<Case> {
        let text = swap(&self.bundle.to_json(), from, to).map_err(|e| format!("{name}: {e}"))?;
        Ok(self.case(name, why).bundle(text).refused(code))
    }

    /// Refused with `code` for a profile with `change` made to it.
    pub(crate) fn other_profile(
        &self,
        code: Code,
        name: &str,
        why: &str,
        change: impl FnOnce(&mut Profile),
    ) -> Case {
        self.both(code, name, why, |_, profile| change(profile))
    }

    /// Refused with `code` for bundle and profile changed alike.
    pub(crate) fn both(
        &self,
        code: Code,
        name: &str,
        why: &str,
        change: impl FnOnce(&mut Bundle, &mut Profile),
    ) -> Case {
        let (mut bundle, mut profile) = (self.bundle.clone(), self.profile.clone());
        change(&mut bundle, &mut profile);
        let case = self.case(name, why).bundle(bundle.to_json()).profile(profile.to_json());
        case.refused(code)
    }

    /// Refused with `code` for a profile in whose text `from` is replaced once by `to`.
    pub(crate) fn profile_text(
        &self,
        code: Code,
        name: &str,
        why: &str,
        from: &str,
        to: &str,
    ) -> Any<Case> {
        let text = swap(&self.profile.to_json(), from, to).map_err(|e| format!("{name}: {e}"))?;
        Ok(self.case(name, why).profile(text).refused(code))
    }
}

/// What a case differs in.
pub(crate) trait Change: Sized {
    /// This bundle.
    fn bundle(self, text: String) -> Self;
    /// These bytes, which are no text.
    fn bytes(self, bytes: &[u8]) -> Self;
    /// This profile.
    fn profile(self, text: String) -> Self;
    /// No profile: checked against the key alone.
    fn alone(self) -> Self;
    /// This key.
    fn key(self, text: String) -> Self;
    /// No development keys.
    fn strict(self) -> Self;
    /// It is refused.
    fn refused(self, code: Code) -> Self;
}

impl Change for Case {
    fn bundle(self, text: String) -> Self {
        Self { bundle: Some(text), ..self }
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        Self { bundle: None, bundle_base64: Some(STANDARD.encode(bytes)), ..self }
    }

    fn profile(self, text: String) -> Self {
        Self { profile: None, profile_text: Some(text), ..self }
    }

    fn alone(self) -> Self {
        Self { profile: None, profile_text: None, expect: Outcome::unconfirmed(), ..self }
    }

    fn key(self, text: String) -> Self {
        Self { key: None, key_text: Some(text), ..self }
    }

    fn strict(self) -> Self {
        Self { allow_dev_keys: false, ..self }
    }

    fn refused(self, code: Code) -> Self {
        Self { expect: Outcome::refused(code), ..self }
    }
}
