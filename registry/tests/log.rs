//! Logs on disk: what was written comes back, what was changed is found, what was interrupted is mended, histories only grow.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use wattproof_circuits::error::Code;
use wattproof_circuits::format::Enrolment;
use wattproof_circuits::meter::{Device, Leaf, Level};
use wattproof_registry::{Audit, Change, Error, Mode, Result, Store, sync};

const GRACE: u64 = 1000;
/// When everything here happens.
const NOW: u64 = 1_000_000;
const ALL: Audit = Audit { each_root: true, signatures: true, serials: true };

struct Place {
    folder: tempfile::TempDir,
    log: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("registry.log");
        Store::create(&log, ("test", 3, GRACE), NOW, false).unwrap();
        Self { folder, log }
    }

    /// One with four commits: two meters, one revoked, one rotated.
    fn busy() -> Self {
        let place = Self::new();
        let [one, two] = ["SN-1", "SN-2"].map(|serial| Device::generate(serial).unwrap());
        place.commit(&[add(&one, 0, 1 << 30), add(&two, 0, 1 << 30)], NOW + 1).unwrap();
        place.commit(&[Change::Revoke(0)], NOW + 2).unwrap();
        place.commit(&[rotate(1, &two, NOW + 9, 1 << 30)], NOW + 3).unwrap();
        place.commit(&[add(&one, 7, 1 << 29)], NOW + 4).unwrap();
        place
    }

    fn commit(&self, changes: &[Change], now: u64) -> Result<usize> {
        let (_, before) = open(&self.log)?.commit(changes, now)?;
        Ok(before)
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.log).unwrap()
    }

    fn snapshot(&self) -> PathBuf {
        self.folder.path().join("registry.log.snapshot")
    }
}

fn open(log: &Path) -> Result<Store> {
    Store::open(log, Mode::Change, &mut |_, _| ())
}

fn check(log: &Path) -> Result<Store> {
    Store::check(log, Audit { serials: false, ..ALL }, &mut |_, _| ())
}

fn asked(device: &Device, from: u64, until: u64) -> Enrolment {
    device.enrolment(device.leaf(Level::L1, 5_000, from, until))
}

fn add(device: &Device, from: u64, until: u64) -> Change {
    Change::Add { enrolment: asked(device, from, until), level: Level::L1, nameplate: 5_000 }
}

fn rotate(index: usize, device: &Device, from: u64, until: u64) -> Change {
    let enrolment = asked(device, from, until);
    Change::Rotate { index, enrolment, level: Level::L1, nameplate: 5_000 }
}

fn code<T>(outcome: Result<T>) -> &'static str {
    outcome.err().unwrap().code()
}

#[test]
fn what_was_committed_comes_back_by_log_and_by_snapshot() {
    let place = Place::busy();
    let mut store = open(&place.log).unwrap();
    assert!(store.registry().is_sound());
    assert_eq!(store.registry().entries().len(), 5);
    let (root, entries) = (store.registry().root(), store.registry().entries().to_vec());
    let log = store.log().clone();
    assert_eq!(log.roots().count(), 5);
    store.save_snapshot().unwrap();
    drop(store);
    for _ in 0..2 {
        let store = open(&place.log).unwrap();
        assert_eq!((store.registry().root(), store.log()), (root, &log));
        assert_eq!(store.registry().entries(), entries);
        drop(store);
        // A snapshot and a tail; a snapshot that is damaged is left aside.
        let mut bytes = fs::read(place.snapshot()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(place.snapshot(), bytes).unwrap();
    }
    Store::check(&place.log, ALL, &mut |_, _| ()).unwrap();
}

#[test]
fn a_snapshot_and_a_tail_are_the_whole_log() {
    let place = Place::busy();
    open(&place.log).unwrap().save_snapshot().unwrap();
    let three = Device::generate("SN-3").unwrap();
    place.commit(&[add(&three, 0, 99)], NOW + 7).unwrap();
    let quick = open(&place.log).unwrap();
    let (root, log) = (quick.registry().root(), quick.log().clone());
    assert!(quick.registry().is_sound());
    drop(quick);
    fs::remove_file(place.snapshot()).unwrap();
    let slow = open(&place.log).unwrap();
    assert_eq!((slow.registry().root(), slow.log()), (root, &log));
}

/// Digests are over the whole snapshot; one made on purpose shows when a path is followed, or when all is compared.
#[test]
fn a_snapshot_of_another_log_is_refused() {
    let (one, other) = (Place::busy(), Place::busy());
    open(&other.log).unwrap().save_snapshot().unwrap();
    fs::copy(other.snapshot(), one.snapshot()).unwrap();
    assert!(matches!(open(&one.log), Err(Error::Rewritten { .. })));
    assert!(matches!(check(&one.log), Err(Error::Rewritten { .. })));
    // A log that ends before its snapshot was cut at a line's end, which nothing else shows.
    open(&Place::busy().log).unwrap();
    let bytes = other.bytes();
    let cut = bytes[..bytes.len() - 1].iter().rposition(|b| *b == b'\n').unwrap();
    let cut = bytes[..cut].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    fs::write(&other.log, &bytes[..cut]).unwrap();
    assert_eq!(code(open(&other.log)), "rewritten-registry");
    fs::remove_file(other.snapshot()).unwrap();
    assert!(open(&other.log).is_ok());
}

#[test]
fn every_flipped_bit_is_found() {
    let place = Place::busy();
    let good = place.bytes();
    let path = place.folder.path().join("bad.log");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 7);
        fs::write(&path, &bad).unwrap();
        let found = open(&path);
        assert!(matches!(found, Err(Error::Damaged { .. })), "byte {at}: {found:?}");
    }
}

