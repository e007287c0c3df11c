//! Claims of level L3, and everything about a device that must be refused. A verifier without its curves refuses them all.

use crate::book::{Book, Change, Good};
use crate::claims::{Goods, KOLKATA, SMALL, measured};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::Profile;
use wattproof_circuits::hash::F;
use wattproof_circuits::l3::{Algorithm, DeviceSignature, SecureElement};
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Statement;
use wattproof_tests::Any;
use wattproof_tests::circuit::Circuit;
use wattproof_tests::forge::swap;
use wattproof_tests::scene::{DAY, challenge, edited};
use wattproof_tests::vector::{Case, Outcome};

/// A device and its claim.
struct Signed {
    element: SecureElement,
    good: Good,
}

fn element(algorithm: Algorithm, seed: u8) -> Any<SecureElement> {
    Ok(SecureElement::from_seeds("meter 7", algorithm, [seed; 32], [seed + 1; 32])?)
}

fn policy() -> Any<Policy> {
    edited(&Policy::from_json(SMALL)?, "\"L1\"", "\"L3\"")
}

/// What a device says of a statement.
fn sign(element: &SecureElement, statement: &Statement) -> Any<DeviceSignature> {
    let Statement { anchor, policy_digest, period, context, .. } = statement;
    Ok(element.sign(anchor, policy_digest, &period.field(), context)?)
}

/// The vectors so far, for cases of L3.
struct Page<'a>(&'a mut Book);

impl Page<'_> {
    fn add(&mut self, case: Case) -> Any<()> {
        let without_l3 = Some(Outcome::refused(Code::L3NotBuiltIn));
        self.0.add(Case { without_l3, ..case })
    }
}

pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    let [p256, secp256k1, ed25519] = signed(book)?;
    let mut page = Page(book);
    for (signed, name) in
        [(&p256, "l3-p256"), (&secp256k1, "l3-secp256k1"), (&ed25519, "l3-ed25519")]
    {
        page.add(signed.good.case(name, "A device signed, outside the circuit."))?;
    }
    let why = "The signature holds; nobody said whose it should be.";
    page.add(p256.good.case("l3-alone", why).alone())?;
    let mut bundle = p256.good.bundle.clone();
    bundle.policy = Some(p256.good.profile.policy.clone());
    page.add(
        p256.good.case("l3-with-policy", "The policy travels along.").bundle(bundle.to_json()),
    )?;
    signatures(&mut page, &p256)?;
    second_forms(&mut page, [&p256, &secp256k1, &ed25519])?;
    trust(&mut page, &p256)?;
    keys(&mut page, &p256, &secp256k1, &ed25519)?;
    levels(&mut page, &p256.good, &goods.small)?;
    profiles(&mut page, &p256, &goods.small)
}

/// One circuit, and for each kind of key a claim.
fn signed(book: &mut Book) -> Any<[Signed; 3]> {
    let policy = policy()?;
    let mut circuit = Circuit::new(&policy.shape(), 7)?;
    let period = Period::new(KOLKATA, KOLKATA + DAY)?;
    let mut one = |algorithm: Algorithm, seed: u8| -> Any<Signed> {
        let element = element(algorithm, seed)?;
        let readings = [measured([0, 4_200, 5_100, 300])];
        let ledger = element.record(policy.meter(), policy.geometry(), KOLKATA, &readings)?;
        let context = challenge(seed);
        let claim = element.claim(&ledger, policy.clone(), period, context.clone())?;
        let bundle = circuit.prove(&claim)?;
        let trusted = element.public().trusted(KOLKATA - DAY, KOLKATA + 100 * DAY);
        let fingerprint = circuit.file.fingerprint();
        let devices = vec![trusted];
        let profile = Profile::for_devices(policy.clone(), fingerprint, devices, period, context);
        let profile_name = format!("l3-{}.json", algorithm.name());
        book.vectors.profiles.insert(profile_name.clone(), profile.to_json());
        let (key, file) = ("small-l3.vk.json".to_owned(), circuit.file.clone());
        Ok(Signed { element, good: Good { key, profile_name, file, profile, bundle } })
    };
    let all =
        [one(Algorithm::P256, 61)?, one(Algorithm::Secp256k1, 63)?, one(Algorithm::Ed25519, 65)?];
    let file = &all[0].good.file;
    book.vectors.keys.insert("small-l3.vk.json".into(), file.to_json());
    Ok(all)
}

