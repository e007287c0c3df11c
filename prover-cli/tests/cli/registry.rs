//! The registry of meters.

use std::fs;
use std::path::Path;

use crate::world::{Bench, file, sign};
use crate::{names, refusal, run};

const ADD: &str =
    "registry add registry.log --enrolment enrolment.json --level L1 --nameplate 5000";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn enrol(dir: &Path, device: &str, from: &str, until: &str) {
    let line = format!(
        "device enrol --device {device} --level L1 --nameplate 5000 --valid-from {from} --valid-until {until} \
         -o enrolment.json --force"
    );
    run(dir, &words(&line)).ok();
}

fn root(dir: &Path) -> String {
    run(dir, &words("registry root registry.log")).ok().text().trim().to_owned()
}

#[test]
fn meters_come_and_go() {
    let bench = Bench::with(&["device.json"]);
    let dir = bench.path();
    run(dir, &words("registry init --depth 1 -o registry.log")).ok();
    let empty = root(dir);
    enrol(dir, "device.json", "2011-01-01", "2012-01-01");
    let added = run(dir, &words(&format!("{ADD} --json"))).ok().json();
    assert_eq!((added["index"].as_u64(), added["root"].as_str()), (Some(0), Some(&*root(dir))));
    assert_ne!(root(dir), empty);
    let path = run(dir, &words("registry path registry.log 0 --json")).ok().json();
    assert_eq!((&path["root"], path["path"].as_array().unwrap().len()), (&added["root"], 1));
    // The same meter again: only for another time.
    assert_eq!(refusal(dir, &words(ADD)), (1, "not-enrolled".into()));
    enrol(dir, "device.json", "2012-01-01T00:00:00Z", "1356998400");
    run(dir, &words(ADD)).ok();
    run(dir, &words("registry revoke registry.log 0")).ok();
    assert_eq!(refusal(dir, &words("registry revoke registry.log 0")), (1, "not-enrolled".into()));
    assert_eq!(refusal(dir, &words("registry path registry.log 0")), (1, "not-enrolled".into()));
    assert_eq!(refusal(dir, &words("registry path registry.log 9")), (1, "not-enrolled".into()));
    run(dir, &words("registry revoke registry.log 1")).ok();
    assert_eq!(root(dir), empty);
    let checked =
        run(dir, &words("registry check registry.log --each-root --signatures --serials --json"));
    let checked = checked.ok().json();
    let number = |name: &str| checked[name].as_u64();
    assert_eq!(
        (number("entries"), number("revoked"), number("meters")),
        (Some(0), Some(2), Some(1))
    );
    let all = run(dir, &words("registry root registry.log --all --json")).ok().json();
    assert_eq!(all["roots"].as_array().unwrap().len(), 5);
    let at = run(dir, &words("registry root registry.log --at 2000-01-01"));
    assert_eq!(at.code, 2);
}

#[test]
fn only_signed_enrolments_are_taken() {
    let bench = Bench::with(&["device.json", "registry.log", "registry.log.serials"]);
    let dir = bench.path();
    enrol(dir, "device.json", "2013-01-01", "2014-01-01");
    let before = bench.text("registry.log");
    let enrolment = bench.text("enrolment.json");
    let json: serde_json::Value = serde_json::from_str(&enrolment).unwrap();
    let part = |path: &str| json.pointer(path).unwrap().as_str().unwrap().to_owned();
    bench.edit("enrolment.json", &part("/entry/meter_id"), "7");
    assert_eq!(refusal(dir, &words(ADD)), (1, "bad-signature".into()));
    // The identity: anyone could sign for it.
    let low = enrolment.replacen(&part("/entry/key/x"), "0", 1);
    bench.write("enrolment.json", low.replacen(&part("/entry/key/y"), "1", 1));
    assert_eq!(refusal(dir, &words(ADD)), (1, "bad-key".into()));
    bench.write("enrolment.json", enrolment.replacen(&part("/meter_salt"), "7", 1));
    assert_eq!(refusal(dir, &words(ADD)), (1, "not-enrolled".into()));
    bench.write("enrolment.json", &enrolment);
    // The registrar vouches for something else.
    for (from, to) in [("L1", "L2"), ("5000", "5001")] {
        assert_eq!(refusal(dir, &words(&ADD.replace(from, to))), (1, "not-enrolled".into()));
    }
    let ask =
        "device enrol --device device.json --level L1 --nameplate 5000 -o enrolment.json --force";
    let reversed = format!("{ask} --valid-from 2014-01-01 --valid-until 2013-01-01");
    assert_eq!(refusal(dir, &words(&reversed)).1, "out-of-range");
    let vague = format!("{ask} --valid-from 2013 --valid-until soon");
    assert_eq!(refusal(dir, &words(&vague)).0, 2);
    assert_eq!(bench.text("registry.log"), before);
    run(dir, &words(ADD)).ok();
}

