//! Node and the npm packages of the workspace, exactly as package-lock.json has them.

use crate::failure::{Failure, Result, read};
use crate::place::Place;
use crate::shell::Cmd;
use crate::stamp::{self, Stamp};

const LEAST_NODE: u32 = 20;
/// The only source a lock file may name: a lock that names a mirror works only near that mirror.
pub(crate) const REGISTRY: &str = "https://registry.npmjs.org/";

/// An npm command; on Windows npm is a script with an ending of its own.
pub(crate) fn npm(place: &Place) -> Cmd {
    Cmd::new(place, if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// A script of one of the JavaScript workspaces.
pub(crate) fn script(place: &Place, workspace: &str, name: &str) -> Cmd {
    npm(place).args(["run", name, "-w", workspace])
}

/// Installs the packages when the lock changed since the last time.
pub(crate) fn ensure(place: &Place) -> Result<()> {
    let node = node_version(place)?;
    let lock = place.root.join("package-lock.json");
    check_sources(&read(&lock)?)?;
    // Some packages bring compiled code for one major version of Node.
    let stamp = Stamp::default()
        .value("node", &node.to_string())
        .path(&place.root, "package.json")?
        .path(&place.root, "package-lock.json")?
        .finish();
    // Inside the folder it vouches for, so that both go together.
    let mark = place.root.join("node_modules").join(".wattproof-stamp");
    if stamp::holds(&mark, &stamp) {
        return Ok(());
    }
    npm(place)
        .args(["ci", "--no-audit", "--no-fund"])
        .run(place, "Installing npm packages")
        .map_err(|failure| {
            failure.remedy("see the output; after editing a package.json run `npm install` once")
        })?;
    stamp::leave(&mark, &stamp)
}

fn node_version(place: &Place) -> Result<u32> {
    let remedy = format!("install Node {LEAST_NODE} or newer, with npm");
    let said = Cmd::new(place, "node").args(["--version"]).ask();
    let said = said.map_err(|failure| failure.remedy(remedy.clone()))?;
    let major = said.trim_start_matches('v').split('.').next().and_then(|m| m.parse().ok());
    match major {
        Some(major) if major >= LEAST_NODE => Ok(major),
        _ => Err(Failure::new(format!("Node is {said}, too old")).remedy(remedy)),
    }
}

/// Refuses a lock file that names another source than the public registry.
fn check_sources(lock: &str) -> Result<()> {
    let sources = lock
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"resolved\": \"")?.split('"').next());
    for source in sources {
        // A workspace's own folder is `resolved` too, as a plain path.
        if source.contains("://") && !source.starts_with(REGISTRY) {
            return Err(Failure::new(format!("package-lock.json takes a package from {source}"))
                .remedy(
                    "put `omit-lockfile-registry-resolved=true` into .npmrc, remove \
                     package-lock.json and run `npm install`",
                ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_registry_may_be_named() {
        let lock = |source: &str| format!("{{\n  \"resolved\": \"{source}\",\n}}");
        assert!(check_sources("{ \"lockfileVersion\": 3 }").is_ok());
        assert!(check_sources(&lock("https://registry.npmjs.org/a/-/a-1.0.0.tgz")).is_ok());
        assert!(check_sources(&lock("sdk/js")).is_ok());
        assert!(check_sources(&lock("http://10.0.0.1/a-1.0.0.tgz")).is_err());
        assert!(check_sources(&lock("git+ssh://git@example.org/a.git")).is_err());
    }
}
