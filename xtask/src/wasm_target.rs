//! A toolchain that compiles to Wasm: the ordinary way where rustup can have the target, else a
//! compiler whose library source is here and which builds the library itself.
//!
//! A standard library built along with us panics without a word, which a web page would never show anyway, and is optimised
//! together with the rest: that is worth several kilobytes to each visitor. Where its source cannot be had, the one that came
//! with the target will do.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::{Failure, Result, read, write};
use crate::place::{Place, all_on_path, on_path};
use crate::shell::{Cmd, say};
use crate::{apt, tools};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Enough for some 20 MB on a slow line; where rustup's server is out of reach it gives up sooner.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);
const DEBIAN: [&str; 3] = ["rustc-web", "rust-web-src", "cargo-web"];

/// No source locations in panics: nobody sees them here.
const QUIET: &str = "-Zlocation-detail=none";
/// SHA-256 as a loop, where little is hashed.
const SMALL: [&str; 2] = ["--cfg=sha2_backend=\"soft\"", "--cfg=sha2_backend_soft=\"compact\""];
/// No `Debug` output: for code whose words do without.
pub(crate) const NO_DEBUG: &str = "-Zfmt-debug=none";
/// The first compiler that knows `panic=immediate-abort`.
const SILENT_PANIC: (u32, u32) = (1, 92);

/// How Wasm is compiled on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// The toolchain in use has the target, and its library's source if it `rebuilds` the library.
    Target { rebuilds: bool },
    /// Build the standard library too, from a compiler's own source of it.
    BuildStd { cargo: PathBuf, rustc: PathBuf, linker: PathBuf },
}

/// A compiler found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Compiler {
    rustc: PathBuf,
    cargo: Option<PathBuf>,
    version: (u32, u32),
    has_library_source: bool,
}

impl Way {
    /// For people, and for the stamp of what was built with it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Target { rebuilds: false } => format!("the toolchain's own {TARGET}"),
            Self::Target { rebuilds: true } => {
                format!("the toolchain's own {TARGET}, the standard library built afresh")
            }
            Self::BuildStd { rustc, .. } => {
                format!("the standard library built by {}", rustc.display())
            }
        }
    }

    /// Sets up a program that calls Cargo (or Cargo itself) to compile in this way.
    pub(crate) fn apply(&self, cmd: Cmd) -> Cmd {
        // Some flags are not stable yet: see `flags`.
        let cmd = cmd.env("RUSTC_BOOTSTRAP", "1");
        match self {
            Self::Target { rebuilds: false } => cmd,
            Self::Target { rebuilds: true } => build_std(cmd),
            // Cargo, when it runs us, points LD_LIBRARY_PATH at its own compiler's libraries.
            Self::BuildStd { rustc, linker, .. } => build_std(cmd)
                .env("RUSTC", rustc)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("CARGO")
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("LD_LIBRARY_PATH"),
        }
    }

    /// Folders that must come first on PATH, so that `cargo` and `rustc` mean the right ones.
    pub(crate) fn path_first(&self) -> Vec<PathBuf> {
        match self {
            Self::Target { .. } => Vec::new(),
            Self::BuildStd { cargo, rustc, .. } => {
                [cargo, rustc].iter().filter_map(|p| p.parent()).map(Path::to_owned).collect()
            }
        }
    }

    /// Whether the compiler to be run is still what it was: name and version.
    pub(crate) fn compiler_id(&self, place: &Place) -> Result<String> {
        match self {
            Self::Target { .. } => rustc_id(place),
            Self::BuildStd { rustc, .. } => Cmd::new(place, rustc).args(["-vV"]).ask(),
        }
    }

    /// Flags of the compiler that make the Wasm small; `fast` leaves out those that cost time.
    pub(crate) fn flags(&self, place: &Place, fast: bool) -> Result<Vec<&'static str>> {
        let mut flags = vec![QUIET];
        if !fast {
            flags.extend(SMALL);
        }
        if *self != (Self::Target { rebuilds: false })
            && version_of(&self.compiler_id(place)?).is_some_and(|v| v >= SILENT_PANIC)
        {
            flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort"]);
        }
        Ok(flags)
    }
}

