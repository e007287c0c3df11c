//! `cargo xtask demo`: the command line tool and the npm package at work, in a folder of its own.

use std::path::PathBuf;

use crate::failure::{Failure, Result, make_dir, remove_dir};
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};
use crate::{package, setup};

/// What the scenario plays with.
struct Scene<'a> {
    place: &'a Place,
    /// The `wattproof` program.
    program: PathBuf,
    /// Empty at the start; all that the demo makes is left here to look at.
    work: PathBuf,
}

pub(crate) fn run(place: &Place) -> Result<()> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    Cmd::new(place, cargo())
        .args(["build", "--release", "--locked", "-p", "wattproof-cli"])
        .run(place, "Compiling the command line tool")?;
    let program = format!("wattproof{}", std::env::consts::EXE_SUFFIX);
    let scene = Scene {
        place,
        program: place.target.join("release").join(program),
        work: place.target.join("demo"),
    };
    remove_dir(&scene.work)?;
    make_dir(&scene.work)?;
    scenario(&scene)
}

impl Scene<'_> {
    /// Runs `wattproof` in the work folder and returns what it printed.
    fn wattproof(&self, args: &[&str]) -> Result<String> {
        Cmd::new(self.place, &self.program).args(args).dir(&self.work).ask()
    }

    /// Runs a script in Node with the built package as `wattproof` and the work folder as `work`,
    /// and returns what it printed.
    fn node(&self, script: &str) -> Result<String> {
        let script = format!(
            "import * as wattproof from 'wattproof';\nconst work = process.argv[1];\n{script}"
        );
        // Inside the package its own name is resolved as a user's import would be, so that Node gets
        // the entry meant for it.
        Cmd::new(self.place, "node")
            .args(["--input-type=module", "--eval", script.as_str(), "--"])
            .args([&self.work])
            .dir(&self.place.root.join("pkg"))
            .ask()
    }
}

fn scenario(scene: &Scene<'_>) -> Result<()> {
    let tool = scene.wattproof(&["--version"])?;
    let exports = scene.node("console.log(Object.keys(wattproof).length)")?;
    if exports == "0" {
        return Err(Failure::new("the npm package in pkg/ exports nothing"));
    }
    say(format!("demo: {tool}, and the npm package with {exports} exports"));
    say(format!("demo: everything made is in {}", scene.work.display()));
    Ok(())
}
