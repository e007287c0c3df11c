//! wasm-pack and wasm-bindgen, in exactly the versions this workspace is built with.

use std::path::PathBuf;

use crate::failure::{Failure, Result, read, remove_dir};
use crate::place::{Place, cargo, on_path};
use crate::shell::{Cmd, say};

pub(crate) const WASM_PACK: &str = "0.15.1";
pub(crate) const CARGO_FUZZ: &str = "0.13.2";

/// The versions in use, for stamps, and the folders that hold the programs.
pub(crate) struct Tools {
    pub(crate) wasm_bindgen_version: String,
    pub(crate) dirs: Vec<PathBuf>,
}

impl Tools {
    pub(crate) fn wasm_pack(&self) -> PathBuf {
        let file = format!("wasm-pack{}", std::env::consts::EXE_SUFFIX);
        let kept = self.dirs.iter().map(|dir| dir.join(&file)).find(|path| path.is_file());
        kept.unwrap_or_else(|| PathBuf::from(file))
    }
}

/// Finds the tools on PATH or in the cache, or compiles them there. wasm-bindgen's program and
/// library must be of the same version: their format in between is not stable.
pub(crate) fn ensure(place: &Place) -> Result<Tools> {
    let wasm_bindgen = locked_version(&read(&place.root.join("Cargo.lock"))?, "wasm-bindgen")?;
    let mut dirs = Vec::new();
    let wanted = [
        ("wasm-pack", "wasm-pack", WASM_PACK),
        ("wasm-bindgen-cli", "wasm-bindgen", wasm_bindgen.as_str()),
    ];
    for (package, program, version) in wanted {
        let dir = match find(place, program, version) {
            Some(dir) => dir,
            None => install(place, package, program, version)?,
        };
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    remove_dir(&build_dir(place))?;
    Ok(Tools { wasm_bindgen_version: wasm_bindgen, dirs })
}

/// The folder of cargo-fuzz, which is compiled into the cache if it is not there.
pub(crate) fn cargo_fuzz(place: &Place) -> Result<Vec<PathBuf>> {
    let name = "cargo-fuzz";
    let dir = match find(place, name, CARGO_FUZZ) {
        Some(dir) => dir,
        None => install(place, name, name, CARGO_FUZZ)?,
    };
    remove_dir(&build_dir(place))?;
    Ok(vec![dir])
}

/// The folder of a program of exactly this version.
fn find(place: &Place, program: &str, version: &str) -> Option<PathBuf> {
    let kept = bin(place).join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let candidates = [Some(kept), on_path(program)];
    candidates.into_iter().flatten().find_map(|path| {
        let said = Cmd::new(place, &path).args(["--version"]).ask().ok()?;
        let fits = said.split_whitespace().nth(1) == Some(version);
        fits.then(|| path.parent().map(ToOwned::to_owned)).flatten()
    })
}

fn install(place: &Place, package: &str, program: &str, version: &str) -> Result<PathBuf> {
    say(format!("  compiling {package} {version} into the cache, once; this takes minutes"));
    let root = place.cache.join("tools");
    // Compiled for a short wait, not for speed: it runs for a second at a time. The build folder is
    // common to both, as they share dependencies.
    Cmd::new(place, cargo())
        .args(["install", "--force", "--bin", program, "--version"])
        .args([format!("={version}"), "--root".to_owned()])
        .args([root.as_os_str(), package.as_ref()])
        .env("CARGO_TARGET_DIR", build_dir(place))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback")
        .run(place, &format!("Compiling {package} {version}"))?;
    find(place, program, version).ok_or_else(|| {
        Failure::new(format!("{program} {version} was installed but does not run"))
            .remedy(format!("remove {} and try again", root.display()))
    })
}

fn bin(place: &Place) -> PathBuf {
    place.cache.join("tools").join("bin")
}

fn build_dir(place: &Place) -> PathBuf {
    place.cache.join("tools-build")
}

/// The version of a package in Cargo.lock.
pub(crate) fn locked_version(lock: &str, package: &str) -> Result<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| line.trim() != name).skip(1);
    let version = lines
        .next()
        .and_then(|line| line.trim().strip_prefix("version = \"")?.strip_suffix('"'))
        .map(ToOwned::to_owned);
    version.ok_or_else(|| {
        Failure::new(format!("Cargo.lock names no version of {package}"))
            .remedy("restore Cargo.lock, or run `cargo check` to have it written again")
    })
}

/// The least Rust this workspace builds with, from its Cargo.toml.
pub(crate) fn rust_version(manifest: &str) -> Result<(u32, u32)> {
    let version = manifest.lines().find_map(|line| {
        let text = line.trim().strip_prefix("rust-version = \"")?.strip_suffix('"')?;
        let mut parts = text.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    });
    version.ok_or_else(|| Failure::new("Cargo.toml names no rust-version"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.129\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";

    #[test]
    fn the_locked_version_is_of_exactly_that_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
        let error = locked_version(LOCK, "wasm").unwrap_err().to_string();
        assert!(error.contains("wasm") && error.contains("what to do"), "{error}");
    }

    #[test]
    fn this_workspace_pins_what_it_locks() {
        let root = Place::find().unwrap().root;
        let version = locked_version(&read(&root.join("Cargo.lock")).unwrap(), "wasm-bindgen");
        let manifest = read(&root.join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("wasm-bindgen = \"={}\"", version.unwrap())));
    }

    #[test]
    fn the_least_rust_is_read() {
        assert_eq!(rust_version("[x]\nrust-version = \"1.90\"\n").unwrap(), (1, 90));
        assert!(rust_version("edition = \"2024\"").is_err());
    }
}
