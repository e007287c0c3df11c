//! The vectors in tests/vectors are those that `make-vectors` makes, byte for byte.

use std::process::Command;
use wattproof_tests::Any;

fn compared(how: &str) -> Any<()> {
    let said = Command::new(env!("CARGO_BIN_EXE_make-vectors")).arg(how).output()?;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}

#[test]
fn the_smallest_circuits_vectors_are_those_that_are_made() -> Any<()> {
    compared("--check-few")
}

#[test]
#[ignore = "a minute: all keys and proofs are made"]
fn all_vectors_are_those_that_are_made() -> Any<()> {
    compared("--check")
}
