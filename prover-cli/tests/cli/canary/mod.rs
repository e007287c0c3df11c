//! Secrets in the open: whether any is in what commands say, in files that are not its own, or in memory when they are done.

mod marks;
#[cfg(target_os = "linux")]
mod process;

pub(crate) use marks::Marks;
#[cfg(target_os = "linux")]
pub(crate) use process::start;

use std::fs;
use std::path::Path;

use crate::run;
use crate::world::{Bench, HOUR, NONCE, file, world};

/// What is whose: the device's seed and scalar, and all that a package has of it.
fn marks(dir: &Path) -> Marks {
    let package = fs::read_to_string(dir.join("package.json")).unwrap();
    Marks::of_package(&package).and(Marks::of_device(&dir.join("device.json")))
}

/// A command that is to fail, and whether anything that it says gives a secret away.
fn refused_in_silence(bench: &Bench, marks: &Marks, line: &str) {
    for first in ["", "--json "] {
        let line = format!("{first}{line}");
        let ended = run(bench.path(), &line.split_whitespace().collect::<Vec<_>>());
        assert_ne!(ended.code, 0, "{line}");
        let said = [ended.out, ended.err.into_bytes()].concat();
        assert_eq!(marks.in_bytes(&said), [""; 0], "{line}");
    }
}

const ALL: [&str; 7] = [
    "device.json",
    "readings.json",
    "policy.json",
    "registry.log",
    "package.json",
    "key.vk.json",
    "enrolment.json",
];

/// Files with secrets in them, broken in every way that a parser tells apart, in the hands of every command that reads them.
#[test]
fn refusals_tell_no_secret() {
    let bench = Bench::with(&ALL);
    let marks = marks(bench.path());
    let keys = file("keys");
    let sign = format!(
        "device sign --device device.json --readings readings.json --policy policy.json --period {HOUR} \
         --registry registry.log --verifier example-utility --nonce {NONCE} -o out.json"
    );
    let prove = format!("prove --package package.json --keys {keys} -o out.json");
    let check = "policy check --package package.json".to_owned();
    let readers = [
        ("device.json", &sign),
        ("readings.json", &sign),
        ("package.json", &prove),
        ("package.json", &check),
    ];
    for (name, line) in readers {
        let text = bench.text(name);
        let middle = text.len() / 2;
        let changes: [(&str, String); 8] = [
            ("cut", text[..middle].into()),
            ("a member twice", text.replacen("{", "{\"wattproof\":\"x\",", 1)),
            ("another version", text.replacen("/1\"", "/9\"", 1)),
            ("a stranger", text.replacen("{", "{\"stranger\":1,", 1)),
            ("numbers as texts", text.replace("[0", "[\"0\"").replace(": \"0x", ": \"1x")),
            (
                "texts too long",
                text.replace("\": \"", "\": \"99999").replace("\":\"", "\":\"99999"),
            ),
            ("a list of texts", text.replacen("\"values\"", "\"valves\"", 1)),
            ("no end", text.trim_end().trim_end_matches('}').into()),
        ];
        for (how, changed) in changes {
            // Some have no such place.
            if changed != text {
                bench.write(name, &changed);
                println!("{name}: {how}");
                refused_in_silence(&bench, &marks, line);
            }
        }
        bench.write(name, &text);
    }
    for name in ["device.json", "package.json", "readings.json"] {
        for line in [
            "verify --bundle NAME --key key.vk.json --profile policy.json",
            "verify --bundle package.json --key NAME --profile NAME",
            "policy explain NAME",
            "registry add registry.log --enrolment NAME --level L1 --nameplate 5000",
            "import NAME -o out.json",
            "ceremony contribute NAME --sign NAME -o out.zkey",
            "serve --state state --keys NAME --prover-key NAME",
            "submit --package NAME --service http://127.0.0.1:1 --prover-key NAME --token-file NAME -o out.json",
        ] {
            refused_in_silence(&bench, &marks, &line.replace("NAME", name));
        }
    }
    assert!(!bench.path().join("out.json").exists());
    // The search finds what is there.
    let found = marks.in_bytes(bench.text("package.json").as_bytes());
    assert!(found.iter().any(|name| name.starts_with("readings")), "{found:?}");
    assert!(found.iter().any(|name| name.starts_with("salt, decimal")), "{found:?}");
    assert!(found.iter().any(|name| name.starts_with("nullifier key, decimal")), "{found:?}");
    let found = marks.in_bytes(bench.text("device.json").as_bytes());
    assert!(found.iter().any(|name| name.starts_with("seed, hex")), "{found:?}");
}

#[cfg(target_os = "linux")]
mod in_memory {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::canary::process::run_to_its_end;
    use crate::world::sign;

    /// Runs a command and looks everywhere but in its own secret files.
    fn leaves_nothing(dir: &Path, marks: &Marks, line: &str, own: &[&str]) {
        let before = crate::names(dir);
        let words: Vec<_> = line.split_whitespace().collect();
        let ended = run_to_its_end(dir, &words, ["said.txt", "complained.txt"]);
        assert_eq!(
            ended.code,
            0,
            "{line}: {}",
            fs::read_to_string(dir.join("complained.txt")).unwrap()
        );
        assert!(ended.memory.len() > 100_000, "{line}: {} bytes read", ended.memory.len());
        assert_eq!(marks.in_bytes(&ended.memory), [""; 0], "{line}: memory");
        for name in crate::names(dir) {
            if !before.contains(&name) && !own.contains(&name.as_str()) {
                let found = marks.in_bytes(&fs::read(dir.join(&name)).unwrap());
                assert_eq!(found, [""; 0], "{line}: {name}");
            }
        }
    }

    #[test]
    fn a_device_leaves_nothing() {
        let bench = Bench::with(&ALL);
        let marks = marks(bench.path());
        leaves_nothing(bench.path(), &marks, &sign(HOUR, "again.json"), &["again.json"]);
    }

    #[test]
    fn a_prover_leaves_nothing() {
        let bench = Bench::with(&ALL);
        let marks = marks(bench.path());
        let keys = file("keys");
        for line in [
            format!("prove --package package.json --keys {keys} -o bundle.json"),
            format!("--json prove --package package.json --keys {keys} -o again.json"),
            "policy check --package package.json".into(),
        ] {
            leaves_nothing(bench.path(), &marks, &line, &[]);
        }
    }

    /// A command that dies with secrets in its hands leaves no core, however large one may be.
    #[test]
    fn no_command_leaves_a_core() {
        let dir = tempfile::tempdir().unwrap();
        let line = ["policy", "check", "--package", "-"];
        let (mut child, memory) =
            super::start(dir.path(), &line, [Stdio::piped(), Stdio::null(), Stdio::null()]);
        let package = fs::read(world().join("package.json")).unwrap();
        let mut input = child.stdin.take().unwrap();
        // All but the end, so that it waits for the rest with this in its hands.
        input.write_all(&package[..package.len() - 1]).unwrap();
        let marks = marks(world());
        let begin = Instant::now();
        while marks.in_bytes(&memory.read()).is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(20), "it does not read");
        }
        crate::service::signal(child.id(), "ABRT");
        let status = child.wait().unwrap();
        assert!(status.signal().is_some() && !status.core_dumped(), "{status}");
        assert_eq!(crate::names(dir.path()), [""; 0]);
    }
}
