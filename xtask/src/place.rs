//! Where things are: the workspace, its build folder, the machine's cache, programs on PATH.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folders every command works with.
pub(crate) struct Place {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// Cargo's build folder; what this program leaves behind is in here too.
    pub(crate) target: PathBuf,
    /// Tools kept between clones of the workspace.
    pub(crate) cache: PathBuf,
}

impl Place {
    pub(crate) fn find() -> Result<Self> {
        let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(&manifest).to_owned();
        if !root.join("Cargo.toml").is_file() {
            return Err(Failure::new(format!("the workspace is no longer in {}", root.display()))
                .remedy("run `cargo clean -p xtask`, then the command again"));
        }
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        let set = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = set("WATTPROOF_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("wattproof")))
            .or_else(|| env::home_dir().map(|dir| dir.join(".cache").join("wattproof")))
            .ok_or_else(|| {
                Failure::new("no home folder is known, so there is no place for tools")
                    .remedy("set WATTPROOF_CACHE to a folder")
            })?;
        Ok(Self { cache: root.join(cache), root, target })
    }

    /// The folder for logs, stamps and what the Wasm build leaves.
    pub(crate) fn work(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

/// Every program of that name on PATH, in order.
pub(crate) fn all_on_path(name: &str) -> Vec<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut found = Vec::new();
    for dir in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        let path = dir.join(&file);
        if is_program(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// The first program of that name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    all_on_path(name).into_iter().next()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The Cargo that runs this program: the toolchain the user chose.
pub(crate) fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
