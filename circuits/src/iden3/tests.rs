#![allow(clippy::unwrap_used)]

use super::*;
use crate::cs::{Circuit, ConstraintSystem, Evaluator, Linear, Matrices, Recorder};
use crate::error::Code;
use crate::groth16::{PreparedVerifyingKey, Prover, ProvingKey, VerifyingKey};
use crate::hash::F;
use crate::random::Rng;
use crate::setup::hazmat::development_keys;
use ark_std::rand::SeedableRng;
use std::io::Cursor;

/// Knows two numbers with a public product, and the bits of one.
struct Factors(u64, u64);

impl Circuit for Factors {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let product = cs.input(F::from(self.0) * F::from(self.1));
        let unused = cs.input(F::from(7));
        let (x, y) = (cs.witness(|| F::from(self.0)), cs.witness(|| F::from(self.1)));
        cs.enforce("factors: product", &x, &y, &product);
        let mut sum = CS::Wire::nil();
        for i in 0..64 {
            let bit = cs.witness(|| F::from(self.0 >> i & 1));
            cs.enforce("factors: bit", &bit, &bit, &bit);
            sum.add_scaled(F::from(1_u64 << i), &bit);
        }
        cs.enforce_equal("factors: sum", &sum, &x);
        cs.enforce("factors: bound", &unused, &unused, &CS::Wire::constant(F::from(49)));
    }
}

struct Case {
    key: ProvingKey,
    verifying: VerifyingKey,
    assignment: Vec<F>,
    zkey: Vec<u8>,
}

fn case() -> Case {
    let mut rng = Rng::seed_from_u64(11);
    let matrices = Recorder::record(&Factors(0, 0));
    let (key, verifying) = development_keys([5; 32], matrices, &mut rng).unwrap();
    let assignment = Evaluator::assign(&Factors(987_654_321, 1 << 40), key.matrices.variables);
    let mut zkey = Vec::new();
    Zkey::new(&key, &verifying).write(&mut zkey).unwrap();
    Case { key, verifying, assignment, zkey }
}

impl Case {
    fn read(&self, zkey: &[u8]) -> Result<(ProvingKey, VerifyingKey), Code> {
        self.read_as(zkey, self.key.matrices.clone())
    }

    fn read_as(&self, zkey: &[u8], m: Matrices) -> Result<(ProvingKey, VerifyingKey), Code> {
        let read = Zkey::read(Cursor::new(zkey)).and_then(|zkey| zkey.into_keys([5; 32], m));
        read.map_err(|e| e.code())
    }

    fn changed(&self, at: usize, change: impl Fn(&mut u8)) -> Vec<u8> {
        let mut bytes = self.zkey.clone();
        change(&mut bytes[at]);
        bytes
    }

    /// Where a section's content begins, and its length.
    fn section(&self, wanted: u32) -> (usize, usize) {
        let mut at = 12;
        loop {
            let number = u32::from_le_bytes(self.zkey[at..at + 4].try_into().unwrap());
            let length =
                u64::from_le_bytes(self.zkey[at + 4..at + 12].try_into().unwrap()) as usize;
            if number == wanted {
                return (at + 12, length);
            }
            at += 12 + length;
        }
    }
}

#[test]
fn a_zkey_read_again_is_the_same_key_and_proves() {
    let case = case();
    let (key, verifying) = case.read(&case.zkey).unwrap();
    assert_eq!((&key, &verifying), (&case.key, &case.verifying));
    let proof = key.prove(&case.assignment, &mut Rng::seed_from_u64(1)).unwrap();
    let inputs = &case.assignment[1..3];
    PreparedVerifyingKey::from(&verifying).verify(inputs, &proof).unwrap();
}

#[test]
fn a_zkey_cut_short_anywhere_or_with_more_at_its_end_is_refused() {
    let case = case();
    for length in (0..case.zkey.len()).step_by(97).chain([case.zkey.len() - 1]) {
        assert_eq!(case.read(&case.zkey[..length]).unwrap_err(), Code::Malformed, "{length}");
    }
    let longer = [&case.zkey[..], &[0]].concat();
    assert_eq!(case.read(&longer).unwrap_err(), Code::Malformed);
}

