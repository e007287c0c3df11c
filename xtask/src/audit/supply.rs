//! What ships is made of: licences, sources, install scripts, known advisories, and a bill of materials (CycloneDX).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::bench::Record;
use crate::failure::{Failure, Result, read, write};
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};
use crate::{npm, npm::npm};

use super::licence::permitted;

const PAGE: &str = "docs/soundness/licences.md";
/// What leaves the project as programs: the command line, every Wasm, what runs on a meter.
const SHIPPED: [&str; 3] = ["wattproof-cli", "wattproof-sdk", "wattproof-device"];
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Tools of tests and builds that run a script when they are installed, to fetch or choose their binary. Nothing of them ships.
const SCRIPTED: [&str; 3] = ["@foundry-rs/anvil", "esbuild", "workerd"];
/// What npm runs by itself when somebody installs a package.
const INSTALL_SCRIPTS: [&str; 6] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];

/// A crate of others, or a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
    licence: String,
    /// Whether it is from the public registry.
    public: bool,
    /// SHA-256 of a crate, SHA-512 of a package, in hex.
    digest: Option<String>,
    /// `pkg:cargo` or `pkg:npm`.
    kind: &'static str,
}

impl Part {
    fn purl(&self) -> String {
        format!("pkg:{}/{}@{}", self.kind, self.name.replace('@', "%40"), self.version)
    }
}

/// The figures; writes the page of licences and `target/sbom.cdx.json`.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let crates = crates(place)?;
    let packages = packages(place)?;
    let shipped: Vec<_> = crates.iter().chain(&packages).cloned().collect();
    let refused = |refused: &dyn Fn(&Part) -> bool, what: &str| {
        let list: Vec<_> = shipped.iter().filter(|part| refused(part)).collect();
        for part in &list {
            say(format!("{} {}: {what} {}", part.name, part.version, part.licence));
        }
        list.len()
    };
    let scripts = install_scripts(place)?;
    for script in &scripts {
        say(format!("runs a script when it is installed: {script}"));
    }
    write(&place.root.join(PAGE), page(&shipped))?;
    let bill = bill(place, &shipped)?;
    write(&place.target.join("sbom.cdx.json"), format!("{bill:#}\n"))?;
    let mut records = vec![
        Record::counted("supply-crates", crates.len(), "crates"),
        Record::counted("supply-packages", packages.len(), "packages"),
        Record::none("supply-licences", refused(&|p| !permitted(&p.licence), "licence"), "parts"),
        Record::none("supply-sources", refused(&|p| !p.public, "source"), "parts"),
        Record::none("supply-install-scripts", scripts.len(), "packages"),
    ];
    match advisories(place) {
        Some(count) => records.push(Record::none("supply-npm-advisories", count, "advisories")),
        None => say("NOT LOOKED UP: `npm audit` got no answer"),
    }
    Ok(records)
}

fn metadata(place: &Place) -> Result<Value> {
    let args = ["metadata", "--locked", "--format-version", "1"];
    let text = Cmd::new(place, cargo()).args(args).ask()?;
    serde_json::from_str(&text)
        .map_err(|e| Failure::new(format!("`cargo metadata` is not to be read: {e}")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Crates of others that what ships is built of, for whatever platform.
fn crates(place: &Place) -> Result<Vec<Part>> {
    let metadata = metadata(place)?;
    let nodes: BTreeMap<_, _> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: BTreeMap<_, _> =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), package)).collect();
    let mut seen = BTreeSet::new();
    let shipped = |package: &&Value| SHIPPED.contains(&text(&package["name"]).as_str());
    let roots = packages.values().copied().filter(shipped);
    let mut open: Vec<_> = roots.map(|package| text(&package["id"])).collect();
    if open.len() != SHIPPED.len() {
        return Err(Failure::new("a crate that ships is not in the workspace"));
    }
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dep in nodes.get(&id).map_or(&[][..], |node| list(&node["deps"])) {
            // Normal dependencies: not those of tests and build scripts.
            if list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                open.push(text(&dep["pkg"]));
            }
        }
    }
    let digests = digests(&read(&place.root.join("Cargo.lock"))?);
    let others = seen.iter().filter_map(|id| packages.get(id)).filter(|p| !p["source"].is_null());
    let mut parts: Vec<_> = others
        .map(|package| {
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            Part {
                licence: text(&package["license"]),
                public: package["source"] == CRATES_IO,
                digest: digests.get(&(name.clone(), version.clone())).cloned(),
                kind: "cargo",
                name,
                version,
            }
        })
        .collect();
    parts.sort();
    Ok(parts)
}

/// Checksums by name and version.
fn digests(lock: &str) -> BTreeMap<(String, String), String> {
    let member = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter_map(|block| {
            let key = (member(block, "name")?, member(block, "version")?);
            Some((key, member(block, "checksum")?))
        })
        .collect()
}

fn lock(place: &Place) -> Result<Value> {
    serde_json::from_str(&read(&place.root.join("package-lock.json"))?)
        .map_err(|e| Failure::new(format!("package-lock.json is not to be read: {e}")))
}