/// Finds or installs a way to Wasm. Quick when there is one.
pub(crate) fn ensure(place: &Place) -> Result<Way> {
    // For trying the other way on a machine that has both.
    let forced = env::var("WATTPROOF_WASM").unwrap_or_default();
    if !["", "target", "build-std"].contains(&forced.as_str()) {
        return Err(Failure::new(format!("WATTPROOF_WASM is `{forced}`"))
            .remedy("leave it unset, or set it to `target` or `build-std`"));
    }
    if forced != "build-std" && has_target(place)? {
        return Ok(Way::Target { rebuilds: has_source(place)? });
    }
    let id = rustc_id(place)?;
    let record = place.cache.join("wasm-way.json");
    if forced != "target"
        && let Some(way) = read(&record).ok().and_then(|text| from_record(&text, &id))
        && is_usable(place, &way)
    {
        return Ok(way);
    }
    if forced != "build-std" && rustup_adds(place)? {
        return Ok(Way::Target { rebuilds: has_source(place)? });
    }
    if forced == "target" {
        return Err(Failure::new(format!("rustup could not install {TARGET}"))
            .remedy("unset WATTPROOF_WASM to let another way be found"));
    }
    let least = tools::rust_version(&read(&place.root.join("Cargo.toml"))?)?;
    let find = || -> Result<Option<Way>> { Ok(choose(&compilers(place), linker(place)?, least)) };
    let way = match find()? {
        Some(way) => way,
        None => {
            say("  there is none: taking Debian's");
            apt::install(place, &DEBIAN, "a compiler for Wasm").inspect_err(|_| {
                say(format!("  or, with a full network: rustup target add {TARGET}"));
            })?;
            find()?.ok_or_else(|| {
                Failure::new("no compiler on PATH has its library source beside it and a linker")
                    .remedy(format!("install {} and a rust-lld or wasm-ld", DEBIAN.join(", ")))
            })?
        }
    };
    write(&record, to_record(&way, &id).to_string())?;
    Ok(way)
}

/// Has Cargo build the standard library with our own flags and profile.
fn build_std(cmd: Cmd) -> Cmd {
    cmd.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
}

/// The first compiler that is new enough, has a Cargo beside it, and its library's source.
fn choose(compilers: &[Compiler], linker: Option<PathBuf>, least: (u32, u32)) -> Option<Way> {
    let linker = linker?;
    let fit = |c: &&Compiler| c.has_library_source && c.version >= least && c.cargo.is_some();
    let found = compilers.iter().find(fit)?;
    Some(Way::BuildStd { cargo: found.cargo.clone()?, rustc: found.rustc.clone(), linker })
}

/// Every rustc on PATH, asked what it is. One that cannot answer (a rustup proxy without a
/// toolchain) does not count.
fn compilers(place: &Place) -> Vec<Compiler> {
    let known = |rustc: PathBuf| -> Option<Compiler> {
        let version = version_of(&ask(place, &rustc, &["-vV"])?)?;
        let cargo = rustc.with_file_name(format!("cargo{}", env::consts::EXE_SUFFIX));
        let cargo = cargo.is_file().then_some(cargo);
        let has_library_source = has_library_source(place, &rustc);
        Some(Compiler { cargo, version, has_library_source, rustc })
    };
    all_on_path("rustc").into_iter().filter_map(known).collect()
}

fn has_library_source(place: &Place, rustc: &Path) -> bool {
    ask(place, rustc, &["--print", "sysroot"]).is_some_and(|sysroot| {
        Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
    })
}

/// Asks a compiler that need not be the one whose Cargo runs us: see [`Way::apply`].
fn ask(place: &Place, rustc: &Path, args: &[&str]) -> Option<String> {
    Cmd::new(place, rustc).args(args).env_remove("LD_LIBRARY_PATH").ask().ok()
}

/// The toolchain's own rust-lld, else a linker for Wasm on PATH.
fn linker(place: &Place) -> Result<Option<PathBuf>> {
    let id = rustc_id(place)?;
    let host = id.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let file = format!("rust-lld{}", env::consts::EXE_SUFFIX);
    let own = sysroot(place)?.join("lib/rustlib").join(host).join("bin").join(file);
    Ok(if own.is_file() { Some(own) } else { on_path("rust-lld").or_else(|| on_path("wasm-ld")) })
}

fn rustup_adds(place: &Place) -> Result<bool> {
    let Some(rustup) = on_path("rustup") else { return Ok(false) };
    let cmd = Cmd::new(place, rustup).args(["target", "add", TARGET]).limit(RUSTUP_LIMIT);
    // It can end well without the target, when it manages another toolchain than the one in use.
    let added = cmd.attempt(place, &format!("Adding {TARGET}"))?.ok() && has_target(place)?;
    if !added {
        say("  rustup cannot bring it here: looking for a compiler with its library's source");
    }
    Ok(added)
}

/// Whether the toolchain in use has its library's source, after asking rustup for it. A refusal is remembered for as long as the
/// toolchain stays the same, so that a machine without a network does not wait each time.
fn has_source(place: &Place) -> Result<bool> {
    let rustc = rustc();
    if has_library_source(place, &rustc) {
        return Ok(true);
    }
    let (id, refused) = (rustc_id(place)?, place.cache.join("no-library-source"));
    let Some(rustup) = on_path("rustup") else { return Ok(false) };
    if read(&refused).is_ok_and(|text| text == id) {
        return Ok(false);
    }
    let cmd = Cmd::new(place, rustup).args(["component", "add", "rust-src"]).limit(RUSTUP_LIMIT);
    let added = cmd.attempt(place, "Adding the standard library's source")?.ok()
        && has_library_source(place, &rustc);
    if !added {
        say("  rustup cannot bring it here: the Wasm will be some kilobytes larger");
        write(&refused, id)?;
    }
    Ok(added)
}