/// Signatures for something else.
fn signatures(page: &mut Page<'_>, signed: &Signed) -> Any<()> {
    let Signed { element, good } = signed;
    let statement = &good.bundle.statement;
    let other = Statement { anchor: statement.anchor + F::from(1), ..statement.clone() };
    let next = Period::new(KOLKATA + DAY, KOLKATA + 2 * DAY)?;
    for (name, why, said) in [
        ("l3-signed-another-head", "Signed for other readings.", other.clone()),
        (
            "l3-signed-another-period",
            "Signed for the day after.",
            Statement { period: next, ..statement.clone() },
        ),
        (
            "l3-signed-another-policy",
            "Signed for another policy.",
            Statement { policy_digest: statement.policy_digest + F::from(1), ..statement.clone() },
        ),
        (
            "l3-signed-another-context",
            "Signed for another verifier.",
            Statement { context: challenge(1).field(), ..statement.clone() },
        ),
    ] {
        let device = sign(element, &said)?;
        page.add(good.changed(Code::BadSignature, name, why, |b| b.device = Some(device)))?;
    }
    let device = sign(element, &other)?;
    let why =
        "The head is another one, and the device signed that: the proof is not of its readings.";
    page.add(good.changed(Code::ProofInvalid, "l3-head-swapped", why, |b| {
        b.statement.anchor = other.anchor;
        b.device = Some(device);
    }))?;
    let why = "The head is another one than was signed.";
    page.add(good.changed(Code::BadSignature, "l3-head-not-signed", why, |b| {
        b.statement.anchor = other.anchor;
    }))?;
    let context = challenge(1);
    let said = Statement { context: context.field(), ..statement.clone() };
    let device = sign(element, &said)?;
    let why = "Profile, statement and signature agree on another context; the proof is not for it.";
    page.add(good.both(Code::ProofInvalid, "l3-context-swapped-together", why, |b, p| {
        b.statement.context = context.field();
        b.device = Some(device);
        p.context = context;
    }))?;
    let why = "An output is raised: the signature does not cover it, the proof does.";
    page.add(good.changed(Code::ProofInvalid, "l3-output-raised", why, |b| {
        b.statement.outputs[0] += F::from(1);
    }))?;
    let why = "Anybody computes the nullifier from the key: this is another one.";
    page.add(good.changed(Code::WrongDevice, "l3-nullifier-changed", why, |b| {
        b.statement.nullifier += F::from(1);
    }))
}

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const K256_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
/// Little-endian.
const ED25519_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn bytes(hex: &str) -> Any<[u8; 32]> {
    let digits: Result<Vec<u8>, _> =
        (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16)).collect();
    digits?.try_into().map_err(|_| "not 32 bytes".into())
}

/// Signatures that anybody makes of a good one, and numbers that no signature has.
fn second_forms(page: &mut Page<'_>, [p256, secp256k1, ed25519]: [&Signed; 3]) -> Any<()> {
    let with = |signed: &Signed, name: &str, why: &str, change: &dyn Fn(&mut [u8; 64])| {
        signed.good.changed(Code::BadSignature, name, why, |b| {
            if let Some(device) = &mut b.device {
                change(&mut device.signature);
            }
        })
    };
    for (signed, order, name) in
        [(p256, P256_ORDER, "l3-p256-high-s"), (secp256k1, K256_ORDER, "l3-secp256k1-high-s")]
    {
        let order = bytes(order)?;
        let why = "The order less s: a second signature, which verifies elsewhere.";
        page.add(with(signed, name, why, &|signature| {
            let mut borrow = 0;
            for i in (0..32).rev() {
                let digit = i16::from(order[i]) - i16::from(signature[32 + i]) - borrow;
                borrow = i16::from(digit < 0);
                signature[32 + i] = (digit + 256 * borrow) as u8;
            }
        }))?;
    }
    let order = bytes(P256_ORDER)?;
    page.add(with(p256, "l3-p256-zero-r", "r is zero.", &|s| s[..32].fill(0)))?;
    page.add(with(p256, "l3-p256-r-is-the-order", "r is the order.", &|s| {
        s[..32].copy_from_slice(&order)
    }))?;
    page.add(with(p256, "l3-p256-zero-s", "s is zero.", &|s| s[32..].fill(0)))?;
    page.add(with(p256, "l3-p256-one-bit", "One bit of r is another.", &|s| s[5] ^= 4))?;
    let order = bytes(ED25519_ORDER)?;
    let why = "S plus the order: a second signature, which verifies where nobody looks.";
    page.add(with(ed25519, "l3-ed25519-s-plus-order", why, &|signature| {
        let mut carry = 0_u16;
        for (digit, add) in signature[32..].iter_mut().zip(order) {
            carry += u16::from(*digit) + u16::from(add);
            *digit = carry as u8;
            carry >>= 8;
        }
    }))?;
    let why = "R is the identity, a point of low order.";
    page.add(with(ed25519, "l3-ed25519-low-order-r", why, &|signature| {
        signature[..32].fill(0);
        signature[0] = 1;
    }))
}

