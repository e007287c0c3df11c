//! The simulated device: from a real meter file to a verified proof, and kill -9 at any time.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

use crate::world::NONCE;
use crate::{names, refusal, run, sample};

const POLICY: &str = r#"{
  "wattproof": "policy/1",
  "geometry": { "intervals_per_block": 24, "blocks": { "min": 1, "max": 1 }, "aligned": true, "value_bits": 16, "registry_depth": 2 },
  "scope": {
    "authority": "example-utility", "name": "daily-total",
    "calendar": { "zone": "Etc/GMT+8", "unit": "day" }
  },
  "meter": {
    "interval_seconds": 3600, "grid_offset_seconds": -28800,
    "channels": [{ "quantity": "energy", "direction": "import", "unit": "Wh" }]
  },
  "least_level": "L1",
  "conditions": [
    { "kind": "completeness", "min_measured_ppm": 1000000 },
    { "kind": "volume", "channel": 0, "min": "0", "max": "100000", "reveal": "exact" }
  ]
}"#;

/// A day in the middle of the file.
const DAY: &str = "2011-02-10";

#[track_caller]
fn go(dir: &Path, line: &str) {
    run(dir, &line.split_whitespace().collect::<Vec<_>>()).ok();
}

fn provision(dir: &Path, state: &str) {
    go(
        dir,
        &format!(
            "device provision --device device.json --state {state} --policy policy.json --verifier example-utility"
        ),
    );
}

fn play(state: &str, blocks: &str) -> String {
    format!(
        "device run --device device.json --state {state} --readings readings.json --blocks {blocks} --fast"
    )
}

fn attest(state: &str, blocks: &str, day: &str, out: &str) -> String {
    format!(
        "device attest --device device.json --state {state} --blocks {blocks} --policy policy.json --period {day} \
         --registry registry.log --verifier example-utility --nonce {NONCE} -o {out}"
    )
}

/// A meter with a real month of readings, played without any disturbance into `blocks`.
fn played() -> &'static Path {
    static PLAYED: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wattproof-played");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("policy.json"), POLICY).unwrap();
        let meter_file = sample("green-button/sdge-hourly-2011-02.xml");
        go(&dir, &format!("import {meter_file} -o readings.json"));
        go(&dir, "device keygen --serial SN-9 -o device.json");
        go(
            &dir,
            "device enrol --device device.json --level L1 --nameplate 20000 --valid-from 2011-01-01 \
             --valid-until 2012-01-01 --zone Etc/GMT+8 -o enrolment.json",
        );
        go(&dir, "registry init --depth 2 -o registry.log");
        go(
            &dir,
            "registry add registry.log --enrolment enrolment.json --level L1 --nameplate 20000",
        );
        provision(&dir, "state");
        go(&dir, &play("state", "blocks"));
        dir
    });
    &PLAYED
}

#[test]
fn a_real_file_played_live_is_proved() {
    let dir = played();
    go(dir, &attest("state", "blocks", DAY, "package.json"));
    // The same claim as of the ledger that `device sign` keeps: the same head, the same signature.
    go(
        dir,
        &format!(
            "device sign --device device.json --readings readings.json --policy policy.json --period {DAY} \
             --registry registry.log --verifier example-utility --nonce {NONCE} -o signed.json"
        ),
    );
    let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(text("package.json"), text("signed.json"));

    let words = ["--json", "setup", "--policy", "policy.json", "-o", "keys"];
    let key = run(dir, &words).ok().json()["verifying_key"].as_str().unwrap().to_owned();
    go(dir, "prove --package package.json --keys keys -o bundle.json");
    go(
        dir,
        &format!(
            "profile new --policy policy.json --key {key} --registry registry.log --period {DAY} \
             --verifier example-utility --nonce {NONCE} -o profile.json"
        ),
    );
    let line = format!(
        "--json verify --bundle bundle.json --key {key} --profile profile.json --allow-dev-keys"
    );
    let verdict = run(dir, &line.split_whitespace().collect::<Vec<_>>()).ok().json();
    assert_eq!(verdict["verdict"], "verified");
    // What a meter file played as a meter says of the day is what the file says.
    let block: Value = serde_json::from_str(&text("package.json")).unwrap();
    let values = block["blocks"][0]["channels"][0]["values"].as_array().unwrap();
    let total: u64 = values.iter().map(|v| v.as_u64().unwrap()).sum();
    assert_eq!(verdict["outputs"][0]["value"], total.to_string());
}