fn has_target(place: &Place) -> Result<bool> {
    let lib = sysroot(place)?.join("lib/rustlib").join(TARGET).join("lib");
    let is_core = |name: &str| name.starts_with("libcore-") && name.ends_with(".rlib");
    Ok(std::fs::read_dir(lib).is_ok_and(|mut entries| {
        entries.any(|e| e.is_ok_and(|e| e.file_name().to_str().is_some_and(is_core)))
    }))
}

fn rustc() -> PathBuf {
    env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

fn rustc_id(place: &Place) -> Result<String> {
    Cmd::new(place, rustc()).args(["-vV"]).ask()
}

fn sysroot(place: &Place) -> Result<PathBuf> {
    Cmd::new(place, rustc()).args(["--print", "sysroot"]).ask().map(PathBuf::from)
}

/// Major and minor from `rustc -vV`.
fn version_of(verbose: &str) -> Option<(u32, u32)> {
    let release = verbose.lines().find_map(|line| line.strip_prefix("release: "))?;
    let mut parts = release.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether a recorded way still is there: programs can be removed between two runs.
fn is_usable(place: &Place, way: &Way) -> bool {
    match way {
        Way::Target { .. } => false,
        Way::BuildStd { cargo, rustc, linker } => {
            [cargo, linker].iter().all(|p| p.is_file()) && has_library_source(place, rustc)
        }
    }
}

/// The fallback is recorded with the toolchain that made it necessary: with another one, rustup is
/// asked again.
fn to_record(way: &Way, toolchain: &str) -> Value {
    match way {
        Way::Target { .. } => json!({ "toolchain": toolchain, "way": "target" }),
        Way::BuildStd { cargo, rustc, linker } => json!({
            "toolchain": toolchain, "way": "build-std",
            "cargo": cargo, "rustc": rustc, "linker": linker,
        }),
    }
}

fn from_record(text: &str, toolchain: &str) -> Option<Way> {
    let record: Value = serde_json::from_str(text).ok()?;
    if record.get("toolchain")? != toolchain || record.get("way")? != "build-std" {
        return None;
    }
    let path = |name: &str| record.get(name)?.as_str().map(PathBuf::from);
    Some(Way::BuildStd { cargo: path("cargo")?, rustc: path("rustc")?, linker: path("linker")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler(dir: &str, minor: u32, has_library_source: bool) -> Compiler {
        let at = |name: &str| Path::new(dir).join(name);
        let (rustc, cargo) = (at("rustc"), Some(at("cargo")));
        Compiler { rustc, cargo, version: (1, minor), has_library_source }
    }

    fn linker() -> Option<PathBuf> {
        Some(PathBuf::from("/t/rust-lld"))
    }

    #[test]
    fn the_compiler_with_source_is_chosen_not_the_first() {
        let found = [compiler("/rustup", 95, false), compiler("/usr/bin", 96, true)];
        let Some(Way::BuildStd { cargo, rustc, .. }) = choose(&found, linker(), (1, 90)) else {
            panic!("a way exists");
        };
        assert_eq!(rustc, Path::new("/usr/bin/rustc"));
        assert_eq!(cargo, Path::new("/usr/bin/cargo"));
    }

    #[test]
    fn too_old_without_cargo_or_without_linker_is_no_way() {
        assert_eq!(choose(&[compiler("/usr/bin", 63, true)], linker(), (1, 90)), None);
        let alone = Compiler { cargo: None, ..compiler("/usr/bin", 96, true) };
        assert_eq!(choose(&[alone], linker(), (1, 90)), None);
        assert_eq!(choose(&[compiler("/usr/bin", 96, true)], None, (1, 90)), None);
        assert_eq!(choose(&[], linker(), (1, 90)), None);
    }

    #[test]
    fn the_record_counts_only_for_its_toolchain() {
        let found = [compiler("/usr/bin", 96, true)];
        let way = choose(&found, linker(), (1, 90)).expect("a way exists");
        let text = to_record(&way, "rustc 1.95").to_string();
        assert_eq!(from_record(&text, "rustc 1.95"), Some(way));
        assert_eq!(from_record(&text, "rustc 1.97"), None);
        assert_eq!(from_record("{", "rustc 1.95"), None);
    }

    #[test]
    fn versions_are_read_from_rustc() {
        assert_eq!(version_of("rustc 1.96.0\nhost: x\nrelease: 1.96.0-nightly\n"), Some((1, 96)));
        assert_eq!(version_of("something else"), None);
    }
}
