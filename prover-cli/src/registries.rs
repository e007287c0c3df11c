//! Registries as commands take them: logs, and the `registry/1` files of claims that people sign for themselves.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use wattproof_circuits::format::{MAX_REGISTRY, REGISTRY_LOG, ReplacedRoot};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::Registry;
use wattproof_registry::{Mode, Store};

use crate::failure::{Failure, Result};
use crate::files::{Files, is_dash};
use crate::screen::Screen;

/// A registry to read.
pub(crate) enum Known {
    /// Of a log.
    Log(Box<Store>),
    /// Of a `registry/1` file.
    File(Box<Registry>),
}

impl Known {
    pub(crate) fn open(path: &Path, files: &Files, screen: &Screen) -> Result<Self> {
        if is_log(path) {
            return Ok(Self::Log(Box::new(open(path, Mode::Read, screen)?)));
        }
        let registry = files.parse(path, MAX_REGISTRY, Registry::from_json)?;
        Ok(Self::File(Box::new(registry)))
    }

    pub(crate) fn registry(&self) -> &Registry {
        match self {
            Self::Log(store) => store.registry(),
            Self::File(registry) => registry,
        }
    }

    /// The present root, and those that are accepted for a while yet.
    pub(crate) fn roots(&self) -> (F, Vec<ReplacedRoot>) {
        let replaced = match self {
            Self::Log(store) => store.log().accepted(now()),
            Self::File(_) => Vec::new(),
        };
        let replaced = replaced.iter().filter_map(|span| {
            let (replaced_at, valid_until) = (span.replaced_at?, span.valid_until?);
            Some(ReplacedRoot { root: span.root, replaced_at, valid_until })
        });
        (self.registry().root(), replaced.collect())
    }
}

/// Whether a file begins as a log does.
pub(crate) fn is_log(path: &Path) -> bool {
    let mut begin = [0; 64];
    let read = |mut file: File| file.read(&mut begin);
    let count = match is_dash(path) {
        true => 0,
        false => File::open(path).and_then(read).unwrap_or(0),
    };
    let text = String::from_utf8_lossy(&begin[..count]);
    text.starts_with("{\"event\":\"init\"") && text.contains(REGISTRY_LOG)
}

/// Opens a log, showing how far it is.
pub(crate) fn open(path: &Path, mode: Mode, screen: &Screen) -> Result<Store> {
    if is_dash(path) {
        return Err(Failure::Usage("a registry's log is a file, so it cannot be -".into()));
    }
    let store = progress(path, screen, |progress| Store::open(path, mode, progress))?;
    if store.is_torn() {
        screen.warn(&format!(
            "{}: the last change was interrupted and took no effect; the next one removes what is left of it",
            path.display()
        ));
    }
    Ok(store)
}

/// Runs `work` on a file, showing how far it is.
pub(crate) fn progress<T>(
    path: &Path,
    screen: &Screen,
    work: impl FnOnce(&mut dyn FnMut(u64, u64)) -> wattproof_registry::Result<T>,
) -> Result<T> {
    let length = std::fs::metadata(path).map_or(0, |about| about.len());
    let phase = screen.bytes(length);
    let mut shown = 0;
    let outcome = work(&mut |done, _| {
        // Telling the terminal of every line would take longer than reading it.
        if done >= shown + (1 << 18) {
            shown = done;
            phase.at(done);
        }
    });
    Ok(outcome?)
}

/// Unix seconds.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