/// A second salt would give a meter a second meter id, and with it a second claim.
#[test]
fn one_serial_has_one_meter_id() {
    let bench = Bench::with(&["registry.log", "registry.log.serials"]);
    let dir = bench.path();
    for serial in ["SN-1", "sn1"] {
        run(dir, &["device", "keygen", "--serial", serial, "-o", "again.json", "--force"]).ok();
        enrol(dir, "again.json", "2013-01-01", "2014-01-01");
        assert_eq!(refusal(dir, &words(ADD)), (1, "serials-do-not-fit".into()));
    }
    // Without the serials nobody can tell.
    fs::remove_file(dir.join("registry.log.serials")).unwrap();
    assert_eq!(refusal(dir, &words(ADD)), (1, "serials-do-not-fit".into()));
    let check = "registry check registry.log --serials";
    assert_eq!(refusal(dir, &words(check)), (1, "serials-do-not-fit".into()));
    fs::write(dir.join("registry.log.serials"), "").unwrap();
    assert_eq!(refusal(dir, &words(ADD)), (1, "serials-do-not-fit".into()));
}

/// A lost nullifier key: the new one begins when no root that held the old one is accepted any more.
#[test]
fn keys_rotate_from_a_boundary_on() {
    let bench = Bench::with(&[]);
    let dir = bench.path();
    run(dir, &words("registry init --depth 2 -o registry.log")).ok();
    run(dir, &words("device keygen --serial SN-1 -o old.json")).ok();
    enrol(dir, "old.json", "2011-01-01", "2200-01-01");
    run(dir, &words(ADD)).ok();
    // The same meter with other keys: serial and salt are kept.
    run(dir, &words("device rotate --device old.json --nullifier-key -o new.json")).ok();
    let rotate =
        "registry rotate registry.log 0 --enrolment enrolment.json --level L1 --nameplate 5000";
    enrol(dir, "new.json", "2012-01-01", "2200-01-01");
    assert_eq!(refusal(dir, &words(rotate)), (1, "not-enrolled".into()));
    enrol(dir, "new.json", "2150-01-01", "2200-01-01");
    assert_eq!(
        refusal(dir, &words(ADD)),
        (1, "not-enrolled".into()),
        "the old entry is there still"
    );
    let rotated = run(dir, &words(&format!("{rotate} --json"))).ok().json();
    let number = |name: &str| rotated[name].as_u64();
    assert_eq!((number("revoked"), number("rest"), number("index")), (Some(0), Some(1), Some(2)));
    assert_eq!(rotated["root"].as_str(), Some(&*root(dir)));
    // The same nullifier key with another signing key: from any boundary on.
    run(dir, &words("device rotate --device old.json -o new.json --force")).ok();
    enrol(dir, "new.json", "2012-01-01", "2150-01-01");
    run(dir, &words(&rotate.replace(" 0 ", " 1 "))).ok();
    run(dir, &words("registry check registry.log --each-root --signatures --serials")).ok();
}

