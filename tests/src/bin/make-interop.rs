//! Makes `tests/interop/ours.json`.

use wattproof_tests::{Any, interop};

fn main() -> Any<()> {
    Ok(std::fs::write(interop::path("ours.json"), interop::ours()?)?)
}
