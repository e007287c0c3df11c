//! Makes `tests/interop/ours.json` and `schemas/conditions.json`.

use wattproof_tests::{Any, interop, kinds};

fn main() -> Any<()> {
    std::fs::write(kinds::path(), kinds::file()?)?;
    Ok(std::fs::write(interop::path("ours.json"), interop::ours()?)?)
}
