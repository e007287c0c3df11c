//! `cargo xtask web`: the web demo on this machine, until Ctrl-C.

use crate::failure::Result;
use crate::place::Place;
use crate::{keys, npm, package, setup};

pub(crate) fn run(place: &Place) -> Result<()> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    keys::run(place)?;
    npm::script(place, "web-demo", "dev").foreground()
}
