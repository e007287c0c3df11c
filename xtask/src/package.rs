//! `cargo xtask package`: the npm package in pkg/. Rust becomes Wasm and its glue by wasm-pack, is
//! made smaller by wasm-opt, and the TypeScript build lays the rest around it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::{Failure, Result, make_dir, read, remove_dir};
use crate::npm;
use crate::place::Place;
use crate::setup::Kit;
use crate::shell::{Cmd, say};
use crate::stamp::{self, Stamp};
use crate::tools;
use crate::wasm_target::NO_DEBUG;

/// One Wasm file of the package: the crate `sdk` with some of its features.
struct Build {
    /// Of the file, and of the glue beside it unless `twin` is named.
    name: &'static str,
    /// Another build with the very same glue, made for engines that have less.
    twin: Option<&'static str>,
    /// What engines must have beside the compiler's defaults, as the compiler names it.
    target_features: &'static [&'static str],
    features: &'static [&'static str],
    /// A profile in Cargo.toml.
    profile: &'static str,
    /// Whether time counts more than size.
    fast: bool,
    /// Whether words are made by way of `Debug`, by libraries at least; it takes room.
    debug: bool,
    /// How hard wasm-opt tries, and for what.
    level: &'static [&'static str],
}

/// What visitors load to verify comes first; what proves or imports is loaded only by pages that do.
const BUILDS: [Build; 5] = [
    Build {
        name: "wattproof_wasm",
        twin: None,
        target_features: &[],
        features: &[],
        profile: "wasm-release",
        fast: false,
        debug: false,
        // Larger than by `-Oz` as it is, and smaller by brotli.
        level: &["-O3", "--reorder-functions", "--reorder-locals"],
    },
    Build {
        name: "wattproof_l3",
        twin: None,
        target_features: &[],
        features: &["l3"],
        profile: "wasm-release",
        fast: false,
        debug: false,
        level: &["-O3", "--reorder-functions", "--reorder-locals"],
    },
    Build {
        name: "wattproof_meter",
        twin: None,
        target_features: &[],
        features: &["meter"],
        profile: "wasm-release",
        fast: false,
        debug: true,
        level: &["-Oz"],
    },
    Build {
        name: "wattproof_prove",
        twin: None,
        target_features: &[],
        features: &["prove", "aggregate", "ceremony"],
        profile: "wasm-prove",
        fast: true,
        debug: true,
        level: &["-O3"],
    },
    Build {
        name: "wattproof_prove_fused",
        twin: Some("wattproof_prove"),
        target_features: &["simd128", "relaxed-simd"],
        features: &["prove", "aggregate", "ceremony"],
        profile: "wasm-prove",
        fast: true,
        debug: true,
        level: &["-O3", "--enable-simd", "--enable-relaxed-simd"],
    },
];

impl Build {
    /// What wasm-pack calls it: the glue names its file.
    fn out_name(&self) -> &'static str {
        self.twin.unwrap_or(self.name)
    }

    /// What wasm-pack leaves; first the Wasm.
    fn files(&self) -> [String; 4] {
        ["_bg.wasm", "_bg.wasm.d.ts", ".js", ".d.ts"].map(|end| format!("{}{end}", self.out_name()))
    }

    fn wasm_opt_args(&self) -> Vec<&'static str> {
        self.level.iter().copied().chain(WASM_OPT_ARGS).collect()
    }
}

const WASM_OPT: &str = "node_modules/binaryen/bin/wasm-opt";
/// What the compiler emits for Wasm by default; named, as the section that lists them is dropped.
const WASM_OPT_ARGS: [&str; 9] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// What a browser downloads to verify, in bytes.
pub(crate) struct Size {
    pub(crate) wasm: u64,
    pub(crate) raw: u64,
    pub(crate) brotli: u64,
}

