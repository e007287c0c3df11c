//! A registry of 2^20 meters: how long it takes to build, to change, to find a path, to read back, and how much memory.
//!
//! `cargo bench -p wattproof-registry` or `WATTPROOF_BENCH_METERS=65536 cargo bench -p wattproof-registry`. One gateway's key serves all
//! meters; its signatures are not looked at when a log is opened, so that they repeat here.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use wattproof_circuits::format::{RegistryEvent, RegistryRecord};
use wattproof_circuits::hash::{F, Poseidon};
use wattproof_circuits::meter::{Device, Leaf, Level, Registry};
use wattproof_registry::{Change, Mode, Store};

type Any<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Any<()> {
    let meters = match std::env::var("WATTPROOF_BENCH_METERS") {
        Ok(text) => text.parse()?,
        Err(_) => 1 << 20,
    };
    let device = Device::generate("gateway")?;
    let first = device.leaf(Level::L2, 10_000, 1_500_000_000, 2_000_000_000);
    let possession = *device.enrolment(first.clone()).possession();
    // One room is left for the update.
    let leaf = |i: u64| Leaf {
        meter_id: F::from(i + 1),
        nullifier_commitment: F::from(i + (1 << 40)),
        ..first.clone()
    };
    let count = meters - 1;
    println!("meters: {count}");

    let mut registry = Registry::new(10)?;
    once("build in memory", || {
        registry.change(|roll| (0..count).try_for_each(|i| roll.add(leaf(i)).map(drop)))
    })?;
    let way = median("path", 1000, |i| {
        black_box(registry.path((i * 7919) % count as usize)?);
        Ok(())
    })?;
    median("revoke one, with its root", 100, |i| {
        Ok(registry.revoke((i * 7919 + 13) % count as usize)?)
    })?;
    println!("memory with one registry: {}", memory());
    binary(count as usize);

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("registry.log");
    let records = (0..count).map(|i| RegistryEvent::Add { leaf: leaf(i), possession });
    let mut fresh = Registry::new(10)?;
    let empty = fresh.root();
    fresh.change(|roll| (0..count).try_for_each(|i| roll.add(leaf(i)).map(drop)))?;
    write_log(&path, empty, records, fresh.root())?;
    drop((registry, fresh));
    println!("log: {} MB", fs::metadata(&path)?.len() >> 20);
    let open = || Store::open(&path, Mode::Change, &mut |_, _| ());
    let mut store = once("open the log, everything built anew", open)?;
    once("write the snapshot", || store.save_snapshot())?;
    drop(store);
    println!(
        "snapshot: {} MB",
        fs::metadata(folder.path().join("registry.log.snapshot"))?.len() >> 20
    );
    let begin = Instant::now();
    let store = once("open by the snapshot", open)?;
    let load = begin.elapsed();
    median("path, followed to the root", 1000, |i| {
        black_box(store.path((i * 7919) % count as usize)?);
        Ok(())
    })?;
    let now = store.log().time();
    let (store, _) =
        once("commit one revocation, on disk", || store.commit(&[Change::Revoke(5)], now))?;
    drop(store);
    let store = once("open by the snapshot and a tail", open)?;
    println!("root: {:?}", store.registry().root());
    println!("memory at most: {}", memory());
    record(meters, load, way)
}

/// What `cargo xtask bench` compares with the bars.
fn record(meters: u64, load: Duration, path: Duration) -> Any<()> {
    let Ok(folder) = std::env::var("WATTPROOF_BENCH_DIR") else { return Ok(()) };
    let name = |what: &str| format!("registry of {meters}: {what}");
    let records = serde_json::json!([
        { "name": name("load by the snapshot"), "value": load.as_secs_f64(), "unit": "s", "bar": "<= 10" },
        { "name": name("path"), "value": path.as_secs_f64() * 1e3, "unit": "ms", "bar": "<= 1" },
    ]);
    Ok(fs::write(Path::new(&folder).join("registry.json"), records.to_string())?)
}

fn once<T, E>(what: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let (begin, worked) = (Instant::now(), processor());
    let outcome = work();
    let (took, worked) = (begin.elapsed().as_secs_f64(), processor() - worked);
    println!("{what}: {took:.3} s, {worked:.2} s of processors");
    outcome
}

/// Seconds that processors worked for us, where the system tells: the clock also counts what others do on the machine.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn median(what: &str, times: usize, mut work: impl FnMut(usize) -> Any<()>) -> Any<Duration> {
    let mut all: Vec<Duration> = Vec::new();
    for i in 0..times {
        let begin = Instant::now();
        work(i)?;
        all.push(begin.elapsed());
    }
    all.sort_unstable();
    let micro = |d: Duration| d.as_secs_f64() * 1e6;
    let (middle, last) = (all[times / 2], all[times - 1]);
    println!("{what}: median {:.1} us, slowest {:.1} us", micro(middle), micro(last));
    Ok(middle)
}

/// What a binary tree, such as LeanIMT's, hashes over as many leaves: one thread here, as for one node of ours beside it.
fn binary(leaves: usize) {
    let time = |arity: usize| {
        let inputs = vec![F::from(7); arity];
        let hash = Poseidon::of_arity(arity);
        let begin = Instant::now();
        for _ in 0..2000 {
            black_box(hash.hash(black_box(&inputs)));
        }
        begin.elapsed().as_secs_f64() / 2000.0
    };
    let (two, four, leaf) = (time(2), time(4), time(9));
    println!(
        "hash of 2: {:.1} us, of 4: {:.1} us, of a leaf: {:.1} us",
        two * 1e6,
        four * 1e6,
        leaf * 1e6
    );
    let n = leaves as f64;
    println!(
        "nodes over all leaves: binary {:.1} s, four children {:.1} s",
        n * two,
        n / 3.0 * four
    );
    println!(
        "update of one leaf: binary {:.0} us, four children {:.0} us",
        20.0 * two * 1e6,
        10.0 * four * 1e6
    );
}

/// A log as its documents describe it, written a second time.
fn write_log(
    path: &Path,
    empty: F,
    events: impl Iterator<Item = RegistryEvent>,
    root: F,
) -> Any<()> {
    let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    let init = RegistryEvent::Init { name: "bench".into(), depth: 10, grace: 604_800 };
    let begin = [init, RegistryEvent::Root { root: empty }];
    let mut head = [0; 32];
    for event in begin.into_iter().chain(events).chain([RegistryEvent::Root { root }]) {
        let json = RegistryRecord { time: 1_700_000_000, event }.to_json();
        let body = &json[..json.len() - 1];
        head = Sha256::new_with_prefix(head).chain_update(body).finalize().into();
        let mut hex = String::new();
        for byte in head {
            write!(hex, "{byte:02x}")?;
        }
        writeln!(out, "{body},\"digest\":\"{hex}\"}}")?;
    }
    Ok(out.flush()?)
}

/// Most memory so far.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or("unknown here".into(), |line| {
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    })
}
