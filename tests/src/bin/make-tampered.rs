//! Writes the keys of `tampered.rs` as files for snarkjs to judge: `make-tampered DIR`. `list.json` says what was done to each, and what
//! our own verifier refuses it for.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use wattproof_circuits::iden3::Zkey;
use wattproof_circuits::random;
use wattproof_circuits::setup::ceremony::{Demands, verify};
use wattproof_tests::Any;
use wattproof_tests::tampered::Ceremony;

fn main() -> Any<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir] = args.as_slice() else { return Err("make-tampered DIR".into()) };
    let dir = Path::new(dir);
    fs::create_dir_all(dir)?;
    let ceremony = Ceremony::play()?;
    fs::write(dir.join("p.ptau"), &ceremony.ptau)?;
    write(&dir.join("initial.zkey"), &ceremony.initial)?;
    write(&dir.join("finished.zkey"), &ceremony.finished)?;
    let mut list = Vec::new();
    for (i, tampered) in ceremony.tampered()?.into_iter().enumerate() {
        let file = format!("{i:02}.zkey");
        write(&dir.join(&file), &tampered.key)?;
        let verdict =
            verify(&tampered.key, &ceremony.initial, &Demands::default(), &mut random::rng()?);
        let ours = verdict.err().map(|refusal| refusal.check.as_str());
        list.push(serde_json::json!({ "file": file, "what": tampered.what, "ours": ours }));
    }
    fs::write(dir.join("list.json"), serde_json::to_string_pretty(&list)?)?;
    Ok(())
}

fn write(path: &Path, key: &Zkey) -> Any<()> {
    let mut out = BufWriter::new(File::create(path)?);
    key.write(&mut out)?;
    Ok(out.flush()?)
}
