//! `cargo xtask setup`: all that building and testing need. Quick when it is there already; the
//! other commands call the part they need.

use crate::browser::{CHROMIUM, FIREFOX};
use crate::failure::Result;
use crate::place::Place;
use crate::shell::say;
use crate::tools::{self, Tools};
use crate::wasm_target::{self, Way};
use crate::{nats_server, npm};

/// What building the npm package needs.
pub(crate) struct Kit {
    pub(crate) way: Way,
    pub(crate) tools: Tools,
}

/// Everything.
pub(crate) fn run(place: &Place) -> Result<()> {
    for_package(place)?;
    let chromium = CHROMIUM.ensure(place)?;
    say(format!("setup: browser: {}", chromium.display()));
    let server = nats_server::ensure(place)?;
    say(format!("setup: broker: {}", server.display()));
    match FIREFOX.ensure(place) {
        Ok(firefox) => say(format!("setup: second browser: {}", firefox.display())),
        Err(failure) => say(format!("setup: no Firefox, its tests will be skipped: {failure}")),
    }
    Ok(())
}

/// What the npm package is made with.
pub(crate) fn for_package(place: &Place) -> Result<Kit> {
    npm::ensure(place)?;
    say("setup: npm packages: as in package-lock.json");
    let way = wasm_target::ensure(place)?;
    say(format!("setup: Wasm: {}", way.describe()));
    let tools = tools::ensure(place)?;
    let version = &tools.wasm_bindgen_version;
    say(format!("setup: wasm-pack {}, wasm-bindgen {version}", tools::WASM_PACK));
    Ok(Kit { way, tools })
}
