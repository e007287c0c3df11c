//! Writes the files that fuzzing begins with: a folder for each target in the folder that is named.

use std::path::PathBuf;
use wattproof_tests::{Any, seeds};

fn main() -> Any<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder")?;
    for (target, files) in seeds::seeds()? {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder)?;
        for (i, file) in files.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i:03}")), file)?;
        }
        println!("{target}: {} files", files.len());
    }
    Ok(())
}