/// Packages of others that are not for building and testing alone.
fn packages(place: &Place) -> Result<Vec<Part>> {
    let lock = lock(place)?;
    let entries = lock["packages"].as_object().cloned().unwrap_or_default();
    let installed = entries.iter().filter_map(|(path, entry)| {
        let (_, name) = path.rsplit_once("node_modules/")?;
        let ours = entry["link"] == true;
        let building = ["dev", "devOptional", "peer"].iter().any(|kind| entry[*kind] == true);
        (!ours && !building).then(|| Part {
            name: name.to_owned(),
            version: text(&entry["version"]),
            licence: text(&entry["license"]),
            public: entry["resolved"].as_str().is_none_or(|from| from.starts_with(npm::REGISTRY)),
            digest: None,
            kind: "npm",
        })
    });
    let mut parts: Vec<_> = installed.collect();
    parts.sort();
    parts.dedup();
    Ok(parts)
}

/// Packages that run something when they are installed: ours, and those of others beyond the known ones.
fn install_scripts(place: &Place) -> Result<Vec<String>> {
    let lock = lock(place)?;
    let mut found = Vec::new();
    for (path, entry) in lock["packages"].as_object().into_iter().flatten() {
        let name = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, name)| name);
        let known = SCRIPTED.contains(&name) && entry["dev"] == true;
        if entry["hasInstallScript"] == true && !known {
            found.push(name.to_owned());
        }
    }
    let workspaces = list(&lock["packages"][""]["workspaces"]).iter().map(text);
    for folder in workspaces.chain(["pkg".to_owned(), ".".to_owned()]) {
        let path = place.root.join(&folder).join("package.json");
        // The package is built; before that there is nothing to look at.
        let Ok(manifest) = read(&path) else { continue };
        let manifest: Value = serde_json::from_str(&manifest)
            .map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
        if INSTALL_SCRIPTS.iter().any(|name| !manifest["scripts"][*name].is_null()) {
            found.push(folder);
        }
    }
    Ok(found)
}

/// How many advisories npm knows for what is not for building and testing alone.
fn advisories(place: &Place) -> Option<usize> {
    let done = npm(place)
        .args(["audit", "--omit=dev", "--json", "--audit=true"])
        .limit(std::time::Duration::from_secs(60))
        .attempt(place, "Asking npm for advisories")
        .ok()?;
    let answer: Value = serde_json::from_str(&done.lines.join("\n")).ok()?;
    usize::try_from(answer["metadata"]["vulnerabilities"]["total"].as_u64()?).ok()
}

fn bill(place: &Place, parts: &[Part]) -> Result<Value> {
    let metadata = metadata(place)?;
    let version = list(&metadata["packages"])
        .iter()
        .find(|package| package["name"] == SHIPPED[0])
        .map(|package| text(&package["version"]))
        .unwrap_or_default();
    let components: Vec<_> = parts
        .iter()
        .map(|part| {
            let mut component = json!({
                "type": "library",
                "bom-ref": part.purl(),
                "name": part.name,
                "version": part.version,
                "purl": part.purl(),
                "licenses": [{ "expression": part.licence.replace('/', " OR ") }],
            });
            if let Some(digest) = &part.digest {
                component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
            }
            component
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application", "bom-ref": "wattproof", "name": "wattproof", "version": version,
        } },
        "components": components,
        "dependencies": [{
            "ref": "wattproof",
            "dependsOn": parts.iter().map(Part::purl).collect::<Vec<_>>(),
        }],
    }))
}

fn page(parts: &[Part]) -> String {
    let mut page = String::from(HEAD);
    for part in parts {
        let of = if part.kind == "cargo" { "Rust" } else { "npm" };
        page += &format!("| {} | {} | {of} | {} |\n", part.name, part.version, part.licence);
    }
    page
}

const HEAD: &str = "\
# What ships is made of

Made by `cargo xtask audit`, which also writes a bill of materials to `target/sbom.cdx.json` (CycloneDX). What others wrote of what leaves the project: the command
line, every Wasm, what runs on a meter, on whatever platform; packages that only build or test are left out. The npm package has no dependencies. The
command refuses licences that are not permissive, sources other than the public registries, and packages that run a script when they are
installed, three tools of tests aside.

| name | version | of | licence |
| --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;

    /// Licences, sources and scripts are those of the page, without the network.
    #[test]
    fn what_ships_may_ship() {
        let place = Place::find().unwrap_or_else(|failure| panic!("{failure}"));
        let crates = crates(&place).unwrap_or_else(|failure| panic!("{failure}"));
        let packages = packages(&place).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(crates.len() > 100, "{}", crates.len());
        let parts: Vec<_> = crates.into_iter().chain(packages).collect();
        for part in &parts {
            assert!(permitted(&part.licence), "{part:?}");
            assert!(part.public, "{part:?}");
            assert_eq!(part.kind == "cargo", part.digest.is_some(), "{part:?}");
        }
        let scripts = install_scripts(&place).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(scripts, Vec::<String>::new());
        let there = read(&place.root.join(PAGE)).unwrap_or_default();
        assert!(there == page(&parts), "{PAGE} is of other packages: run `cargo xtask audit`");
    }
}
