//! The registry of meters.

use crate::world::Bench;
use crate::{refusal, run};

const ADD: &str =
    "registry add registry.json --enrolment enrolment.json --level L1 --nameplate 5000";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn meters_come_and_go() {
    let bench = Bench::with(&["enrolment.json"]);
    let dir = bench.path();
    run(dir, &words("registry init --depth 1 -o registry.json")).ok();
    let root = || run(dir, &words("registry root registry.json")).ok().text();
    let empty = root();
    let line = format!("{ADD} --valid-from 2011-01-01 --valid-until 2012-01-01 --json");
    let added = run(dir, &words(&line)).ok().json();
    assert_eq!((added["index"].as_u64(), added["root"].as_str()), (Some(0), Some(root().trim())));
    assert_ne!(root(), empty);
    let path = run(dir, &words("registry path registry.json 0 --json")).ok().json();
    assert_eq!((&path["root"], path["path"].as_array().unwrap().len()), (&added["root"], 1));
    // The same meter again: only for another time.
    assert_eq!(refusal(dir, &words(line.trim_end_matches(" --json"))), (1, "not-enrolled".into()));
    let next = format!("{ADD} --valid-from 2012-01-01T00:00:00Z --valid-until 1356998400");
    run(dir, &words(&next)).ok();
    run(dir, &words("registry revoke registry.json 0")).ok();
    assert_eq!(refusal(dir, &words("registry revoke registry.json 0")), (1, "not-enrolled".into()));
    assert_eq!(refusal(dir, &words("registry path registry.json 0")), (1, "not-enrolled".into()));
    assert_eq!(refusal(dir, &words("registry path registry.json 9")), (1, "not-enrolled".into()));
    run(dir, &words("registry revoke registry.json 1")).ok();
    assert_eq!(root(), empty);
}

#[test]
fn only_signed_enrolments_are_taken() {
    let bench = Bench::with(&["enrolment.json", "registry.json"]);
    let before = bench.text("registry.json");
    let line = format!("{ADD} --valid-from 2013-01-01 --valid-until 2014-01-01");
    let enrolment = bench.text("enrolment.json");
    let json: serde_json::Value = serde_json::from_str(&enrolment).unwrap();
    let part = |path: &str| json.pointer(path).unwrap().as_str().unwrap().to_owned();
    bench.edit("enrolment.json", &part("/meter_id"), "7");
    assert_eq!(refusal(bench.path(), &words(&line)), (1, "bad-signature".into()));
    // The identity: anyone could sign for it.
    let low = enrolment.replacen(&part("/key/x"), "0", 1).replacen(&part("/key/y"), "1", 1);
    bench.write("enrolment.json", low);
    assert_eq!(refusal(bench.path(), &words(&line)), (1, "bad-key".into()));
    bench.write("enrolment.json", enrolment);
    let reversed = format!("{ADD} --valid-from 2014-01-01 --valid-until 2013-01-01");
    assert_eq!(refusal(bench.path(), &words(&reversed)), (1, "not-enrolled".into()));
    let vague = format!("{ADD} --valid-from 2013 --valid-until soon");
    assert_eq!(refusal(bench.path(), &words(&vague)).0, 2);
    assert_eq!(bench.text("registry.json"), before);
    run(bench.path(), &words(&line)).ok();
}
