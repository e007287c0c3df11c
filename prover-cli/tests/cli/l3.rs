//! Level L3 from key to verdict, for each kind of key, and what must not pass.

use std::sync::LazyLock;

use crate::world::{Bench, HOUR, NONCE, world};
use crate::{refusal, run};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const PURPOSE: &str = "--verifier example-utility --nonce";
const VALID: &str = "--valid-from 2011-01-01 --valid-until 2012-01-01";

fn sign(device: &str, out: &str) -> String {
    format!(
        "device sign --device {device} --readings readings.json --policy l3.json --period {HOUR} {PURPOSE} {NONCE} -o {out}"
    )
}

fn profile(device: &str, valid: &str, out: &str) -> String {
    format!(
        "profile new --policy l3.json --key l3.vk.json --device {device} {valid} --period {HOUR} {PURPOSE} {NONCE} -o {out}"
    )
}

const VERIFY: &str = "verify --key l3.vk.json --allow-dev-keys --bundle";

/// A folder with the policy at L3, its keys, and for each kind of key a device, its bundle and a profile that trusts it.
fn bench() -> Bench {
    static L3: LazyLock<Bench> = LazyLock::new(|| {
        let bench = Bench::with(&["readings.json", "policy.json"]);
        let dir = bench.path();
        let go = |line: &str| run(dir, &words(line)).ok();
        bench.write("l3.json", bench.text("policy.json").replace("\"L1\"", "\"L3\""));
        let key = go("--json setup --policy l3.json -o keys").json();
        let key = key["verifying_key"].as_str().unwrap();
        std::fs::copy(dir.join(key), dir.join("l3.vk.json")).unwrap();
        for kind in ["p256", "secp256k1", "ed25519"] {
            go(&format!(
                "device keygen --serial SN-{kind} --algorithm {kind} -o {kind}.key.json --public-out {kind}.json"
            ));
            go(&sign(&format!("{kind}.key.json"), &format!("{kind}.package.json")));
            let proved = go(&format!(
                "prove --package {kind}.package.json --keys keys -o {kind}.bundle.json --embed-policy"
            ));
            assert!(proved.err.contains("which device it is"), "{}", proved.err);
            assert!(!proved.err.contains("nor which meter"), "{}", proved.err);
            go(&profile(&format!("{kind}.json"), VALID, &format!("{kind}.profile.json")));
        }
        bench
    });
    let copy = Bench::with(&[]);
    for entry in std::fs::read_dir(L3.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

#[test]
fn every_kind_of_key_goes_all_the_way() {
    let bench = bench();
    let dir = bench.path();
    for kind in ["p256", "secp256k1", "ed25519"] {
        let line = format!("{VERIFY} {kind}.bundle.json --profile {kind}.profile.json");
        let text = run(dir, &words(&line)).ok().text();
        assert!(text.contains("level L3: The device itself signed"), "{text}");
        assert!(text.contains(&format!("device: SN-{kind}, {kind} ")), "{text}");
        let claim = run(dir, &words(&(line + " --json"))).ok().json();
        assert_eq!(claim["device"]["algorithm"], kind);
        assert_eq!(claim["level"]["least"], "L3");
        let inspected = run(dir, &words(&format!("inspect {kind}.bundle.json --json"))).ok().json();
        let key = claim["device"]["public_key"].as_str().unwrap();
        assert!(inspected["device"].as_str().unwrap().ends_with(key));
        // Nothing of the device is secret in what others get; its key file says so.
        let secret = run(dir, &words(&format!("inspect {kind}.key.json --json"))).ok().json();
        assert_eq!(secret["secret"], true);
        // Once for a meter and period.
        let once =
            format!("{VERIFY} {kind}.bundle.json --profile {kind}.profile.json --nullifiers seen");
        run(dir, &words(&once)).ok();
        assert_eq!(refusal(dir, &words(&once)), (1, "already-claimed".into()));
    }
}

#[test]
fn only_trusted_devices_pass_and_only_in_their_time() {
    let bench = bench();
    let dir = bench.path();
    let verify = |bundle: &str, profile: &str| format!("{VERIFY} {bundle} --profile {profile}");
    let refused = |line: String| refusal(dir, &words(&line));
    assert_eq!(
        refused(verify("p256.bundle.json", "ed25519.profile.json")),
        (1, "wrong-device".into())
    );
    let late = "--valid-from 2011-03-10 --valid-until 2012-01-01 --zone America/Los_Angeles";
    run(dir, &words(&profile("p256.json", late, "late.json"))).ok();
    assert_eq!(refused(verify("p256.bundle.json", "late.json")), (1, "wrong-device".into()));
    // Another device's key on this one's signature: the nullifier is not its own; and the signature of another claim.
    let part = |name: &str, member: &str| {
        let json: serde_json::Value = serde_json::from_str(&bench.text(name)).unwrap();
        json["device"][member].as_str().unwrap().to_owned()
    };
    run(
        dir,
        &words("device keygen --serial other --algorithm p256 -o o.key.json --public-out o.json"),
    )
    .ok();
    run(dir, &words(&sign("o.key.json", "o.package.json"))).ok();
    let (key, other) =
        (part("p256.bundle.json", "public_key"), part("o.package.json", "public_key"));
    bench.edit("p256.bundle.json", &key, &other);
    run(dir, &words(&profile("o.json", VALID, "o.profile.json"))).ok();
    assert_eq!(refused(verify("p256.bundle.json", "o.profile.json")), (1, "wrong-device".into()));
    bench.edit("p256.bundle.json", &other, &key);
    let (own, others) =
        (part("p256.bundle.json", "signature"), part("o.package.json", "signature"));
    bench.edit("p256.bundle.json", &own, &others);
    assert_eq!(
        refused(verify("p256.bundle.json", "p256.profile.json")),
        (1, "bad-signature".into())
    );
    assert_eq!(refused(format!("{VERIFY} p256.bundle.json")), (1, "bad-signature".into()));
}

#[test]
fn levels_do_not_mix() {
    let bench = bench();
    let dir = bench.path();
    for file in
        ["device.json", "registry.log", "registry.log.serials", "key.vk.json", "bundle.json"]
    {
        std::fs::copy(world().join(file), dir.join(file)).unwrap();
    }
    let refused = |line: String| refusal(dir, &words(&line));
    // A claim of a lower level, for a policy that demands L3.
    let line = format!("{VERIFY} bundle.json --profile p256.profile.json");
    assert_eq!(refused(line), (1, "wrong-circuit".into()));
    // A registry's device under an L3 policy, and the other way round.
    let registry = " --registry registry.log";
    assert_eq!(refused(sign("device.json", "x.json") + registry), (1, "not-enrolled".into()));
    assert_eq!(refused(sign("device.json", "x.json")).0, 2);
    assert_eq!(refused(sign("p256.key.json", "x.json") + registry).0, 2);
    let lower = sign("p256.key.json", "x.json").replace("l3.json", "policy.json");
    assert_eq!(refused(lower), (1, "not-enrolled".into()));
    // Devices in a profile of a policy that asks for a registry, roots in one of a policy that asks for none.
    let roots = profile("p256.json", VALID, "x.json").replace("--device p256.json", "--root 1");
    assert_eq!(refused(roots.replace(VALID, "")).1, "malformed");
    let devices = profile("p256.json", VALID, "x.json").replace("l3.json", "policy.json");
    assert_eq!(refused(devices.replace("l3.vk.json", "key.vk.json")).1, "malformed");
    // Two devices of one meter at one time.
    run(
        dir,
        &words(
            "device keygen --serial SN-p256 --algorithm ed25519 -o t.key.json --public-out t.json",
        ),
    )
    .ok();
    let twice = profile("p256.json --device t.json", VALID, "x.json");
    assert_eq!(refused(twice), (2, "out-of-range".into()));
}