/// Devices that the profile does not trust, or not then.
fn trust(page: &mut Page<'_>, signed: &Signed) -> Any<()> {
    let Signed { good, .. } = signed;
    let other = element(Algorithm::P256, 67)?;
    let device = sign(&other, &good.bundle.statement)?;
    let why = "Another device signed the same statement.";
    let swapped = device.clone();
    page.add(
        good.changed(Code::WrongDevice, "l3-other-device", why, |b| b.device = Some(swapped)),
    )?;
    let why = "Another device, trusted too, signed the statement: the nullifier is not its own.";
    page.add(good.both(Code::WrongDevice, "l3-other-trusted-device", why, |b, p| {
        b.device = Some(device.clone());
        let trusted = other.public().trusted(KOLKATA - DAY, KOLKATA + 100 * DAY);
        p.devices = vec![wattproof_circuits::l3::TrustedDevice { meter: "8".into(), ..trusted }];
    }))?;
    for (name, why, valid) in [
        ("l3-expired", "Trusted until an hour before the period ends.", (0, KOLKATA + DAY - 3_600)),
        (
            "l3-not-yet",
            "Trusted from a second after the period begins.",
            (KOLKATA + 1, KOLKATA + 100 * DAY),
        ),
    ] {
        page.add(good.other_profile(Code::WrongDevice, name, why, |p| {
            for device in &mut p.devices {
                (device.valid_from, device.valid_until) = valid;
            }
        }))?;
    }
    let mut exactly = good.profile.clone();
    for device in &mut exactly.devices {
        (device.valid_from, device.valid_until) = (KOLKATA, KOLKATA + DAY);
    }
    let why = "Trusted for exactly the period.";
    page.add(good.case("l3-exactly-valid", why).profile(exactly.to_json()))?;
    let why = "A bundle without its device.";
    page.add(good.changed(Code::BadSignature, "l3-device-missing", why, |b| b.device = None))
}

/// What is no key, or not written as keys are, in bundles and profiles.
fn keys(page: &mut Page<'_>, p256: &Signed, secp256k1: &Signed, ed25519: &Signed) -> Any<()> {
    let off = |hex: &str| hex[..127].to_owned() + if hex.ends_with('0') { "1" } else { "0" };
    let key = |signed: &Signed| signed.element.key().hex();
    let [p, k, e] = [key(p256), key(secp256k1), key(ed25519)];
    let cases = [
        (p256, "l3-p256-off-curve", "Not a point of the curve.", p.clone(), off(&p)),
        (secp256k1, "l3-secp256k1-off-curve", "Not a point of the curve.", k.clone(), off(&k)),
        (
            p256,
            "l3-p256-infinity",
            "What stands for infinity elsewhere.",
            p.clone(),
            "0".repeat(128),
        ),
        (p256, "l3-p256-other-curve", "A point of secp256k1.", p.clone(), k.clone()),
        (p256, "l3-p256-compressed", "33 bytes.", p.clone(), format!("02{}", &p[..64])),
        (p256, "l3-p256-with-prefix", "65 bytes.", p.clone(), format!("04{p}")),
        (p256, "l3-p256-upper-case", "Hex is lower case.", p.clone(), p.to_uppercase()),
        (
            ed25519,
            "l3-ed25519-identity",
            "Low order: anybody signs.",
            e.clone(),
            format!("01{}", "0".repeat(62)),
        ),
        (
            ed25519,
            "l3-ed25519-low-order",
            "Order eight.",
            e.clone(),
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".into(),
        ),
        (
            ed25519,
            "l3-ed25519-not-canonical",
            "y is the modulus plus one.",
            e.clone(),
            format!("ee{}7f", "f".repeat(60)),
        ),
        (ed25519, "l3-ed25519-short", "31 bytes.", e.clone(), e[..62].to_owned()),
    ];
    for (signed, name, why, from, to) in cases {
        page.add(signed.good.swapped(Code::BadKey, name, why, &from, &to)?)?;
        let name = name.replace("l3-", "l3-profile-");
        page.add(signed.good.profile_text(Code::BadKey, &name, why, &from, &to)?)?;
    }
    let good = &p256.good;
    let algorithm = |to: &str| ("\"p256\"", format!("\"{to}\""));
    for (name, why, (from, to), code) in [
        (
            "l3-algorithm-swapped",
            "A key of P-256 as one of secp256k1.",
            algorithm("secp256k1"),
            Code::BadKey,
        ),
        (
            "l3-algorithm-unknown",
            "A kind of key that there is not.",
            algorithm("rsa"),
            Code::Malformed,
        ),
        ("l3-algorithm-case", "Names are exact.", algorithm("P256"), Code::Malformed),
    ] {
        page.add(good.swapped(code, name, why, from, &to)?)?;
    }
    let text = good.bundle.to_json();
    let signature = text.split("\"signature\": \"").nth(1).and_then(|rest| rest.get(..128));
    let signature = signature.ok_or("no signature")?.to_owned();
    for (name, why, to) in [
        ("l3-signature-short", "63 bytes.", signature[2..].to_owned()),
        ("l3-signature-long", "65 bytes.", signature.clone() + "00"),
        ("l3-signature-upper-case", "Hex is lower case.", signature.to_uppercase()),
        ("l3-signature-empty", "No bytes.", String::new()),
    ] {
        page.add(good.swapped(Code::BadSignature, name, why, &signature, &to)?)?;
    }
    let member = "\"algorithm\": \"p256\"";
    for (name, why, to) in [
        ("l3-device-unknown-member", "A member that there is not.", format!("\"x\": 1, {member}")),
        ("l3-device-repeated-member", "A member twice.", format!("{member}, {member}")),
        ("l3-device-without-algorithm", "A member is missing.", String::new()),
    ] {
        let from = if to.is_empty() { format!("{member},") } else { member.to_owned() };
        page.add(good.swapped(Code::Malformed, name, why, &from, &to)?)?;
    }
    Ok(())
}

