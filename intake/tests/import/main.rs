//! The import room from outside: real files, one test for each rule, and properties.
#![allow(clippy::unwrap_used)]

mod feed;
mod zip;

mod archive;
mod csv;
mod green_button;
mod nem12;
mod ocmf;
mod parsers;
mod properties;
mod readings_file;
mod real_files;

use wattproof_intake::import::{ImportError, Imported, Options, import};

fn run_with(bytes: &[u8], options: &Options) -> Result<Imported, ImportError> {
    import("meter", bytes, options, &mut |_| {})
}

fn run(bytes: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    run_with(bytes.as_ref(), &Options::default())
}

/// Code and text of the refusal, which must name the file and the remedy.
fn refusal(outcome: Result<Imported, ImportError>) -> (&'static str, String) {
    let error = outcome.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("meter: ") && text.ends_with(error.remedy()), "{text}");
    (error.code(), text)
}

fn code(outcome: Result<Imported, ImportError>) -> &'static str {
    refusal(outcome).0
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
