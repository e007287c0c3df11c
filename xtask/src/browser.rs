//! A Chromium for the tests of the page.

use std::env;
use std::path::PathBuf;

use crate::apt;
use crate::failure::{Failure, Result};
use crate::place::{Place, on_path};

/// Names the browser to the tests, and lets the user choose one.
pub(crate) const VARIABLE: &str = "WATTPROOF_CHROMIUM";
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// Finds a browser, or installs Debian's.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf> {
    if let Some(chosen) = env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from) {
        if chosen.is_file() {
            return Ok(chosen);
        }
        return Err(Failure::new(format!("{VARIABLE} names {}, no file", chosen.display()))
            .remedy("set it to the browser's program, or leave it unset"));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(place, &["chromium"], "a Chromium to test the page with")?;
    find().ok_or_else(|| {
        Failure::new("Chromium was installed but is not on PATH")
            .remedy(format!("set {VARIABLE} to its program"))
    })
}

fn find() -> Option<PathBuf> {
    let mac = PathBuf::from(MAC);
    NAMES.iter().find_map(|name| on_path(name)).or_else(|| mac.is_file().then_some(mac))
}
