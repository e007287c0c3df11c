//! Four members prove for real what only their sum shows; and each way in which a sum must not open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::world::{Bench, HOUR, world};
use crate::{refusal, run};

const MEMBERS: usize = 4;

/// In `round/` of the world's neighbour: for each member `bundle-I.json` and `share-I.json`, and what the aggregator brings.
fn round() -> &'static Path {
    static ROUND: LazyLock<PathBuf> = LazyLock::new(build);
    &ROUND
}

fn go(dir: &Path, line: &str) -> crate::Outcome {
    run(dir, &line.split_whitespace().collect::<Vec<_>>()).ok()
}

/// Member I uses I times 100, 200, 300 and 400 Wh from 17:00 on, and half of it in the hour after.
fn readings(i: usize) -> String {
    let mut csv = String::from("time,Wh\n");
    for (hour, share) in [(17, 100), (18, 50)] {
        for quarter in 0..4 {
            let value = i * share * (quarter + 1);
            csv += &format!("2011-03-09 {hour}:{:02},{value}\n", quarter * 15);
        }
    }
    csv
}

fn build() -> PathBuf {
    let policy = fs::read_to_string(world().join("policy.json")).unwrap();
    let policy = policy.replace("\"exact\"", "\"hidden\"");
    let dir = enrolled("wattproof-round", MEMBERS, &policy, |dir, i| {
        fs::write(dir.join(format!("{i}.csv")), readings(i)).unwrap();
        go(dir, &format!("import {i}.csv --csv-zone America/Los_Angeles -o readings-{i}.json"));
    });
    let nonce = profiled(&dir, MEMBERS, "roster", "profile");
    let other = profiled(&dir, MEMBERS, "other-roster", "other-profile");
    for i in 1..=MEMBERS {
        prove(&dir, i, HOUR, &nonce, "roster.json", &i.to_string());
    }
    // For another hour, and for another round.
    prove(&dir, 2, "2011-03-09T18", &nonce, "roster.json", "late");
    prove(&dir, 2, HOUR, &other, "other-roster.json", "other");
    dir
}

/// A folder with a policy, its keys, and for each member readings (which `import` makes), device, registry entry and mask key.
fn enrolled(name: &str, members: usize, policy: &str, import: impl Fn(&Path, usize)) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("policy.json"), policy).unwrap();
    go(&dir, "registry init --depth 2 -o registry.log");
    for i in 1..=members {
        import(&dir, i);
        go(&dir, &format!("device keygen --serial SN-{i} -o device-{i}.json"));
        go(
            &dir,
            &format!(
                "device enrol --device device-{i}.json --level L1 --nameplate 5000 --valid-from 2011-01-01 \
                 --valid-until 2012-01-01 --zone America/Los_Angeles -o enrolment-{i}.json"
            ),
        );
        go(
            &dir,
            &format!(
                "registry add registry.log --enrolment enrolment-{i}.json --level L1 --nameplate 5000"
            ),
        );
        go(
            &dir,
            &format!(
                "aggregate key --name house-{i} -o mask-{i}.json --member-out member-{i}.json"
            ),
        );
    }
    let setup = go(&dir, "--json setup --policy policy.json -o keys").json();
    fs::copy(dir.join(setup["verifying_key"].as_str().unwrap()), dir.join("key.vk.json")).unwrap();
    dir
}

/// Fixes a round, and the profile of its claims; its nonce.
fn profiled(dir: &Path, members: usize, roster: &str, profile: &str) -> String {
    let all: Vec<_> = (1..=members).map(|i| format!("member-{i}.json")).collect();
    let all = all.join(" ");
    let line = format!("--json aggregate roster {all} --least {members} -o {roster}.json");
    let nonce = go(dir, &line).json()["nonce"].as_str().unwrap().to_owned();
    go(
        dir,
        &format!(
            "profile new --policy policy.json --key key.vk.json --registry registry.log --period {HOUR} \
             --verifier community --nonce {nonce} -o {profile}.json"
        ),
    );
    nonce
}

