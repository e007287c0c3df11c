//! What to search for: each secret in every form that it could have.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha512};

/// The field's modulus, the most significant byte first.
const R: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
/// The order of Baby Jubjub's subgroup.
const L: &str = "060c89ce5c263405370a08b6d0302b0bab3eedb83920ee0a677297dc392126f1";

/// Names, and the bytes that give each away.
#[derive(Default)]
pub(crate) struct Marks(Vec<(String, Vec<u8>)>);

impl Marks {
    /// Of a witness package: its readings, salts and nullifier key.
    pub(crate) fn of_package(package: &str) -> Self {
        let document: Value = serde_json::from_str(package).unwrap();
        let mut marks = Self::default();
        marks.element("nullifier key", document["nullifier_key"].as_str().unwrap());
        for block in document["blocks"].as_array().unwrap() {
            marks.element("salt", block["salt"].as_str().unwrap());
            for channel in block["channels"].as_array().unwrap() {
                let values = channel["values"].as_array().unwrap();
                marks.readings(&values.iter().map(|v| v.as_u64().unwrap()).collect::<Vec<_>>());
            }
        }
        marks
    }

    /// Of a device's file: its seed, and the scalar that follows from it.
    pub(crate) fn of_device(file: &Path) -> Self {
        let document: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let hex = find(&document, "seed").unwrap();
        let mut marks = Self::default();
        let seed = from_hex(&hex);
        marks.bytes("seed", &seed);
        // As `wattproof_circuits::meter::SecretKey` makes it, by arithmetic of our own.
        let digest = Sha512::new_with_prefix("wattproof/eddsa/1/key").chain_update(&seed);
        let big: Vec<u8> = digest.finalize().iter().rev().copied().collect();
        let scalar = reduced(&big, L);
        marks.bytes("scalar", &scalar);
        marks.bytes("scalar, Montgomery", &montgomery(&scalar, L));
        marks
    }

