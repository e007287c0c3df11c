//! Debian packages, where this machine lets us install them.

use crate::failure::{Failure, Result};
use crate::place::{Place, on_path};
use crate::shell::{Cmd, say};

/// Installs Debian packages, or says exactly what the user has to run.
pub(crate) fn install(place: &Place, packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("apt-get install -y --no-install-recommends {list}");
    let Some(apt) = on_path("apt-get") else {
        return Err(Failure::new(format!("{why} is missing and this system has no apt-get"))
            .remedy(format!("install by your system's own means what Debian calls: {list}")));
    };
    let root = Cmd::new(place, "id").args(["-u"]).ask().is_ok_and(|id| id == "0");
    // `-n` never asks for a password: a question behind a progress line would look like a hang.
    let sudo = || Cmd::new(place, "sudo").args(["-n", "true"]).ask().is_ok();
    if !root && !sudo() {
        return Err(Failure::new(format!("{why} is missing; installing it needs root"))
            .remedy(format!("run `sudo {by_hand}`, then this command again")));
    }
    let run = |args: &[&str]| {
        let cmd = match root {
            true => Cmd::new(place, &apt),
            false => Cmd::new(place, "sudo").args(["-n", "apt-get"]),
        };
        cmd.args(args).env("DEBIAN_FRONTEND", "noninteractive")
    };
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(packages);
    let title = format!("Installing {list}");
    if run(&args).attempt(place, &title)?.ok() {
        return Ok(());
    }
    say("  the package lists may be old or absent: updating them");
    // A failed update of one of several sources need not hurt; the install decides.
    let _ = run(&["update"]).attempt(place, "Updating package lists")?;
    run(&args)
        .run(place, &title)
        .map(drop)
        .map_err(|failure| failure.remedy(format!("see why `{by_hand}` fails on this machine")))
}