fn sign(i: usize, hour: &str, nonce: &str, out: &str) -> String {
    format!(
        "device sign --device device-{i}.json --readings readings-{i}.json --policy policy.json --period {hour} \
         --registry registry.log --verifier community --nonce {nonce} -o {out}"
    )
}

fn prove(dir: &Path, i: usize, hour: &str, nonce: &str, roster: &str, name: &str) {
    go(dir, &sign(i, hour, nonce, &format!("package-{name}.json")));
    let told = go(
        dir,
        &format!(
            "prove --package package-{name}.json --keys keys --roster {roster} --mask-key mask-{i}.json \
         --share share-{name}.json -o bundle-{name}.json"
        ),
    );
    assert!(told.err.contains("only a commitment"), "{}", told.err);
}

/// A copy of all that an aggregator has.
fn bench() -> Bench {
    let bench = Bench::with(&[]);
    for entry in fs::read_dir(round()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() && !name.ends_with(".csv") {
            fs::copy(entry.path(), bench.path().join(name)).unwrap();
        }
    }
    bench
}

/// The command that opens these members' shares and bundles.
fn open(shares: &[&str], bundles: &[&str], more: &str) -> Vec<String> {
    let mut words = "aggregate open --profile profile.json --key key.vk.json --roster roster.json --allow-dev-keys"
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    words.extend(more.split_whitespace().map(str::to_owned));
    words.extend(shares.iter().map(|name| format!("share-{name}.json")));
    words.push("--bundles".into());
    words.extend(bundles.iter().map(|name| format!("bundle-{name}.json")));
    words
}

const ALL: &[&str] = &["1", "2", "3", "4"];