#[test]
fn a_meter_file_plays_without_import_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["policy.json", "device.json"] {
        fs::copy(played().join(name), dir.path().join(name)).unwrap();
    }
    provision(dir.path(), "state");
    let meter_file = sample("green-button/sdge-hourly-2011-02.xml");
    let line = format!(
        "--json device run --device device.json --state state --readings {meter_file} --blocks blocks --fast"
    );
    let words: Vec<&str> = line.split_whitespace().collect();
    let first = run(dir.path(), &words).ok().json();
    assert!(first["absorbed"].as_u64().unwrap() > 600, "{first}");
    let again = run(dir.path(), &words).ok().json();
    assert_eq!((&again["absorbed"], &again["head"]), (&Value::from(0), &first["head"]));
    assert_eq!(files(&dir.path().join("blocks")), files(&played().join("blocks")));
    #[cfg(unix)]
    for place in ["state", "blocks"] {
        use std::os::unix::fs::PermissionsExt;
        for entry in fs::read_dir(dir.path().join(place)).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{place}");
        }
    }
}

#[test]
fn a_device_signs_only_what_its_owner_lets_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    for name in ["policy.json", "device.json", "registry.log", "readings.json"] {
        fs::copy(played().join(name), path.join(name)).unwrap();
    }
    let refused = |line: String| refusal(path, &line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(refused(play("state", "blocks")), (2, "no-meter".into()));
    provision(path, "state");
    let ask = |day: &str| attest("state", "blocks", day, "package.json");
    fs::create_dir_all(path.join("blocks")).unwrap();
    assert_eq!(refused(ask(DAY)), (1, "not-recorded".into()));
    go(path, &play("state", "blocks"));
    go(path, &ask(DAY));
    assert_eq!(refused(ask("2011-04-10")), (1, "not-recorded".into()));
    let other = ask(DAY).replace("--verifier example-utility", "--verifier somebody-else");
    assert_eq!(refused(other), (1, "not-provisioned".into()));
    let text = fs::read_to_string(path.join("policy.json")).unwrap();
    fs::write(path.join("easier.json"), text.replace("\"100000\"", "\"200000\"")).unwrap();
    let easier = ask(DAY).replace("policy.json", "easier.json");
    assert_eq!(refused(easier), (1, "not-provisioned".into()));
    // An entry of L2 speaks for a gateway that checked a meter's own signature: no device's word will do, though L2 is above L1.
    go(
        path,
        "device enrol --device device.json --level L2 --nameplate 20000 --valid-from 2011-01-01 \
         --valid-until 2012-01-01 --zone Etc/GMT+8 -o l2.enrolment.json",
    );
    go(path, "registry init --depth 2 -o l2.log");
    go(path, "registry add l2.log --enrolment l2.enrolment.json --level L2 --nameplate 20000");
    let beyond = ask(DAY).replace("registry.log", "l2.log").replace("package.json", "l2.json");
    assert_eq!(refused(beyond), (1, "not-enrolled".into()));
    assert!(!path.join("l2.json").exists());
    // Another kind of meter, another key, a block that is not there.
    fs::write(path.join("wider.json"), text.replace("\"value_bits\": 16", "\"value_bits\": 24"))
        .unwrap();
    let line =
        "device provision --device device.json --state state --policy wider.json --verifier v";
    assert_eq!(refused(line.into()), (2, "readings-do-not-fit".into()));
    go(path, "device keygen --serial SN-8 -o other.json");
    assert_eq!(refused(ask(DAY).replace("device.json", "other.json")), (2, "other-key".into()));
    let revoke = "device provision --device device.json --state state --policy policy.json --verifier example-utility --revoke";
    for index in [12, 13] {
        fs::remove_file(path.join(format!("blocks/block-{index:07}.json"))).unwrap();
    }
    assert_eq!(refused(ask("2011-02-13")).0, 1);
    go(path, revoke);
    assert_eq!(refused(ask(DAY)), (1, "not-provisioned".into()));
}