/// Builds pkg/, or finds it built from the same inputs.
pub(crate) fn run(place: &Place, kit: &Kit) -> Result<()> {
    let made = BUILDS.iter().map(|build| wasm(place, kit, build)).collect::<Result<Vec<_>>>()?;
    let pkg = place.root.join("pkg");
    let mark = place.work().join("package-stamp");
    // The stamp covers the result too: a pkg/ that someone changed is built again.
    let stamp = || -> Result<String> {
        let stamps: Vec<&str> = made.iter().map(|(_, stamp)| stamp.as_str()).collect();
        let mut stamp =
            Stamp::default().value("wasm", &stamps.join(" ")).path(&place.root, "pkg")?;
        for input in ["sdk/js", "package.json", "package-lock.json", "README.md", "schemas"] {
            stamp = stamp.path(&place.root, input)?;
        }
        for licence in ["LICENSE-MIT", "LICENSE-APACHE", "LICENSE"] {
            stamp = stamp.path(&place.root, licence)?;
        }
        Ok(stamp.finish())
    };
    if stamp::holds(&mark, &stamp()?) {
        say("package: pkg/ is up to date");
        return Ok(());
    }
    clear(&pkg)?;
    for (build, (wasm, _)) in BUILDS.iter().zip(&made) {
        for file in build.files() {
            if build.twin.is_none() {
                copy(&wasm.join(&file), &pkg.join(&file))?;
            } else if file.ends_with(".wasm") {
                copy(&wasm.join(&file), &pkg.join(format!("{}_bg.wasm", build.name)))?;
            } else {
                same(&wasm.join(&file), &pkg.join(&file))?;
            }
        }
    }
    npm::script(place, "sdk/js", "build").run(place, "Building the TypeScript")?;
    stamp::leave(&mark, &stamp()?)?;
    let Size { wasm, raw, brotli } = size(place)?;
    say(format!(
        "package: pkg/ is built; a browser loads {} KB ({} KB of it Wasm), {} KB by brotli",
        kilo(raw),
        kilo(wasm),
        kilo(brotli)
    ));
    Ok(())
}

/// Measures pkg/.
pub(crate) fn size(place: &Place) -> Result<Size> {
    let script = include_str!("size.mjs");
    let said = Cmd::new(place, "node")
        .args(["--input-type=module", "--eval", script, "--"])
        .args([place.root.join("pkg")])
        .ask()?;
    let said: Value = serde_json::from_str(&said)
        .map_err(|e| Failure::new(format!("the size of pkg/ is not to be read: {e}")))?;
    let bytes = |name: &str| {
        said.get(name)
            .and_then(Value::as_u64)
            .ok_or_else(|| Failure::new(format!("the size of pkg/ lacks `{name}`")))
    };
    Ok(Size { wasm: bytes("wasm")?, raw: bytes("raw")?, brotli: bytes("brotli")? })
}

/// A Wasm file and its glue: their folder, and the stamp of what they were made from.
fn wasm(place: &Place, kit: &Kit, build: &Build) -> Result<(PathBuf, String)> {
    let out = place.work().join(build.name);
    let mut inputs = Stamp::default()
        .value("way", &kit.way.describe())
        .value("compiler", &kit.way.compiler_id(place)?)
        .value("wasm-bindgen", &kit.tools.wasm_bindgen_version)
        .value("flags", &flags(place, kit, build)?.join(" "))
        .value("wasm-pack", tools::WASM_PACK)
        .value("features", &build.features.join(" "))
        .value("profile", build.profile)
        .value("wasm-opt", &build.wasm_opt_args().join(" "));
    for input in ["circuits", "intake", "sdk/src", "sdk/Cargo.toml", "Cargo.toml", "Cargo.lock"] {
        inputs = inputs.path(&place.root, input)?;
    }
    let made = inputs.path(&place.root, "node_modules/binaryen/package.json")?.finish();
    let mark = place.work().join(format!("{}-stamp", build.name));
    if stamp::holds(&mark, &made) && build.files().iter().all(|file| out.join(file).is_file()) {
        return Ok((out, made));
    }
    remove_dir(&out)?;
    wasm_pack(place, kit, build, &out)?;

    let wasm_opt = place.root.join(WASM_OPT);
    if !wasm_opt.is_file() {
        return Err(Failure::new(format!("{} is missing", wasm_opt.display()))
            .remedy("add npm's `binaryen` to the root package.json's devDependencies"));
    }
    let wasm = out.join(format!("{}_bg.wasm", build.out_name()));
    let smaller = out.join("smaller.wasm");
    Cmd::new(place, "node")
        .args([wasm_opt.as_os_str(), wasm.as_os_str(), "-o".as_ref(), smaller.as_os_str()])
        .args(build.wasm_opt_args())
        .run(place, &format!("Making {} smaller", build.name))?;
    fs::rename(&smaller, &wasm).map_err(|e| Failure::io("cannot write", &wasm, &e))?;
    stamp::leave(&mark, &made)?;
    Ok((out, made))
}

