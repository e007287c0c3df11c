//! Writes a first phase for tests, whose secrets are forgotten: `make-ptau POWER OUT`.

use std::fs::File;
use std::io::{BufWriter, Write};
use wattproof_circuits::random;
use wattproof_tests::{Any, ptau};

fn main() -> Any<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [power, out] = args.as_slice() else { return Err("make-ptau POWER OUT".into()) };
    let mut out = BufWriter::new(File::create(out)?);
    ptau::write(power.parse()?, &mut random::rng()?, &mut out)?;
    Ok(out.flush()?)
}