#[test]
fn a_zkey_with_a_changed_byte_is_refused_or_proves_nothing() {
    let case = case();
    for at in (0..case.zkey.len()).step_by(211) {
        let bytes = case.changed(at, |byte| *byte ^= 1);
        let (contributions, _) = case.section(10);
        match case.read(&bytes) {
            Ok((key, verifying)) => {
                // What is not read here; or the order of sections of equal length.
                assert!(at >= contributions - 12, "{at}");
                assert_eq!((key, verifying), (case.key.clone(), case.verifying.clone()));
            }
            Err(code) => {
                let known = [Code::Malformed, Code::WrongCircuit, Code::BadPoint, Code::UnsoundKey];
                assert!(known.contains(&code), "{at}: {code:?}");
            }
        }
    }
}

#[test]
fn a_zkey_of_another_circuit_is_refused() {
    let case = case();
    let (at, _) = case.section(4);
    // The first coefficient's value, its wire, its row.
    for offset in [4 + 12, 4 + 8, 4 + 4, 4] {
        let bytes = case.changed(at + offset, |byte| *byte ^= 1);
        assert_eq!(case.read(&bytes).unwrap_err(), Code::WrongCircuit, "{offset}");
    }
    let mut other = case.key.matrices.clone();
    other.coefficients[2] += F::from(1);
    assert_eq!(case.read_as(&case.zkey, other).unwrap_err(), Code::WrongCircuit);
    let mut other = case.key.matrices.clone();
    other.variables += 1;
    assert_eq!(case.read_as(&case.zkey, other).unwrap_err(), Code::WrongCircuit);
}

#[test]
fn a_zkey_with_gamma_equal_to_delta_is_refused() {
    let case = case();
    let (at, _) = case.section(2);
    let gamma = at + 2 * 36 + 12 + 64 + 64 + 128;
    let delta = gamma + 128 + 64;
    let mut bytes = case.zkey.clone();
    bytes.copy_within(gamma..gamma + 128, delta);
    assert_eq!(case.read(&bytes).unwrap_err(), Code::UnsoundKey);
}

#[test]
fn json_is_read_as_it_is_written() {
    let case = case();
    let proof = case.key.prove(&case.assignment, &mut Rng::seed_from_u64(2)).unwrap();
    let inputs = &case.assignment[1..3];
    assert_eq!(json::read_proof(&json::proof(&proof)).unwrap(), proof);
    assert_eq!(json::read_public_inputs(&json::public_inputs(inputs)).unwrap(), inputs);
    let key = json::verification_key(&case.verifying);
    assert_eq!(json::read_verification_key(&key).unwrap(), case.verifying);
}

#[test]
fn json_that_is_not_plain_is_refused() {
    let case = case();
    let proof = case.key.prove(&case.assignment, &mut Rng::seed_from_u64(2)).unwrap();
    let text = json::proof(&proof);
    let x = text.split('"').find(|part| part.len() > 60).unwrap();
    let off = format!("{}{}", &x[..x.len() - 1], if x.ends_with('1') { '2' } else { '1' });
    let modulus = "21888242871839275222246405745257275088696311157297823662689037894645226208583";
    for (instead, code) in [
        (off.as_str(), Code::BadPoint),
        (modulus, Code::BadPoint),
        ("-1", Code::BadPoint),
        ("0x1", Code::BadPoint),
        ("01", Code::BadPoint),
        ("", Code::BadPoint),
    ] {
        let changed = text.replacen(x, instead, 1);
        assert_eq!(json::read_proof(&changed).unwrap_err().code(), code, "{instead}");
    }
    for (from, to) in [("groth16", "plonk"), ("bn128", "bls12381")] {
        let changed = text.replacen(from, to, 1);
        assert_eq!(json::read_proof(&changed).unwrap_err().code(), Code::Malformed);
    }
    let changed = text.replacen("\"1\"", "\"2\"", 1);
    assert_eq!(json::read_proof(&changed).unwrap_err().code(), Code::BadPoint);
    let order = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
    for numbers in [format!("[\"{order}\"]"), "[\"01\"]".into(), "[\"-1\"]".into()] {
        let code = json::read_public_inputs(&numbers).unwrap_err().code();
        assert_eq!(code, Code::FieldRange);
    }
    assert_eq!(json::read_public_inputs("[1]").unwrap_err().code(), Code::Malformed);
    let key = json::verification_key(&case.verifying).replace("\"nPublic\": 2", "\"nPublic\": 3");
    assert_eq!(json::read_verification_key(&key).unwrap_err().code(), Code::Malformed);
}

