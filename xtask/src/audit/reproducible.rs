//! Whether the npm package is the same, byte for byte, when it is built in another folder from copies of the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::Record;
use crate::failure::{Failure, Result, make_dir, remove_dir};
use crate::npm::npm;
use crate::place::Place;
use crate::shell::say;
use crate::{package, setup};

/// Where the other copy is built, in the build folder: of another length and depth than the workspace.
const ELSEWHERE: &str = "reproducible/a-folder/with-another/name";
/// Not copied: outputs, the packages (linked in their place) and what git keeps.
const NOT_COPIED: [&str; 4] = ["node_modules", "dist", "target", ".git"];

/// Builds twice, which takes as long as that, and compares.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    let root = place.target.join(ELSEWHERE);
    remove_dir(&root)?;
    copy(&place.root, &root)?;
    link_packages(&place.root, &root)?;
    let other = Place { target: root.join("target"), root, cache: place.cache.clone() };
    package::run(&other, &kit)?;
    let [here, there] = [place, &other].map(|place| files(&place.root.join("pkg")));
    let (here, there) = (here?, there?);
    let names: BTreeSet<_> = here.keys().chain(there.keys()).collect();
    let different: Vec<_> =
        names.iter().filter(|name| here.get(**name) != there.get(**name)).collect();
    for name in &different {
        say(format!("differs: pkg/{}", name.display()));
    }
    let wasm = different.iter().filter(|name| name.extension().is_some_and(|end| end == "wasm"));
    let records = vec![
        Record::counted("reproducible-files", names.len(), "files"),
        Record::none("reproducible-wasm", wasm.count(), "Wasm files that differ"),
        Record::none("reproducible-package", different.len(), "files that differ"),
        Record::none(
            "reproducible-pack",
            usize::from(pack(place)? != pack(&other)?),
            "archives that differ",
        ),
    ];
    remove_dir(&place.target.join("reproducible"))?;
    Ok(records)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make_dir(to)?;
    for entry in entries(from)? {
        let name = entry.file_name().unwrap_or_default().to_owned();
        if NOT_COPIED.iter().any(|other| name == *other) {
            continue;
        }
        let to = to.join(&name);
        if entry.is_dir() {
            copy(&entry, &to)?;
        } else {
            fs::copy(&entry, &to).map_err(|e| Failure::io("cannot copy", &entry, &e))?;
        }
    }
    Ok(())
}

/// The npm packages of this copy, each by a link; the project's own is for the build to link.
fn link_packages(from: &Path, to: &Path) -> Result<()> {
    let modules = to.join("node_modules");
    make_dir(&modules)?;
    for entry in entries(&from.join("node_modules"))? {
        if entry.file_name().is_some_and(|name| name != "wattproof") {
            let link = modules.join(entry.file_name().unwrap_or_default());
            symlink(&entry, &link).map_err(|e| Failure::io("cannot link", &link, &e))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(to: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

#[cfg(not(unix))]
fn symlink(_to: &Path, _link: &Path) -> std::io::Result<()> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "only on Unix"))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(folder).map_err(|e| Failure::io("cannot list", folder, &e))?;
    let path = |entry: std::io::Result<fs::DirEntry>| entry.map(|entry| entry.path());
    list.map(path)
        .collect::<std::io::Result<_>>()
        .map_err(|e| Failure::io("cannot list", folder, &e))
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(at) = open.pop() {
        for entry in entries(&at)? {
            if entry.is_dir() {
                open.push(entry);
                continue;
            }
            let bytes = fs::read(&entry).map_err(|e| Failure::io("cannot read", &entry, &e))?;
            found.insert(entry.strip_prefix(folder).unwrap_or(&entry).to_owned(), bytes);
        }
    }
    Ok(found)
}

/// The digest of the archive that `npm pack` makes.
fn pack(place: &Place) -> Result<String> {
    let said = npm(place).args(["pack", "./pkg", "--dry-run", "--json"]).ask()?;
    let said: Value = serde_json::from_str(&said)
        .map_err(|e| Failure::new(format!("what `npm pack` says is not to be read: {e}")))?;
    let digest = said[0]["integrity"].as_str();
    digest.map(ToOwned::to_owned).ok_or_else(|| Failure::new("`npm pack` names no digest"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn copies_are_compared_by_name_and_content() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir_all(one.join("deep/target")).unwrap();
        fs::create_dir_all(one.join("node_modules/x")).unwrap();
        fs::create_dir_all(one.join("node_modules/wattproof")).unwrap();
        for name in ["a", "deep/b", "deep/target/c", "node_modules/x/d"] {
            fs::write(one.join(name), name).unwrap();
        }
        copy(&one, &two).unwrap();
        let copied = files(&two).unwrap();
        let names: Vec<_> = copied.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(names, ["a", "deep/b"]);
        assert_eq!(copied[Path::new("a")], b"a");
        #[cfg(unix)]
        {
            link_packages(&one, &two).unwrap();
            assert_eq!(fs::read(two.join("node_modules/x/d")).unwrap(), b"node_modules/x/d");
            assert!(!two.join("node_modules/wattproof").exists());
        }
    }
}