/// wasm-pack calls Cargo in `sdk/`, hence for that crate alone: no other crate of the workspace
/// adds features (the prover) to what the web verifier depends on.
fn wasm_pack(place: &Place, kit: &Kit, build: &Build, out: &Path) -> Result<()> {
    // The ordinary mode checks that the toolchain has the target, and would have rustup install it.
    let mode = match kit.way {
        crate::wasm_target::Way::Target { .. } => "no-install",
        crate::wasm_target::Way::BuildStd { .. } => "force",
    };
    let mut first = kit.way.path_first();
    first.extend(kit.tools.dirs.iter().cloned());
    let cmd = Cmd::new(place, kit.tools.wasm_pack())
        .args(["build", "sdk", "--target", "web", "--profile", build.profile])
        .args(["--mode", mode])
        .args([
            "--no-gitignore",
            "--no-pack",
            "--no-opt",
            "--out-name",
            build.out_name(),
            "--out-dir",
        ])
        .args([out.as_os_str(), "--".as_ref(), "--locked".as_ref()])
        .args(["--features", &build.features.join(",")])
        .env("CARGO_TARGET_DIR", place.target.join("wasm"))
        .env("CARGO_ENCODED_RUSTFLAGS", flags(place, kit, build)?.join("\u{1f}"))
        .path_first(&first);
    kit.way.apply(cmd).run(place, &format!("Compiling {}", build.name)).map(drop)
}

fn flags(place: &Place, kit: &Kit, build: &Build) -> Result<Vec<String>> {
    let flags = kit.way.flags(place, build.fast)?.into_iter();
    let flags = flags.chain((!build.debug).then_some(NO_DEBUG)).map(str::to_owned);
    let more = build.target_features.iter().map(|feature| format!("-Ctarget-feature=+{feature}"));
    Ok(remaps(place).into_iter().chain(flags).chain(more).collect())
}

/// Paths end up in panic messages: the package must not depend on, nor tell, where it was built.
fn remaps(place: &Place) -> Vec<String> {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    // The compiler takes the last that fits, so the widest comes first.
    let dirs = [
        (env::home_dir(), "/home"),
        (cargo_home, "/cargo"),
        (Some(place.root.clone()), "/wattproof"),
    ];
    let remap = |(dir, to): (Option<PathBuf>, &str)| {
        dir.map(|dir| format!("--remap-path-prefix={}={to}", dir.display()))
    };
    dirs.into_iter().filter_map(remap).collect()
}

/// Empties pkg/ but for its README, which is kept in the repository.
fn clear(pkg: &Path) -> Result<()> {
    make_dir(pkg)?;
    let entries = fs::read_dir(pkg).map_err(|e| Failure::io("cannot list", pkg, &e))?;
    for entry in entries.flatten().filter(|entry| entry.file_name() != "README.md") {
        let path = entry.path();
        if path.is_dir() {
            remove_dir(&path)?;
        } else {
            fs::remove_file(&path).map_err(|e| Failure::io("cannot remove", &path, &e))?;
        }
    }
    Ok(())
}

/// The glue of twins: one of them serves both.
fn same(one: &Path, other: &Path) -> Result<()> {
    if read(one)? != read(other)? {
        let (one, other) = (one.display(), other.display());
        return Err(Failure::new(format!("{one} differs from {other}"))
            .remedy("give the two builds the same features, or each its own glue"));
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).map_err(|e| Failure::io("cannot copy", from, &e))
}

/// Kilobytes of 1,000 bytes, with one decimal.
pub(crate) fn kilo(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn clearing_keeps_the_readme_only() {
        let dir = tempfile::tempdir().unwrap();
        let pkg = dir.path().join("pkg");
        fs::create_dir_all(pkg.join("deep")).unwrap();
        for file in ["README.md", "package.json", "deep/x.js"] {
            fs::write(pkg.join(file), "x").unwrap();
        }
        clear(&pkg).unwrap();
        let left: Vec<_> = fs::read_dir(&pkg).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["README.md"]);
    }

    #[test]
    fn kilobytes_are_cut_not_rounded_up() {
        assert_eq!(kilo(49_999), "49.9");
        assert_eq!(kilo(50), "0.0");
    }
}