#[track_caller]
fn refused(bench: &Bench, words: &[String]) -> (i32, String) {
    refusal(bench.path(), &words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn opened(bench: &Bench, words: &[String]) -> crate::Outcome {
    run(bench.path(), &words.iter().map(String::as_str).collect::<Vec<_>>()).ok()
}

#[test]
fn the_sum_opens_and_claims_are_recorded_once() {
    let bench = bench();
    let people = opened(&bench, &open(&["3", "1", "4", "2"], ALL, ""));
    assert!(people.text().starts_with("OPENED: evening-cap\n"), "{}", people.text());
    assert!(people.text().contains("sum of 4 members' volume: 10 kWh"), "{}", people.text());
    assert!(people.text().contains("was not checked"), "{}", people.text());
    let words = open(ALL, ALL, "--nullifiers seen.txt");
    let json = opened(&bench, &[&["--json".to_owned()], &words[..]].concat()).json();
    assert_eq!((&json["sums"][0]["total"], &json["members"]), (&"10000".into(), &4.into()));
    assert_eq!(json["uniqueness"]["status"], "recorded");
    assert_eq!(bench.text("seen.txt").lines().count(), MEMBERS);
    assert_eq!(refused(&bench, &words[..]), (1, "already-claimed".into()));
    assert_eq!(bench.text("seen.txt").lines().count(), MEMBERS);
}

#[test]
fn what_does_not_open_is_named_and_records_nothing() {
    let bench = bench();
    let lie = bench.text("share-3.json");
    // The last digit of the masked value.
    let at = lie.rfind('"').unwrap() - 1;
    let digit = if &lie[at..=at] == "1" { "2" } else { "1" };
    bench.write("share-lie.json", format!("{}{digit}{}", &lie[..at], &lie[at + 1..]));
    for (shares, bundles, code) in [
        (&["1", "2", "3"][..], &["1", "2", "3"][..], "member-missing"),
        (&["1", "2", "3"], ALL, "member-missing"),
        (ALL, &["1", "2", "3"], "proof-invalid"),
        (&["1", "1", "3", "4"], ALL, "member-twice"),
        (ALL, &["1", "1", "3", "4"], "already-claimed"),
        (&["1", "2", "lie", "4"], ALL, "sum-closed"),
        (&["1", "late", "3", "4"], &["1", "late", "3", "4"], "wrong-period"),
        (&["1", "late", "3", "4"], ALL, "wrong-period"),
        (&["1", "other", "3", "4"], &["1", "other", "3", "4"], "wrong-context"),
        (&["1", "other", "3", "4"], ALL, "wrong-round"),
    ] {
        let words = open(shares, bundles, "--nullifiers seen.txt");
        assert_eq!(refused(&bench, &words), (1, code.into()), "{shares:?} {bundles:?}");
        assert!(fs::read(bench.path().join("seen.txt")).unwrap_or_default().is_empty());
    }
    // A profile that does not name the round, and a proof that is none.
    let words =
        open(ALL, ALL, "").join(" ").replace("--profile profile", "--profile other-profile");
    let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
    assert_eq!(refused(&bench, &words), (1, "wrong-context".into()));
    bench.write("bundle-4.json", "{}");
    let outcome =
        run(bench.path(), &open(ALL, ALL, "").iter().map(String::as_str).collect::<Vec<_>>());
    assert!(outcome.code == 1 && outcome.err.contains("bundle-4.json"), "{}", outcome.err);
}

#[test]
fn hidden_outputs_name_their_round() {
    let bench = bench();
    let keys = round().join("keys").display().to_string();
    let with = |line: &str| {
        let line = format!("prove --keys {keys} -o b.json {line}");
        refusal(bench.path(), &line.split_whitespace().collect::<Vec<_>>())
    };
    let usage = (2, "usage".to_owned());
    assert_eq!(with("--package package-1.json"), usage);
    let shareless = format!(
        "prove --keys {keys} --package package-1.json --roster roster.json --mask-key mask-1.json"
    );
    assert_eq!(run(bench.path(), &shareless.split(' ').collect::<Vec<_>>()).code, 2);
    let two = "--share s.json --share t.json";
    assert_eq!(
        with(&format!(
            "--package package-1.json --roster roster.json --mask-key mask-1.json {two}"
        )),
        usage
    );
    let join = "--roster roster.json --mask-key mask-1.json --share s.json";
    let plain = world().join("package.json").display().to_string();
    assert_eq!(with(&format!("--package {plain} {join}")), usage);
    // Another round than the device signed for, and a key that is not on the roster.
    assert_eq!(with(&format!("--package package-other.json {join}")), (1, "wrong-context".into()));
    run(
        bench.path(),
        &"aggregate key --name x -o mask-x.json --member-out x.json".split(' ').collect::<Vec<_>>(),
    )
    .ok();
    let stranger = join.replace("mask-1", "mask-x");
    assert_eq!(with(&format!("--package package-1.json {stranger}")), (1, "member-missing".into()));
    assert!(!bench.path().join("s.json").exists() && !bench.path().join("b.json").exists());
}

#[test]
fn rosters_and_keys_are_checked_and_inspected() {
    let bench = bench();
    let go = |line: &str| run(bench.path(), &line.split_whitespace().collect::<Vec<_>>());
    let code = |line: &str| refusal(bench.path(), &line.split_whitespace().collect::<Vec<_>>());
    let roster = "aggregate roster -o r.json --least";
    assert_eq!(code(&format!("{roster} 3 member-1.json member-2.json")), (1, "bad-roster".into()));
    assert_eq!(code(&format!("{roster} 2 member-1.json member-2.json")), (1, "bad-roster".into()));
    assert_eq!(
        code(&format!("{roster} 3 member-1.json member-2.json member-1.json")),
        (1, "bad-roster".into())
    );
    assert_eq!(
        code(&format!("{roster} 3 member-1.json member-2.json mask-3.json")),
        (2, "unknown-version".into())
    );
    assert_eq!(
        code("aggregate key --name y -o mask-1.json --member-out y.json"),
        (2, "exists".into())
    );
    assert!(!bench.path().join("y.json").exists());
    let seed = bench.text("mask-1.json");
    let seed = &seed[seed.find("\"seed\": \"").unwrap() + 9..][..64];
    for (file, kind) in [
        ("mask-1", "mask-key/1"),
        ("member-1", "member/1"),
        ("roster", "roster/1"),
        ("share-1", "share/1"),
    ] {
        let shown = go(&format!("inspect {file}.json")).ok().text();
        assert!(shown.starts_with(&format!("{kind}\n")) && !shown.contains(seed), "{shown}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(round().join("mask-1.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn a_figure_is_in_one_sum_unless_its_owner_says_so() {
    let bench = bench();
    let keys = round().join("keys").display().to_string();
    let join = |name: &str, roster: &str| {
        format!(
            "prove --keys {keys} --package package-{name}.json --roster {roster} --mask-key mask-2.json --share s.json \
             -o b.json --disclosures led.json"
        )
    };
    let go = |line: &str| run(bench.path(), &line.split_whitespace().collect::<Vec<_>>());
    let first = go(&join("2", "roster.json")).ok();
    assert!(!first.err.contains("is 2 kWh"), "{}", first.err);
    go(&join("2", "roster.json")).ok();
    let other = join("other", "other-roster.json");
    let words: Vec<_> = other.split_whitespace().collect();
    assert_eq!(refusal(bench.path(), &words), (1, "second-sum".into()));
    go(&format!("{other} --another-sum")).ok();
    let shown = go("--json disclosures show led.json").ok().json();
    let rosters = |proof: usize| shown["proofs"][proof]["sums"][0]["roster"].clone();
    assert_eq!(shown["proofs"].as_array().unwrap().len(), 2);
    assert_ne!(rosters(0), rosters(1));
}

/// The series of two readings files in one.
fn beside(dir: &Path, one: &str, two: &str, out: &str) {
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(dir.join(name)).unwrap()).unwrap()
    };
    let (mut file, mut other) = (read(one), read(two));
    for place in ["/series", "/report/series"] {
        let more = other.pointer_mut(place).unwrap().as_array_mut().unwrap();
        file.pointer_mut(place).unwrap().as_array_mut().unwrap().append(more);
    }
    fs::write(dir.join(out), file.to_string()).unwrap();
}

#[test]
fn a_sum_of_nets_can_be_negative() {
    let mut policy: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(world().join("policy.json")).unwrap()).unwrap();
    let channel = |direction: &str| serde_json::json!({ "quantity": "energy", "direction": direction, "unit": "Wh" });
    policy["meter"]["channels"] = [channel("import"), channel("export")].into();
    policy["conditions"][1] = serde_json::json!({
        "kind": "netting", "from": 0, "against": 1, "mode": "period", "reveal": "hidden", "min": "-9000", "max": "9000",
    });
    policy["conditions"].as_array_mut().unwrap().truncate(2);
    // Taken and given in each quarter of an hour: nets of 120, -1,600 and 1,000 Wh.
    let flows = [(130, 100), (0, 400), (250, 0)];
    let dir = enrolled("wattproof-nets", flows.len(), &policy.to_string(), |dir, i| {
        let (taken, given) = flows[i - 1];
        for (name, value) in [("import", taken), ("export", given)] {
            let rows = ["00", "15", "30", "45"].map(|m| format!("2011-03-09 17:{m},{value}\n"));
            fs::write(dir.join("flow.csv"), format!("time,Wh\n{}", rows.concat())).unwrap();
            let zone = "--csv-zone America/Los_Angeles";
            let out = format!("{name}-{i}.json");
            go(dir, &format!("import flow.csv {zone} --csv-direction {name} -o {out}"));
        }
        let [import, export] = ["import", "export"].map(|name| format!("{name}-{i}.json"));
        beside(dir, &import, &export, &format!("readings-{i}.json"));
    });
    let nonce = profiled(&dir, flows.len(), "roster", "profile");
    for i in 1..=flows.len() {
        prove(&dir, i, HOUR, &nonce, "roster.json", &i.to_string());
    }
    let three = ["1", "2", "3"];
    let words = [&["--json".to_owned()], &open(&three, &three, "")[..]].concat();
    let json = run(&dir, &words.iter().map(String::as_str).collect::<Vec<_>>()).ok().json();
    assert_eq!(
        (&json["sums"][0]["name"], &json["sums"][0]["total"]),
        (&"net".into(), &"-480".into())
    );
    assert_eq!(json["sums"][0]["text"], "-480 Wh");
}
