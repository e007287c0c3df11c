//! The same energy is claimed once.

use std::thread;

use crate::world::Bench;
use crate::{refusal, run};

const VERIFY: &str = "verify --bundle bundle.json --key key.vk.json --profile profile.json --allow-dev-keys \
                      --nullifiers seen.txt";

fn bench() -> (Bench, Vec<&'static str>) {
    let bench = Bench::with(&["bundle.json", "key.vk.json", "profile.json"]);
    (bench, VERIFY.split_whitespace().collect())
}

#[test]
fn a_second_claim_is_refused() {
    let (bench, words) = bench();
    let first = run(bench.path(), &[&words[..], &["--json"]].concat()).ok().json();
    assert_eq!(first["uniqueness"]["status"], "recorded");
    assert_eq!(bench.text("seen.txt"), format!("{}\n", first["nullifier"].as_str().unwrap()));
    assert_eq!(refusal(bench.path(), &words), (1, "already-claimed".into()));
    assert_eq!(bench.text("seen.txt").lines().count(), 1);
}

#[test]
fn a_claim_that_fails_records_nothing() {
    let (bench, words) = bench();
    bench.edit("bundle.json", "\"1900\"", "\"1899\"");
    assert_eq!(refusal(bench.path(), &words), (1, "proof-invalid".into()));
    assert_eq!(bench.text("seen.txt"), "");
}

#[test]
fn of_many_at_once_one_succeeds() {
    let (bench, words) = bench();
    let codes: Vec<i32> = thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| run(bench.path(), &words).code)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 1).count(), 5, "{codes:?}");
}

#[test]
fn a_damaged_store_is_not_trusted() {
    let (bench, words) = bench();
    for damage in ["7", "7\n\n", "7\nx\n", "07\n", "7\r\n"] {
        bench.write("seen.txt", damage);
        assert_eq!(refusal(bench.path(), &words), (2, "damaged-store".into()), "{damage:?}");
        assert_eq!(bench.text("seen.txt"), damage);
    }
    bench.write("seen.txt", "7\n");
    run(bench.path(), &words).ok();
    assert_eq!(bench.text("seen.txt").lines().count(), 2);
}