#[test]
fn symbols_name_every_wire_once() {
    let m = Recorder::record(&Factors(0, 0));
    let mut text = Vec::new();
    write_symbols(&m, &["product".into(), "unused".into()], &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), m.variables - 1);
    assert_eq!(lines[0], "1,1,0,main.product");
    assert_eq!(lines[1], "2,2,0,main.unused");
    assert_eq!(lines[2], "3,3,0,main.factors.product[0]");
    assert_eq!(lines[4], "5,5,0,main.factors.bit[0]");
    let names: std::collections::HashSet<_> = lines.iter().map(|l| l.rsplit(',').next()).collect();
    assert_eq!(names.len(), lines.len());
}

#[test]
fn calldata_is_read_as_it_is_written_and_not_otherwise() {
    let case = case();
    let proof = case.key.prove(&case.assignment, &mut Rng::seed_from_u64(2)).unwrap();
    let inputs = &case.assignment[1..3];
    let text = json::calldata(&proof, inputs);
    assert_eq!(json::read_calldata(&text).unwrap(), (proof, inputs.to_vec()));
    assert_eq!(json::read_calldata(&format!(" {text}\n")).unwrap().1, inputs);
    let words: Vec<&str> = text.split('"').filter(|part| part.starts_with("0x")).collect();
    assert_eq!(words.len(), 10);
    let over = |modulus: &str| format!("0x{modulus}");
    let q = over("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
    let r = over("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");
    for (from, to, code) in [
        (words[0], q.as_str(), Code::BadPoint),
        (words[3], q.as_str(), Code::BadPoint),
        (words[0], words[1], Code::BadPoint),
        (words[2], words[3], Code::BadPoint),
        (words[9], r.as_str(), Code::FieldRange),
        (words[9], "0x07", Code::Malformed),
        (words[9], "7", Code::Malformed),
        (words[9], &words[9].to_uppercase(), Code::Malformed),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_eq!(json::read_calldata(&changed).unwrap_err().code(), code, "{to}");
    }
    for broken in ["", "[]", &text[1..], &format!("{text},[]")] {
        assert_eq!(json::read_calldata(broken).unwrap_err().code(), Code::Malformed, "{broken}");
    }
}

#[test]
fn a_witness_is_read_as_it_is_written() {
    let case = case();
    let mut bytes = Vec::new();
    write_witness(&case.assignment, &mut bytes).unwrap();
    let read = |bytes: &[u8]| read_witness(Cursor::new(bytes)).map_err(|e| e.code());
    assert_eq!(read(&bytes).unwrap(), case.assignment);
    for length in (0..bytes.len()).step_by(31) {
        assert_eq!(read(&bytes[..length]), Err(Code::Malformed), "{length}");
    }
    // The first value is one; the last is made the field's order or more.
    let first = bytes.len() - 32 * case.assignment.len();
    for (at, byte) in [(first, 2), (bytes.len() - 1, 0xff)] {
        let mut changed = bytes.clone();
        changed[at] = byte;
        assert_eq!(read(&changed), Err(Code::Malformed), "{at}");
    }
}

/// Refusals quote little of a stranger's text, and none of what could move a cursor or pass for a code.
#[test]
fn refusals_can_be_shown() {
    let long = "z".repeat(10_000);
    let proof = |protocol: &str| {
        let point = r#"["1","2","1"]"#;
        format!(
            r#"{{"pi_a":{point},"pi_b":[["1","2"],["1","2"],["1","0"]],"pi_c":{point},"protocol":"{protocol}","curve":"bn128"}}"#
        )
    };
    for refused in [
        json::read_calldata("[\"0x12\"]").err(),
        json::read_proof(&proof("\\u001b[2J")).err(),
        json::read_proof(&proof(&long)).err(),
        json::read_proof(&format!("{{\"{long}\":1}}")).err(),
        json::read_public_inputs(&format!("[\"{long}\"]")).err(),
    ] {
        let text = refused.unwrap().to_string();
        assert!(text.len() < 400 && !text.contains(char::is_control), "{text:?}");
    }
}
