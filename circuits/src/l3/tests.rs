//! Keys, signatures and trusted devices of L3, at their edges.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::error::{Code, Error};
use crate::format::{decimal, to_hex};
use crate::hash::F;
use std::str::FromStr;

fn device(algorithm: Algorithm) -> SecureElement {
    SecureElement::from_seeds("4711", algorithm, [7; 32], [8; 32]).unwrap()
}

fn code<T: core::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

fn sign(algorithm: Algorithm) -> DeviceSignature {
    let [head, policy, period, context] = [1, 2, 3, 4].map(F::from);
    device(algorithm).sign(&head, &policy, &period, &context).unwrap()
}

fn verify(signature: &DeviceSignature) -> Result<(), Error> {
    let [head, policy, period, context] = [1, 2, 3, 4].map(F::from);
    signature.verify(&head, &policy, &period, &context)
}

#[test]
fn signatures_cover_every_field() {
    for algorithm in Algorithm::ALL {
        let signature = sign(algorithm);
        verify(&signature).unwrap();
        for changed in 0..4 {
            let mut fields = [1, 2, 3, 4].map(F::from);
            fields[changed] += F::from(1);
            let [head, policy, period, context] = fields;
            let verdict = signature.verify(&head, &policy, &period, &context);
            assert_eq!(code(verdict), Code::BadSignature, "{algorithm:?} {changed}");
        }
        for bit in 0..512 {
            let mut other = signature.clone();
            other.signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(code(verify(&other)), Code::BadSignature, "{algorithm:?} {bit}");
        }
        let mut other = signature.clone();
        other.key =
            SecureElement::from_seeds("x", algorithm, [9; 32], [8; 32]).unwrap().key().clone();
        assert_eq!(code(verify(&other)), Code::BadSignature);
    }
}

/// The bytes that are signed, to the letter: a device elsewhere makes the same.
#[test]
fn the_preimage_is_what_the_protocol_says() {
    let minus_one = -F::from(1);
    let bytes = preimage(&minus_one, &F::from(2), &F::from(1_u128 << 64), &F::from(4));
    let r = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000";
    let word = |last: &str| format!("{last:0>64}");
    let expected = to_hex(DOMAIN) + r + &word("2") + &word("10000000000000000") + &word("4");
    assert_eq!(to_hex(&bytes), expected);
}

/// Known answers, made by other programs: `openssl` for the keys, RFC 8032 for Ed25519.
#[test]
fn keys_are_those_of_other_programs() {
    let generators = [
        (
            Algorithm::P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
             4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        ),
        (
            Algorithm::Secp256k1,
            "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
             483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        ),
    ];
    let mut one = [0; 32];
    one[31] = 1;
    for (algorithm, key) in generators {
        let device = SecureElement::from_seeds("x", algorithm, one, [0; 32]).unwrap();
        assert_eq!(device.key().hex(), key);
    }
    let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let secret = crate::format::from_hex(secret).unwrap();
    let device = SecureElement::from_seeds("x", Algorithm::Ed25519, secret, [0; 32]).unwrap();
    assert_eq!(device.key().hex(), public);
}

/// The digest absorbs the algorithm, and limbs of 16 bytes: x high, x low, y high, y low.
#[test]
fn digests_are_of_limbs() {
    use crate::hash::{Tag, hash_tagged};
    let key = device(Algorithm::P256).key().clone();
    let limb = |i: usize| {
        let bytes: [u8; 16] = key.bytes()[16 * i..16 * (i + 1)].try_into().unwrap();
        F::from(u128::from_be_bytes(bytes))
    };
    let fields = [F::from(1), limb(0), limb(1), limb(2), limb(3)];
    assert_eq!(key.digest(), hash_tagged(Tag::DeviceKey, &fields));
    let published = Algorithm::ALL.map(|a| decimal::field_string(&device(a).key().digest()));
    let digests: std::collections::BTreeSet<_> = published.iter().collect();
    assert_eq!(digests.len(), 3);
    for text in &published {
        assert!(F::from_str(text).is_ok());
    }
}

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const K256_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// `order - s`, both big-endian.
fn negated(order: &str, s: &[u8]) -> Vec<u8> {
    let order = crate::format::from_hex::<32>(order).unwrap();
    let (mut out, mut borrow) = (vec![0; 32], 0_i16);
    for i in (0..32).rev() {
        let mut digit = i16::from(order[i]) - i16::from(s[i]) - borrow;
        borrow = i16::from(digit < 0);
        digit += 256 * borrow;
        out[i] = digit as u8;
    }
    out
}

/// The second signature that anybody makes of the first, and numbers that no signature has.
#[test]
fn each_signature_has_one_form() {
    for (algorithm, order) in [(Algorithm::P256, P256_ORDER), (Algorithm::Secp256k1, K256_ORDER)] {
        let good = sign(algorithm);
        let mut high = good.clone();
        high.signature[32..].copy_from_slice(&negated(order, &good.signature[32..]));
        let refused = verify(&high).unwrap_err();
        assert_eq!(refused.code(), Code::BadSignature);
        assert!(refused.message().contains("high s"), "{refused}");
        let order = crate::format::from_hex::<32>(order).unwrap();
        for half in [0..32, 32..64] {
            for value in [[0; 32], order, [255; 32]] {
                let mut bad = good.clone();
                bad.signature[half.clone()].copy_from_slice(&value);
                assert_eq!(code(verify(&bad)), Code::BadSignature);
            }
        }
    }
    // S plus the order verifies where nobody looks.
    let good = sign(Algorithm::Ed25519);
    let order: [u8; 32] =
        crate::format::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
            .unwrap();
    let mut alias = good.clone();
    let mut carry = 0_u16;
    for (digit, add) in alias.signature[32..].iter_mut().zip(order) {
        carry += u16::from(*digit) + u16::from(add);
        *digit = carry as u8;
        carry >>= 8;
    }
    assert_eq!(code(verify(&alias)), Code::BadSignature);
}

