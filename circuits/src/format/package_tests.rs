use super::*;
use crate::condition::{Condition, Tolerance};
use crate::meter::{
    Channel, Device, Direction, Ledger, Level, MeterKind, Quantity, Registry, Unit,
};
use crate::policy::{Calendar, CalendarUnit, Scope};
use crate::relation::{BlockRange, Geometry};

const START: u64 = 1_296_547_200;

fn claim() -> Claim {
    let blocks = BlockRange { min: 1, max: 1 };
    let geometry = Geometry {
        intervals_per_block: 4,
        blocks,
        aligned: true,
        value_bits: 16,
        registry_depth: 1,
        look_back: 0,
        opened: 0,
    };
    let channel =
        Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
    let meter =
        MeterKind { interval_seconds: 900, grid_offset_seconds: 0, channels: vec![channel] };
    let calendar = Calendar { zone: "UTC".into(), unit: CalendarUnit::Hour };
    let scope = Scope { authority: "a".into(), name: "b".into(), calendar };
    let conditions = vec![
        Condition::new("completeness", &[("min_measured_ppm", &[0])], Tolerance::default())
            .expect("completeness"),
    ];
    let policy =
        Policy::new(geometry, scope, meter.clone(), Level::L1, conditions).expect("policy");
    let device = Device::generate("SN-1").expect("random");
    let mut registry = Registry::new(1).expect("depth");
    let leaf = device.leaf(Level::L1, 10_000, 0, 1 << 39);
    registry.add(leaf.clone()).expect("room");
    let estimated = Reading { value: 7, quality: Quality::Estimated };
    let readings = vec![Reading::measured(5), estimated, Reading::MISSING, Reading::measured(6)];
    let id = device.meter_id();
    let ledger = Ledger::record(&device.key, &id, &meter, &geometry, START, &[readings]);
    let period = Period::new(START, START + 3600).expect("in order");
    let context =
        Context::Challenge { verifier: "v".into(), nonce: crate::format::Prefixed([1; 32]) };
    let ledger = ledger.expect("on the grid");
    let attestation = ledger.attest(&device.key, &policy, &period, &context).expect("covered");
    Claim {
        policy,
        period,
        context,
        voucher: Voucher::Registry(Box::new(Enrolled {
            leaf,
            path: registry.path(0).expect("there"),
            nullifier_key: device.nullifier_key,
            signature: attestation.signature,
        })),
        head: attestation.head,
        first_index: attestation.first_index,
        blocks: attestation.blocks,
        blindings: Vec::new(),
    }
}

#[test]
fn packages_come_back_and_still_check() {
    let claim = claim();
    claim.check().expect("valid");
    let back = Claim::from_json(&claim.to_json()).expect("own file");
    assert_eq!(back, claim);
}

#[test]
fn every_reading_has_one_spelling() {
    let json = claim().to_json();
    let code = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        Claim::from_json(&json.replacen(from, to, 1)).expect_err(to).code()
    };
    assert_eq!(code("[5,7,0,6]", "[5,7,1,6]"), Code::Malformed);
    assert_eq!(code("[5,7,0,6]", "[5,7,0,4294967296]"), Code::OutOfRange);
    assert_eq!(code("\"estimated\":[1]", "\"estimated\":[1,1]"), Code::Malformed);
    assert_eq!(code("\"estimated\":[1]", "\"estimated\":[2,1]"), Code::Malformed);
    assert_eq!(code("\"estimated\":[1]", "\"estimated\":[1,2]"), Code::Malformed);
    assert_eq!(code("\"missing\":[2]", "\"missing\":[4]"), Code::OutOfRange);
    assert_eq!(code("\"missing\":[2]", "\"missing\":[2],\"more\":0"), Code::Malformed);
}

#[test]
fn what_no_device_hands_out_is_refused() {
    let claim = claim();
    let json = claim.to_json();
    let code = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        Claim::from_json(&json.replacen(from, to, 1)).expect_err(to).code()
    };
    assert_eq!(code("\"first_index\":0", "\"first_index\":2147483648"), Code::OutOfRange);
    assert_eq!(code("\"position\":0", "\"position\":4"), Code::OutOfRange);
    assert_eq!(code("\"position\":0", "\"position\":-1"), Code::OutOfRange);
    assert_eq!(code("\"children\":[", "\"children\":[\"0\","), Code::OutOfRange);
    assert_eq!(
        code("\"start\":\"1296547200\",\"salt\"", "\"start\":\"1099511627776\",\"salt\""),
        Code::OutOfRange
    );
    assert_eq!(code("witness-package/1", "bundle/1"), Code::UnknownVersion);
    assert_eq!(code("\"level\":\"L1\"", "\"level\":\"L9\""), Code::Malformed);
    let field = decimal::field_string;
    let Enrolled { leaf, signature, .. } = claim.voucher.enrolled().expect("enrolled");
    let point = leaf.key.point();
    let key = format!("{{\"x\":\"{}\",\"y\":\"{}\"}}", field(&point.x), field(&point.y));
    assert_eq!(code(&key, "{\"x\":\"0\",\"y\":\"1\"}"), Code::BadKey);
    assert_eq!(code(&key, "{\"x\":\"1\",\"y\":\"1\"}"), Code::BadKey);
    let s = field(&signature.s_field());
    let order = "2736030358979909402780800718157159386076813972158567259200215660948447373041";
    assert_eq!(code(&format!("\"s\":\"{s}\""), &format!("\"s\":\"{order}\"")), Code::BadSignature);
}

#[test]
fn sizes_are_limited() {
    let long = " ".repeat(MAX_PACKAGE + 1);
    assert_eq!(Claim::from_json(&long).expect_err("long").code(), Code::TooLarge);
}