#[test]
fn lines_dropped_doubled_or_swapped_are_found() {
    let place = Place::busy();
    let text = String::from_utf8(place.bytes()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let path = place.folder.path().join("bad.log");
    let refused = |lines: &[&str], what: &str| {
        fs::write(&path, lines.concat()).unwrap();
        assert_eq!(code(open(&path)), "damaged-registry", "{what}");
    };
    for i in 0..lines.len() {
        let mut twice = lines.clone();
        twice.insert(i, lines[i]);
        refused(&twice, &format!("{i} doubled"));
        if i + 1 < lines.len() {
            let mut less = lines.clone();
            less.remove(i);
            refused(&less, &format!("{i} dropped"));
            let mut swapped = lines.clone();
            swapped.swap(i, i + 1);
            refused(&swapped, &format!("{i} swapped"));
        }
    }
}

/// Wherever a write breaks off, all that was acknowledged is there, and the next commit goes on from it.
#[test]
fn a_write_that_broke_off_is_mended() {
    let place = Place::new();
    let [one, two] = ["SN-1", "SN-2"].map(|serial| Device::generate(serial).unwrap());
    place.commit(&[add(&one, 0, 99)], NOW).unwrap();
    let before = place.bytes();
    let serials = fs::read(place.folder.path().join("registry.log.serials")).unwrap();
    place.commit(&[add(&two, 0, 99), Change::Revoke(0)], NOW + 1).unwrap();
    let after = place.bytes();
    for cut in before.len()..after.len() {
        fs::write(&place.log, &after[..cut]).unwrap();
        fs::write(place.folder.path().join("registry.log.serials"), &serials).unwrap();
        let store = open(&place.log).unwrap();
        assert_eq!(store.is_torn(), cut > before.len(), "{cut}");
        assert_eq!(store.registry().entries().len(), 1);
        if cut % 97 == 0 {
            drop(store.commit(&[add(&two, 0, 99), Change::Revoke(0)], NOW + 1).unwrap());
            assert_eq!(place.bytes(), after);
        }
    }
    let mut torn = after.clone();
    torn.extend(b"{\"event\":");
    fs::write(&place.log, &torn).unwrap();
    let mut store = open(&place.log).unwrap();
    assert!(store.repair().unwrap() && !store.repair().unwrap());
    drop(store);
    assert_eq!(place.bytes(), after);
}

#[test]
fn histories_only_grow() {
    let place = Place::busy();
    let here = place.folder.path().join("here.log");
    let bring = |source: &Path| sync(source, &here, &mut |_, _| ()).map(|synced| synced.lines);
    assert_eq!(bring(&place.log).unwrap(), 11);
    assert_eq!(fs::read(&here).unwrap(), place.bytes());
    assert_eq!(bring(&place.log).unwrap(), 0);
    let three = Device::generate("SN-3").unwrap();
    place.commit(&[add(&three, 0, 99)], NOW + 7).unwrap();
    // What the registrar is in the middle of stays behind.
    let whole = place.bytes();
    let mut torn = whole.clone();
    torn.extend(b"{\"event\":\"add");
    fs::write(&place.log, torn).unwrap();
    assert_eq!(bring(&place.log).unwrap(), 2);
    assert_eq!(fs::read(&here).unwrap(), whole);
    // Another history, a shorter one, and a tail that is none.
    let held = fs::read(&here).unwrap();
    assert_eq!(code(bring(&Place::busy().log)), "rewritten-registry");
    let short = place.folder.path().join("short.log");
    fs::write(&short, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(code(bring(&short)), "rewritten-registry");
    let mut forged = whole.clone();
    forged.extend(whole.split_inclusive(|b| *b == b'\n').next_back().unwrap());
    fs::write(&short, forged).unwrap();
    assert_eq!(code(bring(&short)), "damaged-registry");
    assert_eq!(fs::read(&here).unwrap(), held);
}

#[test]
fn roots_have_a_history() {
    let place = Place::busy();
    let store = open(&place.log).unwrap();
    let log = store.log();
    assert_eq!(log.root_at(NOW - 1), None);
    let then = log.root_at(NOW + 2).unwrap();
    assert_eq!(
        (then.since, then.replaced_at, then.valid_until),
        (NOW + 2, Some(NOW + 3), Some(NOW + 3 + GRACE))
    );
    assert_eq!(log.root_at(u64::MAX).unwrap().root, store.registry().root());
    assert_eq!(log.accepted(NOW + 4).len(), 5);
    let later = log.accepted(NOW + 2 + GRACE);
    assert_eq!(later.len(), 3, "those replaced at 3, at 4, and the present one");
    assert_eq!(log.accepted(NOW + 9 + GRACE).len(), 1);
}

#[test]
fn one_serial_has_one_meter_id_whatever_its_salt() {
    let place = Place::new();
    let [one, again] = ["SN-1", "sn 1"].map(|serial| Device::generate(serial).unwrap());
    place.commit(&[add(&one, 0, 99)], NOW).unwrap();
    assert_eq!(code(place.commit(&[add(&again, 100, 199)], NOW)), "serials-do-not-fit");
    let [two, twin] = ["SN-2", "SN-2"].map(|serial| Device::generate(serial).unwrap());
    let both = [add(&two, 0, 99), add(&twin, 100, 199)];
    assert_eq!(code(place.commit(&both, NOW)), "serials-do-not-fit");
    // Interrupted between serials and log: the meter is not enrolled, so another salt will do.
    let before = place.bytes();
    place.commit(&[add(&two, 0, 99)], NOW).unwrap();
    fs::write(&place.log, before).unwrap();
    place.commit(&[add(&twin, 0, 99)], NOW).unwrap();
    Store::check(&place.log, ALL, &mut |_, _| ()).unwrap();
}

#[test]
fn the_registrar_vouches_by_name_and_the_clock_goes_on() {
    let place = Place::new();
    let device = Device::generate("SN-1").unwrap();
    let enrolment = asked(&device, 0, 99);
    let vouch = |level, nameplate| {
        let change = Change::Add { enrolment: enrolment.clone(), level, nameplate };
        place.commit(&[change], NOW)
    };
    assert_eq!(code(vouch(Level::L2, 5_000)), Code::NotEnrolled.as_str());
    assert_eq!(code(vouch(Level::L1, 5_001)), Code::NotEnrolled.as_str());
    assert_eq!(code(place.commit(&[add(&device, 0, 99)], NOW - 61)), "clock-behind");
    vouch(Level::L1, 5_000).unwrap();
    // All or nothing.
    let other = Device::generate("SN-2").unwrap();
    let before = place.bytes();
    assert!(place.commit(&[add(&other, 0, 99), Change::Revoke(7)], NOW).is_err());
    assert_eq!(place.bytes(), before);
}

/// A log whose chain is right and whose entries are against the rules: a registrar's own forgery.
#[test]
fn a_log_against_the_rules_is_refused() {
    use sha2::{Digest, Sha256};
    use wattproof_circuits::format::{RegistryEvent, RegistryRecord};
    let place = Place::busy();
    let store = open(&place.log).unwrap();
    let head = store.log().head();
    let head: Vec<u8> =
        (0..32).map(|i| u8::from_str_radix(&head[2 * i..2 * i + 2], 16).unwrap()).collect();
    let live = store.registry().entries().last().unwrap().leaf.clone();
    let (device, root) = (Device::generate("SN-9").unwrap(), store.registry().root());
    let possession = *asked(&device, 0, 9).possession();
    drop(store);
    let refused = |time: u64, events: Vec<RegistryEvent>| {
        let mut bytes = place.bytes();
        let mut head = head.clone();
        for event in events {
            let json = RegistryRecord { time, event }.to_json();
            let body = &json[..json.len() - 1];
            head = Sha256::new_with_prefix(&head).chain_update(body).finalize().to_vec();
            let hex: String = head.iter().map(|b| format!("{b:02x}")).collect();
            bytes.extend(format!("{body},\"digest\":\"{hex}\"}}\n").bytes());
        }
        let path = place.folder.path().join("forged.log");
        fs::write(&path, bytes).unwrap();
        let refused = check(&path).err().unwrap();
        assert!(["damaged-registry", "bad-signature"].contains(&refused.code()), "{refused}");
        refused.to_string()
    };
    let root = || RegistryEvent::Root { root };
    let twice = RegistryEvent::Add { leaf: live.clone(), possession };
    assert!(refused(NOW + 9, vec![twice, root()]).contains("enrolled already"));
    let stranger = device.leaf(Level::L1, 5_000, 0, 9);
    let unsigned =
        RegistryEvent::Add { leaf: Leaf { nameplate: 1, ..stranger.clone() }, possession };
    assert!(refused(NOW + 9, vec![unsigned, root()]).contains("signature"));
    let true_leaf = RegistryEvent::Add { leaf: stranger, possession };
    let _ = refused(NOW + 9, vec![true_leaf.clone(), root()]);
    assert!(refused(NOW - 9, vec![true_leaf, root()]).contains("earlier"));
    assert!(refused(NOW + 9, vec![root()]).contains("nothing led"));
}
