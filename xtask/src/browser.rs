//! The browsers that the tests run in.

use std::env;
use std::path::PathBuf;

use crate::apt;
use crate::failure::{Failure, Result};
use crate::place::{Place, on_path};

/// A browser, and where to find it.
pub(crate) struct Browser {
    /// Names the program to the tests, and lets the user choose one.
    pub(crate) variable: &'static str,
    /// What people call it, and Debian's package.
    name: &'static str,
    package: &'static str,
    /// Programs on PATH, the first that exists counts.
    programs: &'static [&'static str],
    mac: &'static str,
}

/// For the page and most hosts: without it the tests fail.
pub(crate) const CHROMIUM: Browser = Browser {
    variable: "WATTPROOF_CHROMIUM",
    name: "Chromium",
    package: "chromium",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    mac: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
};

/// For the vectors in a second engine: where it cannot be had, the tests say so and go on.
pub(crate) const FIREFOX: Browser = Browser {
    variable: "WATTPROOF_FIREFOX",
    name: "Firefox",
    package: "firefox-esr",
    programs: &["firefox-esr", "firefox"],
    mac: "/Applications/Firefox.app/Contents/MacOS/firefox",
};

impl Browser {
    /// Finds the browser, or installs Debian's.
    pub(crate) fn ensure(&self, place: &Place) -> Result<PathBuf> {
        let Self { variable, name, package, .. } = self;
        if let Some(chosen) = env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from) {
            if chosen.is_file() {
                return Ok(chosen);
            }
            return Err(Failure::new(format!("{variable} names {}, no file", chosen.display()))
                .remedy("set it to the browser's program, or leave it unset"));
        }
        if let Some(found) = self.find() {
            return Ok(found);
        }
        apt::install(place, &[package], &format!("{name}, to test with,"))?;
        self.find().ok_or_else(|| {
            Failure::new(format!("{name} was installed but is not on PATH"))
                .remedy(format!("set {variable} to its program"))
        })
    }

    fn find(&self) -> Option<PathBuf> {
        let mac = PathBuf::from(self.mac);
        let found = self.programs.iter().find_map(|program| on_path(program));
        found.or_else(|| mac.is_file().then_some(mac))
    }
}