/// Claims of one kind of level where the other is asked for.
fn levels(page: &mut Page<'_>, l3: &Good, l1: &Good) -> Any<()> {
    let why = "A claim of level L1 for a policy that demands L3.";
    page.add(l3.case("l1-for-l3", why).bundle(l1.bundle.to_json()).refused(Code::WrongCircuit))?;
    let why = "A claim of level L3 for a policy of L1: another circuit.";
    page.add(l1.case("l3-for-l1", why).bundle(l3.bundle.to_json()).refused(Code::WrongCircuit))?;
    let device = l3.bundle.device.clone();
    let why = "A device in a claim of level L1.";
    let mixed = l1.changed(Code::Malformed, "device-at-l1", why, |b| b.device = device.clone());
    page.add(mixed.clone())?;
    page.add(Case { name: "device-at-l1-alone".into(), profile: None, ..mixed })
}

/// Profiles that no claim meets, or that one meter could claim under twice.
fn profiles(page: &mut Page<'_>, signed: &Signed, l1: &Good) -> Any<()> {
    let good = &signed.good;
    let again = |meter: &str, seed: u8, from: u64| -> Any<_> {
        let other = element(Algorithm::P256, seed)?.public().trusted(from, KOLKATA + 200 * DAY);
        Ok(wattproof_circuits::l3::TrustedDevice { meter: meter.into(), ..other })
    };
    let (second, reused, next) = (
        again("meter 7", 67, KOLKATA + 99 * DAY)?,
        again("meter 8", 61, KOLKATA + 99 * DAY)?,
        again("meter 7", 67, KOLKATA + 100 * DAY)?,
    );
    let why = "Two devices of one meter at one time: it could claim twice.";
    page.add(good.other_profile(Code::OutOfRange, "l3-two-devices-of-a-meter", why, |p| {
        p.devices.push(second)
    }))?;
    let why = "One device of two meters at one time.";
    page.add(good.other_profile(Code::OutOfRange, "l3-one-device-of-two-meters", why, |p| {
        p.devices.push(reused)
    }))?;
    let mut rotated = good.profile.clone();
    rotated.devices.push(next);
    let why = "A meter's next device begins where this one ends.";
    page.add(good.case("l3-rotated", why).profile(rotated.to_json()))?;
    let why = "Nobody is trusted.";
    page.add(good.other_profile(Code::Malformed, "l3-no-devices", why, |p| p.devices.clear()))?;
    let why = "There is no registry at L3.";
    page.add(
        good.other_profile(Code::Malformed, "l3-with-roots", why, |p| p.roots.push(F::from(1))),
    )?;
    let devices = good.profile.devices.clone();
    let why = "Devices where the policy asks for a registry.";
    page.add(l1.other_profile(Code::Malformed, "l1-with-devices", why, |p| p.devices = devices))?;
    let why = "Validity that ends before it begins.";
    page.add(good.other_profile(Code::OutOfRange, "l3-validity-reversed", why, |p| {
        for device in &mut p.devices {
            (device.valid_from, device.valid_until) = (device.valid_until, device.valid_from);
        }
    }))?;
    let text = good.profile.to_json();
    let plausible = swap(
        &text,
        "\"kind\": \"volume\",",
        "\"kind\": \"plausibility\", \"channel\": 0 }, { \"kind\": \"volume\",",
    )?;
    let why = "No registry entry, so no nameplate to hold intervals to.";
    page.add(good.case("l3-plausibility", why).profile(plausible).refused(Code::BadPolicy))
}
