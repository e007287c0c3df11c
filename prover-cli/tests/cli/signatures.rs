//! `import --public-key`: what a meter signed is taken with its own key, in whatever form the key comes, and with no other.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::world::Bench;
use crate::{refusal, run};

/// The records of a morning, signed with the key of `secp256r1.pem`.
const DAY: &str = "import day.ocmf -o readings.json --public-key";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(crate::sample(&format!("ocmf/{name}"))).unwrap()
}

fn bench() -> Bench {
    let bench = Bench::with(&[]);
    bench.write("day.ocmf", sample("day.ocmf"));
    bench
}

/// The base64 between the lines of a PEM file.
fn body(pem: &[u8]) -> String {
    let text = std::str::from_utf8(pem).unwrap();
    text.lines().filter(|line| !line.starts_with('-')).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_meters_key_in_every_form() {
    let bench = bench();
    let dir = bench.path();
    let without = run(dir, &words("import day.ocmf -o readings.json")).ok();
    assert!(without.text().contains("the signatures were not checked"), "{}", without.text());
    let (pem, certificate) = (sample("secp256r1.pem"), sample("secp256r1.crt"));
    let der = STANDARD.decode(body(&pem)).unwrap();
    let forms = [
        ("key.pem", pem.clone()),
        ("key.der", der.clone()),
        ("key.hex", hex(&der).into_bytes()),
        ("key.b64", body(&pem).into_bytes()),
        ("certificate.pem", certificate.clone()),
        ("certificate.der", STANDARD.decode(body(&certificate)).unwrap()),
    ];
    let mut evidence = Vec::new();
    for (name, bytes) in forms {
        bench.write(name, bytes);
        let text = run(dir, &words(&format!("{DAY} {name}"))).ok().text();
        assert!(text.contains("12 records, every signature checked: ECDSA-secp256r1-SHA256"));
        assert!(!text.contains("not checked"), "{name}: {text}");
        let checked = run(dir, &words(&format!("--json {DAY} {name}"))).ok().json();
        evidence.push(checked["checked"].clone());
    }
    assert_eq!(evidence[0]["records"], 12);
    assert!(evidence.iter().all(|one| *one == evidence[0]), "{evidence:?}");
}

#[test]
fn any_other_key_is_refused_and_nothing_written() {
    let bench = bench();
    let dir = bench.path();
    let pem = sample("secp256r1.pem");
    let der = STANDARD.decode(body(&pem)).unwrap();
    // The base point of P-256: a key that anybody has.
    let point = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    bench.write("other.hex", hex(&der[..der.len() - 65]) + point);
    bench.write("meter.pem", &pem);
    bench.write("curve.pem", sample("secp256k1.pem"));
    bench.write("weak.pem", sample("secp192r1.pem"));
    bench.write("cut.pem", &pem[..pem.len() / 2]);
    bench.write("long.der", vec![0x30; (64 << 10) + 1]);
    bench.write("plain.csv", "time,Wh\n2026-03-01 00:00Z,5\n2026-03-01 00:15Z,5\n");
    let changed = String::from_utf8(sample("day.ocmf")).unwrap();
    bench.write("changed.ocmf", changed.replacen("\"RV\":500.0", "\"RV\":400.0", 1));
    for (file, key, code) in [
        ("day.ocmf", "other.hex", "bad-signature"),
        ("changed.ocmf", "meter.pem", "bad-signature"),
        ("day.ocmf", "curve.pem", "other-algorithm"),
        ("day.ocmf", "weak.pem", "unsupported-algorithm"),
        ("day.ocmf", "cut.pem", "bad-public-key"),
        ("day.ocmf", "day.ocmf", "bad-public-key"),
        ("day.ocmf", "long.der", "bad-public-key"),
        ("day.ocmf", "none.pem", "unreadable"),
        ("plain.csv", "meter.pem", "not-signed"),
    ] {
        let line = format!("import {file} -o readings.json --public-key {key}");
        assert_eq!(refusal(dir, &words(&line)), (2, code.into()), "{file} {key}");
        assert!(!dir.join("readings.json").exists(), "{file} {key}");
    }
    // Without the key the changed file is one like any other: that is what the key is for.
    run(dir, &words("import changed.ocmf -o readings.json")).ok();
}