#[test]
fn logs_are_brought_here_if_they_grew() {
    let bench = Bench::with(&["device.json"]);
    let dir = bench.path();
    run(dir, &words("registry init --depth 2 -o registry.log")).ok();
    enrol(dir, "device.json", "2011-01-01", "2012-01-01");
    run(dir, &words(ADD)).ok();
    fs::create_dir(dir.join("copy")).unwrap();
    let sync = "registry sync registry.log copy/registry.log --json";
    let first = run(dir, &words(sync)).ok().json();
    assert_eq!(first["new_lines"].as_u64(), Some(4));
    assert_eq!(names(&dir.join("copy")), ["registry.log"]);
    fs::copy(dir.join("registry.log"), dir.join("before.log")).unwrap();
    run(dir, &words("registry revoke registry.log 0")).ok();
    let more = run(dir, &words(sync)).ok().json();
    assert_eq!((more["new_lines"].as_u64(), more["root"].as_str()), (Some(2), Some(&*root(dir))));
    let same = run(dir, &words("registry sync . copy/registry.log --json")).ok().json();
    assert_eq!(same["new_lines"].as_u64(), Some(0));
    // A shorter history, and another.
    let back = "registry sync before.log copy/registry.log";
    assert_eq!(refusal(dir, &words(back)), (1, "rewritten-registry".into()));
    run(dir, &words("registry init --depth 2 --name other -o other.log")).ok();
    run(dir, &words(&ADD.replace("registry.log", "other.log"))).ok();
    run(dir, &words("registry revoke other.log 0")).ok();
    let other = "registry sync other.log copy/registry.log";
    assert_eq!(refusal(dir, &words(other)), (1, "rewritten-registry".into()));
    let head = format!("registry check before.log --head {}", more["head"].as_str().unwrap());
    assert_eq!(refusal(dir, &words(&head)), (1, "rewritten-registry".into()));
    assert_eq!(refusal(dir, &words("registry sync registry.log registry.log")).1, "unreadable");
}

#[test]
fn a_changed_log_is_refused_and_a_torn_one_mended() {
    let bench = Bench::with(&["registry.log", "registry.log.serials", "device.json"]);
    let dir = bench.path();
    let good = bench.text("registry.log");
    bench.write("registry.log", good.replacen("\"5000\"", "\"9000\"", 1));
    assert_eq!(refusal(dir, &words("registry root registry.log")), (2, "damaged-registry".into()));
    // A power cut in the middle of the next change.
    bench.write("registry.log", format!("{good}{{\"event\":\"revoke\",\"ti"));
    let torn = run(dir, &words("registry check registry.log --json")).ok().json();
    assert_eq!(torn["torn"].as_bool(), Some(true));
    let warned = run(dir, &words("registry root registry.log")).ok();
    assert!(warned.err.contains("interrupted"), "{}", warned.err);
    enrol(dir, "device.json", "2013-01-01", "2014-01-01");
    run(dir, &words(ADD)).ok();
    assert!(bench.text("registry.log").starts_with(&good));
    let mended = run(dir, &words("registry check registry.log --json")).ok().json();
    assert_eq!(mended["torn"].as_bool(), Some(false));
}

/// Roots that were replaced after the period are in the profile, and the claim holds until their grace period ends.
#[test]
fn replaced_roots_are_accepted_for_a_while() {
    let bench = Bench::with(&[
        "registry.log",
        "registry.log.serials",
        "policy.json",
        "key.vk.json",
        "bundle.json",
    ]);
    let dir = bench.path();
    let old = root(dir);
    run(dir, &words("registry revoke registry.log 0")).ok();
    let profile = format!(
        "profile new --policy policy.json --key key.vk.json --registry registry.log --period 2011-03-09T17 \
         --verifier example-utility --nonce {} -o profile.json --json",
        crate::world::NONCE
    );
    let made = run(dir, &words(&profile)).ok().json();
    let replaced = &made["replaced_roots"];
    assert!(replaced.as_array().unwrap().iter().any(|r| r["root"] == *old), "{made}");
    let verify =
        "verify --bundle bundle.json --key key.vk.json --profile profile.json --allow-dev-keys";
    run(dir, &words(verify)).ok();
    // The same profile when the grace period is over.
    let mut json: serde_json::Value = serde_json::from_str(&bench.text("profile.json")).unwrap();
    for root in json["replaced_roots"].as_array_mut().unwrap() {
        root["valid_until"] = "1700000000".into();
    }
    bench.write("profile.json", json.to_string());
    assert_eq!(refusal(dir, &words(verify)), (1, "wrong-root".into()));
    // What contracts are given.
    let roots = run(dir, &words("registry export registry.log")).ok().json();
    let list = roots["roots"].as_array().unwrap();
    assert_eq!(list[0]["root"].as_str(), Some(&*root(dir)));
    assert!(list[0]["replaced_at"].is_null() && list[1]["replaced_at"].is_string());
    assert_eq!(list[1]["bytes32"].as_str().unwrap().len(), 66);
    let gone = sign(crate::world::HOUR, "p.json");
    let gone = gone.replace("device.json", &file("device.json"));
    let gone = gone.replace("readings.json", &file("readings.json"));
    assert_eq!(refusal(dir, &words(&gone)), (1, "not-enrolled".into()));
}
