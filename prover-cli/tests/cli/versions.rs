//! Keys of another version's circuit: of the right shape, and of other constraints.

use std::fs::{self, File};

use crate::refusal;
use crate::world::{Bench, HOUR, NONCE, file, world};
use wattproof_circuits::format::{Digest, VerifyingKeyFile};
use wattproof_circuits::groth16::ProvingKey;
use wattproof_circuits::relation::circuit_id;

/// The world's keys, with one coefficient changed, under ids that say so.
fn bench() -> Bench {
    let bench = Bench::with(&["key.vk.json", "policy.json", "registry.log", "package.json"]);
    let verifying = VerifyingKeyFile::from_json(&bench.text("key.vk.json")).unwrap();
    let keys = fs::read_dir(world().join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let path = keys.into_iter().find(|path| path.extension().is_some_and(|e| e == "pk")).unwrap();
    let sha256 = verifying.proving_key_sha256().0;
    let mut proving = ProvingKey::read(File::open(path).unwrap(), &sha256).unwrap();
    let two = proving.matrices.coefficients[0] + proving.matrices.coefficients[0];
    // Minus one, which is in nearly every constraint.
    proving.matrices.coefficients[1] += two;
    let id = circuit_id(verifying.shape(), &proving.matrices);
    assert_ne!(id, verifying.circuit_id());
    proving.circuit_id = id.0;
    let digest = proving.write(File::create(bench.path().join("key.pk")).unwrap()).unwrap();
    let (shape, key) = (verifying.shape().clone(), verifying.key().clone());
    let other = VerifyingKeyFile::new(id, shape, verifying.setup(), key, Digest(digest)).unwrap();
    bench.write("key.vk.json", other.to_json());
    bench
}

#[test]
fn no_profile_pins_a_key_of_another_version() {
    let bench = bench();
    let line = |key: &str| {
        format!(
            "profile new --policy policy.json --key {key} --registry registry.log --period {HOUR} \
             --verifier example-utility --nonce {NONCE} -o profile.json"
        )
    };
    let words = line("key.vk.json");
    let refused = refusal(bench.path(), &words.split_whitespace().collect::<Vec<_>>());
    assert_eq!(refused, (1, "wrong-circuit".into()));
    assert!(!bench.path().join("profile.json").exists());
    let words = line(&file("key.vk.json"));
    crate::run(bench.path(), &words.split_whitespace().collect::<Vec<_>>()).ok();
}

#[test]
fn proving_says_that_the_key_is_of_another_version() {
    let bench = bench();
    let words = "prove --package package.json --key key.vk.json -o bundle.json";
    let refused = refusal(bench.path(), &words.split_whitespace().collect::<Vec<_>>());
    assert_eq!(refused, (1, "wrong-circuit".into()));
    assert!(!bench.path().join("bundle.json").exists());
}