#[test]
fn what_is_no_key_is_refused() {
    for algorithm in [Algorithm::P256, Algorithm::Secp256k1] {
        let good = device(algorithm).key().bytes().to_vec();
        let key = |bytes: &[u8]| code(DeviceKey::new(algorithm, bytes));
        let mut off = good.clone();
        off[63] ^= 1;
        assert_eq!(key(&off), Code::BadKey);
        // What stands for the point at infinity elsewhere.
        assert_eq!(key(&[0; 64]), Code::BadKey);
        assert_eq!(key(&[255; 64]), Code::BadKey);
        for length in [0, 1, 32, 33, 63, 65, 128] {
            assert_eq!(key(&vec![4; length]), Code::BadKey);
        }
    }
    // The other curve's points.
    let [p256, k256] =
        [Algorithm::P256, Algorithm::Secp256k1].map(|a| device(a).key().bytes().to_vec());
    assert_eq!(code(DeviceKey::new(Algorithm::Secp256k1, &p256)), Code::BadKey);
    assert_eq!(code(DeviceKey::new(Algorithm::P256, &k256)), Code::BadKey);
    let key = |hex: &str| {
        let bytes = crate::format::from_hex::<32>(hex).unwrap();
        DeviceKey::new(Algorithm::Ed25519, &bytes)
    };
    // Every point of low order, and the identity in an encoding above the modulus.
    for low in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        assert_eq!(code(key(low)), Code::BadKey, "{low}");
    }
    assert_eq!(code(DeviceKey::new(Algorithm::Ed25519, &[7; 64])), Code::BadKey);
    // Not a square: no point has this y.
    assert_eq!(
        code(key("0200000000000000000000000000000000000000000000000000000000000000")),
        Code::BadKey
    );
}

#[test]
fn one_meter_has_one_device_at_a_time() {
    let trusted = |meter: &str, seed: u8, valid: (u64, u64)| {
        let device =
            SecureElement::from_seeds(meter, Algorithm::P256, [seed; 32], [0; 32]).unwrap();
        device.public().trusted(valid.0, valid.1)
    };
    let check = |devices: &[TrustedDevice]| check_devices(devices).map_err(|e| e.code());
    let first = trusted("a", 1, (10, 20));
    assert_eq!(
        check(&[first.clone(), trusted("a", 2, (20, 30)), trusted("b", 3, (0, 99))]),
        Ok(())
    );
    for overlap in [(19, 30), (0, 11), (12, 13), (10, 20)] {
        let second = [first.clone(), trusted("a", 2, overlap)];
        assert_eq!(check(&second), Err(Code::OutOfRange), "another key: {overlap:?}");
        let second = [first.clone(), trusted("b", 1, overlap)];
        assert_eq!(check(&second), Err(Code::OutOfRange), "another meter: {overlap:?}");
    }
    for valid in [(20, 20), (21, 20), (0, 1 << 40)] {
        assert_eq!(check(&[trusted("a", 1, valid)]), Err(Code::OutOfRange), "{valid:?}");
    }
    assert_eq!(
        check(&[TrustedDevice { meter: String::new(), ..first.clone() }]),
        Err(Code::BadPolicy)
    );
    // A device is found for periods within its validity only.
    let signed = |seed| DeviceSignature { key: trusted("a", seed, (0, 1)).key, signature: [0; 64] };
    let devices = [first, trusted("a", 1, (20, 30))];
    assert_eq!(find(&devices, &signed(1), 10, 20), Ok(&devices[0]));
    assert_eq!(find(&devices, &signed(1), 20, 30), Ok(&devices[1]));
    for (from, until) in [(9, 20), (10, 21), (15, 25), (30, 31)] {
        assert_eq!(code(find(&devices, &signed(1), from, until)), Code::WrongDevice);
    }
    assert_eq!(code(find(&devices, &signed(2), 10, 20)), Code::WrongDevice);
}

#[test]
fn files_come_back_and_secrets_stay_secret() {
    for algorithm in Algorithm::ALL {
        let device = SecureElement::generate("SN 1", algorithm).unwrap();
        let json = device.to_json();
        let back = SecureElement::from_json(&json).unwrap();
        assert_eq!((back.key(), &*back.to_json()), (device.key(), &*json));
        assert!(!format!("{device:?}").contains("SN 1"));
        let public = device.public();
        assert_eq!(PublicDevice::from_json(&public.to_json()), Ok(public));
        let other = SecureElement::generate("SN 1", algorithm).unwrap();
        let swapped = json.replace(&device.key().hex(), &other.key().hex());
        assert_eq!(code(SecureElement::from_json(&swapped)), Code::BadKey);
        assert_eq!(
            code(SecureElement::from_json(&json.replace("key/1", "key/2"))),
            Code::UnknownVersion
        );
        assert_eq!(code(SecureElement::from_json(&json.replace("SN 1", ""))), Code::Malformed);
    }
    let zero = SecureElement::from_seeds("x", Algorithm::P256, [0; 32], [0; 32]);
    assert_eq!(code(zero), Code::BadKey);
    // Text that is no hex never repeats what it refuses.
    let json = device(Algorithm::P256).to_json();
    let refused = SecureElement::from_json(&json.replace(&"07".repeat(32), &"0G".repeat(32)));
    let refused = refused.unwrap_err().to_string();
    assert!(!refused.contains("0G"), "{refused}");
}
