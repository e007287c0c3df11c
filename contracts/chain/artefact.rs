//! Compiled contracts.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use alloy_json_abi::JsonAbi;
use revm::primitives::{Bytes, hex};
use serde_json::Value;

/// Where the campaign of mutants works: `out/` in there are contracts that it compiled itself, in place of ours.
const CAMPAIGN: &str = "WATTPROOF_CONTRACTS_CAMPAIGN";
/// A file with a mutant of what is generated: a JSON array of the text that is there once, and what is there instead.
const MUTANT: &str = "WATTPROOF_CONTRACTS_MUTANT";

/// A compiled contract: its interface and the code that deploys it.
#[derive(Clone, Debug)]
pub struct Artefact {
    /// Its name in Solidity.
    pub name: String,
    /// Functions, events and errors.
    pub abi: JsonAbi,
    /// What is sent to deploy it, before the constructor's arguments; empty for an interface.
    pub bytecode: Bytes,
    /// What lies on the chain then, before the constructor fills in immutable values.
    pub deployed: Bytes,
}

impl Artefact {
    /// A contract of `contracts/src` or `contracts/test`. They are compiled when they changed.
    ///
    /// # Panics
    /// If the contracts do not compile, or none has that name.
    pub fn named(name: &str) -> Self {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        let out = BUILT.get_or_init(|| {
            if let Some(out) = campaign().map(|folder| folder.join("out")) {
                return out;
            }
            build(&[]);
            home().join("out")
        });
        Self::read(out, name)
    }

    /// Contracts of generated sources, by their names; all compiled in one go. `room` names a folder for them under `target/`, one
    /// for each test.
    ///
    /// # Panics
    /// If they do not compile, or do not have these contracts.
    pub fn of_sources(room: &str, sources: &[String], names: &[&str]) -> Vec<Self> {
        let rooms = campaign().unwrap_or_else(|| home().join("../target/contracts"));
        let room = rooms.join(room);
        let (folder, out) = (room.join("src"), room.join("out"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for sources");
        let mutant = mutant();
        for (i, source) in sources.iter().enumerate() {
            let mutated = mutant.as_ref().map(|[from, to]| source.replacen(from, to, 1));
            let source = mutated.as_ref().unwrap_or(source);
            fs::write(folder.join(format!("{i}.sol")), source).expect("a source written");
        }
        build(&[&folder, &out]);
        names.iter().map(|name| Self::read(&out, name)).collect()
    }

    fn read(out: &Path, name: &str) -> Self {
        let path = out.join(format!("{name}.json"));
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("no contract {name}, {}: {e}", path.display()));
        let json: Value = serde_json::from_str(&text).expect("an artefact in JSON");
        let code = |member: &str| {
            let code = json[member].as_str().expect("code in an artefact");
            hex::decode(code).expect("code in hex").into()
        };
        Self {
            name: name.to_owned(),
            abi: serde_json::from_value(json["abi"].clone()).expect("an ABI"),
            bytecode: code("bytecode"),
            deployed: code("deployedBytecode"),
        }
    }
}

/// The folder in which a campaign runs the tests, if one does.
pub(crate) fn campaign() -> Option<PathBuf> {
    env::var_os(CAMPAIGN).map(PathBuf::from)
}

fn mutant() -> Option<[String; 2]> {
    let text = fs::read_to_string(env::var_os(MUTANT)?).expect("the mutant");
    Some(serde_json::from_str(&text).expect("what is there, and what instead"))
}

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the compiler; two test programs that want the same do not disturb each other.
fn build(args: &[&Path]) {
    let target = home().join("../target/contracts");
    fs::create_dir_all(&target).expect("a folder for the lock");
    let lock = File::create(target.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let done = Command::new("node").arg(home().join("build.js")).args(args).output();
    let done = done.expect("node, which `cargo xtask setup` asks for");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "the contracts do not compile:\n{said}");
}