    /// Thirty-two or more secret bytes, or whatever cannot be there by accident.
    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        // A number may be kept with fewer leading zeros.
        let bytes = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap()..];
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut add = |form: &str, bytes: &[u8]| {
            assert!(bytes.len() >= 12, "{name}, {form}");
            self.0.push((format!("{name}, {form}"), bytes.to_vec()));
        };
        add("bytes", bytes);
        add("bytes backwards", &bytes.iter().rev().copied().collect::<Vec<_>>());
        add("hex", hex.as_bytes());
        add("capital hex", hex.to_uppercase().as_bytes());
        // The last characters depend on what follows.
        let whole = bytes.len() / 3 * 3;
        add("base64", STANDARD.encode(&bytes[..whole]).as_bytes());
        add("base64url", URL_SAFE_NO_PAD.encode(&bytes[..whole]).as_bytes());
        add("list", format!("{bytes:?}").trim_matches(['[', ']']).as_bytes());
    }

    /// The same, from base64url.
    pub(crate) fn base64url(&mut self, name: &str, text: &str) {
        self.bytes(name, &URL_SAFE_NO_PAD.decode(text).unwrap());
    }

    fn element(&mut self, name: &str, decimal: &str) {
        self.0.push((format!("{name}, decimal"), decimal.as_bytes().to_vec()));
        let big = from_decimal(decimal);
        self.bytes(name, &big);
        self.bytes(&format!("{name}, Montgomery"), &montgomery(&big, R));
    }

    /// As lists, and each as an element in a machine's form. One number by itself is in too many places.
    fn readings(&mut self, values: &[u64]) {
        for gap in ["", " ", "\n        ", "\n          "] {
            let list: Vec<_> = values.iter().map(u64::to_string).collect();
            let name = format!("readings, in JSON with {gap:?}");
            self.0.push((name, list.join(&format!(",{gap}")).into_bytes()));
        }
        let mut add = |name: &str, bytes: Vec<u8>| self.0.push((name.into(), bytes));
        add(
            "readings, 4 bytes each",
            values.iter().flat_map(|v| (*v as u32).to_le_bytes()).collect(),
        );
        add("readings, 8 bytes each", values.iter().flat_map(|v| v.to_le_bytes()).collect());
        for value in values {
            let mut limbs = montgomery(&value.to_be_bytes(), R).to_vec();
            limbs.reverse();
            add(&format!("reading {value}, Montgomery"), limbs);
        }
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The names of those that are in `bytes`.
    pub(crate) fn in_bytes(&self, bytes: &[u8]) -> Vec<String> {
        // By its first two bytes, as memory is large and most of it is none of them.
        let mut first = vec![Vec::new(); 1 << 16];
        for (index, (_, mark)) in self.0.iter().enumerate() {
            first[usize::from(u16::from_le_bytes([mark[0], mark[1]]))].push(index);
        }
        let mut found = Vec::new();
        for (at, pair) in bytes.windows(2).enumerate() {
            for index in &first[usize::from(u16::from_le_bytes([pair[0], pair[1]]))] {
                let (name, mark) = &self.0[*index];
                if bytes[at..].starts_with(mark) && !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }
}

/// The first member of this name, however deep.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(key, value)| match value {
            Value::String(text) if key == name => Some(text.clone()),
            _ => find(value, name),
        }),
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    let digits = hex.trim_start_matches("0x").as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A decimal number as 32 bytes, the most significant first.
fn from_decimal(decimal: &str) -> [u8; 32] {
    let mut bytes = [0_u8; 32];
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

/// A number of any length modulo another, bit by bit.
fn reduced(big: &[u8], modulus: &str) -> [u8; 32] {
    let modulus: [u8; 32] = from_hex(modulus).try_into().unwrap();
    let mut rest = [0_u8; 32];
    for bit in big.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
        let mut carry = bit;
        for byte in rest.iter_mut().rev() {
            (*byte, carry) = (*byte << 1 | carry, *byte >> 7);
        }
        if rest >= modulus {
            let mut borrow = 0;
            for (byte, less) in rest.iter_mut().zip(modulus).rev() {
                let difference = i16::from(*byte) - i16::from(less) - borrow;
                (*byte, borrow) = (difference as u8, i16::from(difference < 0));
            }
        }
    }
    rest
}

/// A number in the form in which arkworks computes with it: times 2^256.
fn montgomery(big: &[u8], modulus: &str) -> [u8; 32] {
    reduced(&[big, &[0; 32]].concat(), modulus)
}

#[test]
fn forms_are_those_of_the_code() {
    use wattproof_circuits::curve::{Point, Scalar};
    use wattproof_circuits::hash::F;
    use wattproof_circuits::meter::SecretKey;
    let element = F::from(0x1234_5678_9abc_u64);
    let own: Vec<u8> = element.0.0.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    assert_eq!(montgomery(&0x1234_5678_9abc_u64.to_be_bytes(), R)[..], own);
    let key = SecretKey::from_seed([7; 32]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("device.json");
    fs::write(&file, format!("{{\"key\":{{\"seed\":\"0x{}\"}}}}", "07".repeat(32))).unwrap();
    let marks = Marks::of_device(&file);
    let scalar = &marks.0.iter().find(|(name, _)| name == "scalar, bytes backwards").unwrap().1;
    let scalar = scalar.iter().rev().fold(Scalar::from(0_u64), |sum, byte| {
        sum * Scalar::from(256_u64) + Scalar::from(u64::from(*byte))
    });
    let base8 = Point::new_unchecked(
        "5299619240641551281634865583518297030282874472190772894086521144482721001553"
            .parse()
            .unwrap(),
        "16950150798460657717958625567821834550301663161624707787222815936182638968203"
            .parse()
            .unwrap(),
    );
    assert_eq!(Point::from(base8 * scalar), *key.public().point());
    assert_eq!(marks.in_bytes(&[b"x".as_slice(), &[7; 32], b"y"].concat()).len(), 2);
    assert_eq!(marks.in_bytes(&[7; 31]), [""; 0]);
}
