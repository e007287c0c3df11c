//! Makes `tests/interop/ours.json`, `schemas/conditions.json` and the compiled policies of `tests/data/policies`.

use wattproof_tests::{Any, agreements, interop, kinds};

fn main() -> Any<()> {
    std::fs::write(kinds::path(), kinds::file()?)?;
    for (name, policy) in agreements::compiled()? {
        std::fs::write(agreements::path(name), policy.to_json())?;
    }
    Ok(std::fs::write(interop::path("ours.json"), interop::ours()?)?)
}
