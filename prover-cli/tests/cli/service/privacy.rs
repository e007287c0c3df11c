//! Where readings are not: on disk, in logs, in results.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Serving, files_below, package};

/// What of a package is nobody's but the prover's: its text in pieces, and every secret number of it in decimal and in binary.
fn marks(package: &str) -> Vec<Vec<u8>> {
    let document: Value = serde_json::from_str(package).unwrap();
    let block = &document["blocks"][0];
    let values: Vec<u64> = block["channels"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap())
        .collect();
    let numbers = [document["nullifier_key"].as_str().unwrap(), block["salt"].as_str().unwrap()];
    let mut marks: Vec<Vec<u8>> = numbers.iter().map(|number| number.as_bytes().to_vec()).collect();
    for number in numbers {
        let big = binary(number);
        marks.push(big.iter().rev().copied().collect());
        marks.push(big);
    }
    // Readings in JSON, however it is laid out, and as numbers of four and eight bytes.
    for gap in ["", " ", "\n        "] {
        let list: Vec<_> = values.iter().map(u64::to_string).collect();
        marks.push(list.join(&format!(",{gap}")).into_bytes());
    }
    marks.push(values.iter().flat_map(|v| (*v as u32).to_le_bytes()).collect());
    marks.push(values.iter().flat_map(|v| v.to_le_bytes()).collect());
    assert!(marks.iter().all(|mark| mark.len() >= 12));
    marks
}

/// A decimal number as bytes, the most significant first.
fn binary(decimal: &str) -> Vec<u8> {
    let mut bytes = vec![0_u8; 31];
    for digit in decimal.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 10;
            *byte = carry as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    }
    bytes
}

fn hits(folder: &Path, marks: &[Vec<u8>]) -> Vec<String> {
    let mut hits = Vec::new();
    for path in files_below(folder) {
        let bytes = fs::read(&path).unwrap();
        for mark in marks {
            if bytes.windows(mark.len()).any(|part| part == mark.as_slice()) {
                hits.push(format!("{}: {}", path.display(), String::from_utf8_lossy(mark)));
            }
        }
    }
    hits
}

fn search(mut serving: Serving, jobs: usize) {
    let client = serving.client("a", Duration::from_secs(120));
    let mut first = None;
    for number in 0..jobs {
        let text = package();
        let (id, sealed) = serving.seal("a", &text);
        client.submit(&sealed).unwrap();
        match number % 10 {
            // Some are taken back, some are refused, some wait while the service dies.
            7 => drop(client.cancel(id)),
            8 => {
                let (_, sealed) = serving.seal("a", &text[..text.len() - 2]);
                client.submit(&sealed).unwrap();
            }
            9 if number % 50 == 9 => {
                serving.kill();
                // While nothing runs: queue, log of the queue, temporary files.
                assert_eq!(hits(serving.path(), &marks(&text)), [""; 0]);
                serving.start();
            }
            _ => {
                client.wait(id, |_| ()).unwrap();
                let bundle = client.bundle(id).unwrap();
                fs::write(serving.path().join(format!("bundle-{number}.json")), bundle).unwrap();
            }
        }
        first.get_or_insert(text);
    }
    // The packages differ in their challenge and share readings, salt and key: one list of marks serves all.
    let text = first.unwrap();
    let marks = marks(&text);
    serving.terminate();
    assert_eq!(hits(serving.path(), &marks), [""; 0]);
    assert_eq!(fs::read_dir(serving.path().join("tmp")).unwrap().count(), 0);
    // The search finds what is there.
    fs::write(serving.path().join("canary.json"), &text).unwrap();
    fs::write(serving.path().join("canary.bin"), &marks[2]).unwrap();
    let found = hits(serving.path(), &marks);
    assert!(found.len() >= 4 && found.iter().all(|hit| hit.contains("canary.")), "{found:?}");
    println!("{jobs} jobs: no hit in {} files", files_below(serving.path()).len());
}

#[test]
fn a_canary_is_found_nowhere() {
    search(Serving::with(&["--rate", "100000"]), 20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "a thousand jobs"]
fn canary_campaign() {
    search(Serving::with(&["--rate", "100000"]), 1000);
}

/// The broker's files are searched too: it sees sealed packages only.
#[test]
fn a_canary_is_found_nowhere_in_a_fleet() {
    search(Serving::fleet(1, &[], ""), 20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "a thousand jobs"]
fn canary_campaign_in_a_fleet() {
    search(Serving::fleet(1, &[], ""), 1000);
}