#[test]
fn a_damaged_state_is_not_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    for name in ["policy.json", "device.json", "readings.json"] {
        fs::copy(played().join(name), path.join(name)).unwrap();
    }
    provision(path, "state");
    go(path, &play("state", "blocks"));
    let bank = path.join("state/bank-a");
    let mut bytes = fs::read(&bank).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bank, bytes).unwrap();
    let line = play("state", "blocks");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(refusal(path, &words), (2, "damaged-device".into()));
}

/// The files of a folder that a gateway reads, by name.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let blocks = names(dir).into_iter().filter(|n| n.starts_with("block-") && n.ends_with(".json"));
    blocks.map(|name| (name.clone(), fs::read_to_string(dir.join(name)).unwrap())).collect()
}

/// Kills the simulator at random times until it was killed so many times, beginning anew when it got to the end. Whatever came out
/// of it at any time is what comes out undisturbed.
fn campaign(kills: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    for name in ["policy.json", "device.json", "registry.log", "readings.json"] {
        fs::copy(played().join(name), path.join(name)).unwrap();
    }
    let whole = files(&played().join("blocks"));
    let head = |text: &str| {
        serde_json::from_str::<Value>(text).unwrap()["head"].as_str().unwrap().to_owned()
    };
    let heads: Vec<String> = whole.values().map(|text| head(text)).collect();
    let mut packages: BTreeMap<usize, String> = BTreeMap::new();
    let (mut killed, mut acknowledged, mut asked, mut signed, mut runs) = (0, 0, 0, 0, 0);
    let mut dice = u64::from(std::process::id());
    let mut roll = |below: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % below
    };
    while killed < kills {
        runs += 1;
        let (state, blocks) = (format!("state-{runs}"), format!("blocks-{runs}"));
        provision(path, &state);
        let mut lives = 0;
        loop {
            lives += 1;
            let pause = Duration::from_micros(roll(60_000));
            let (finished, text) = live(path, &play(&state, &blocks), pause);
            for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
                let Some(rest) = line.strip_prefix("block ") else { continue };
                let (index, rest) = rest.split_once(" from ").unwrap();
                let index: usize = index.parse().unwrap();
                let (_, head) = rest.trim().split_once(", head ").unwrap();
                assert_eq!(head, heads[index], "two heads of block {index}");
                let name = format!("{blocks}/block-{index:07}.json");
                assert!(path.join(&name).is_file(), "{name} was acknowledged and is gone");
                acknowledged += 1;
            }
            let there = if path.join(&blocks).is_dir() {
                files(&path.join(&blocks))
            } else {
                BTreeMap::new()
            };
            for (name, text) in &there {
                assert_eq!(whole.get(name), Some(text), "{name}");
            }
            if finished {
                assert_eq!(there, whole);
                break;
            }
            killed += 1;
            // A claim in between, itself killed at times. The file's first block is the last day of January.
            let day = there.len().saturating_sub(1);
            if lives % 5 == 0 && day > 0 {
                let date = format!("2011-02-{day:02}");
                let _ = fs::remove_file(path.join("claim.json"));
                let line = attest(&state, &blocks, &date, "claim.json");
                live(path, &line, Duration::from_micros(roll(400_000)));
                asked += 1;
                if let Ok(package) = fs::read_to_string(path.join("claim.json")) {
                    signed += 1;
                    let first = packages.entry(day).or_insert_with(|| package.clone());
                    assert_eq!(*first, package, "two signatures for {date}");
                }
            }
        }
    }
    for (day, package) in &packages {
        let date = format!("2011-02-{day:02}");
        go(played(), &attest("state", "blocks", &date, "again.json"));
        assert_eq!(fs::read_to_string(played().join("again.json")).unwrap(), *package, "{date}");
    }
    println!(
        "{killed} kills in {runs} runs: {acknowledged} blocks acknowledged, {signed} of {asked} signatures came out, none lost or different"
    );
}

/// Runs a command until it ends or is killed: whether it ended by itself, and what it said.
fn live(dir: &Path, line: &str, pause: Duration) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
    command.current_dir(dir).args(line.split_whitespace());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    });
    std::thread::sleep(pause);
    // SIGKILL on Unix.
    let _ = child.kill();
    let status = child.wait().unwrap();
    let text = reader.join().unwrap();
    assert!(status.code().is_none_or(|code| code == 0), "{text}");
    (status.success(), text)
}

#[test]
fn kill_nine_loses_nothing() {
    campaign(20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "half a minute and more of kill -9"]
fn kill_nine_campaign() {
    campaign(500);
}
