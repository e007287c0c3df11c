//! `wattproof registry`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::format::{Enrolment, MAX_DEVICE_FILE};
use wattproof_circuits::hash::F;
use wattproof_intake::import::parse_zone;
use wattproof_intake::period::instant;
use wattproof_intake::words::element;
use wattproof_registry::{Audit, Change, Mode, RootSpan, Store};

use crate::args::{AddArgs, CheckRegistryArgs, InitArgs, RegistryCommand, RotateArgs, VouchArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, is_dash, write};
use crate::registries::{now, open, progress};
use crate::screen::{Report, Screen};

pub(super) fn run(command: RegistryCommand, files: &Files, screen: &Screen) -> Result<Report> {
    match command {
        RegistryCommand::Init(args) => init(&args),
        RegistryCommand::Add(args) => add(&args, files, screen),
        RegistryCommand::Revoke { registry, index } => revoke(&registry, index, screen),
        RegistryCommand::Rotate(args) => rotate(&args, files, screen),
        RegistryCommand::Root { registry, at, all } => {
            root(&open(&registry, Mode::Read, screen)?, at.as_deref(), all)
        }
        RegistryCommand::Path { registry, index } => {
            path(&open(&registry, Mode::Read, screen)?, index)
        }
        RegistryCommand::Sync { source, registry } => sync(&source, &registry, screen),
        RegistryCommand::Check(args) => check(&args, screen),
        RegistryCommand::Export { registry, out } => {
            export(&open(&registry, Mode::Read, screen)?, &out)
        }
        RegistryCommand::Snapshot { registry } => {
            let mut store = open(&registry, Mode::Change, screen)?;
            store.save_snapshot()?;
            let lines = store.log().lines();
            let text = format!("Wrote a snapshot of {lines} lines.");
            Ok(Report::new(json!({ "lines": lines, "head": store.log().head() }), text))
        }
    }
}

fn init(args: &InitArgs) -> Result<Report> {
    let InitArgs { name, depth, grace, out, force } = args;
    if is_dash(out) {
        return Err(Failure::Usage("a registry's log is a file, so it cannot be -".into()));
    }
    Store::create(out, (name, *depth, *grace), now(), *force)?;
    let store = Store::open(out, Mode::Read, &mut |_, _| ())?;
    let room = 1u64 << (2 * depth);
    let text = format!(
        "Wrote an empty registry with room for {room} meters to {0}.\nThe serials of its meters will be in {0}.serials: keep that file secret, and keep copies.",
        out.display()
    );
    let root = element(&store.registry().root());
    let json = json!({ "out": out, "name": name, "depth": depth, "grace": grace, "root": root });
    Ok(Report::new(json, text))
}

fn enrolment(path: &Path, files: &Files) -> Result<Enrolment> {
    files.parse(path, MAX_DEVICE_FILE, Enrolment::from_json)
}

fn commit(path: &Path, changes: &[Change], screen: &Screen) -> Result<(Store, usize)> {
    Ok(open(path, Mode::Change, screen)?.commit(changes, now())?)
}

fn add(args: &AddArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let VouchArgs { level, nameplate } = args.vouch;
    let change =
        |path: &PathBuf| Ok(Change::Add { enrolment: enrolment(path, files)?, level, nameplate });
    let changes = args.enrolment.iter().map(change).collect::<Result<Vec<_>>>()?;
    let (store, index) = commit(&args.registry, &changes, screen)?;
    let root = store.registry().root();
    let which = match changes.len() {
        1 => format!("entry {index}"),
        count => format!("entries {index} to {}", index + count - 1),
    };
    let text = format!("Enrolled as {which}. New root: {}", field_string(&root));
    let json = json!({ "index": index, "count": changes.len(), "root": element(&root) });
    Ok(Report::new(json, text))
}

fn revoke(path: &Path, index: usize, screen: &Screen) -> Result<Report> {
    let (store, _) = commit(path, &[Change::Revoke(index)], screen)?;
    let (root, log) = (store.registry().root(), store.log());
    let until = log.time() + log.grace();
    let text = format!(
        "Revoked entry {index}. New root: {}\nVerifiers that accept an older root accept its claims until {until}.",
        field_string(&root)
    );
    Ok(Report::new(json!({ "index": index, "root": element(&root), "reach": until }), text))
}

fn rotate(args: &RotateArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let RotateArgs { registry, index, .. } = args;
    let VouchArgs { level, nameplate } = args.vouch;
    let enrolment = enrolment(&args.enrolment, files)?;
    let boundary = enrolment.leaf().valid_from;
    let change = Change::Rotate { index: *index, enrolment, level, nameplate };
    let (store, before) = commit(registry, &[change], screen)?;
    let root = store.registry().root();
    let next = before + 1;
    let text = format!(
        "Entry {index} ends: entry {before} is the same up to {boundary}, entry {next} begins then. New root: {}",
        field_string(&root)
    );
    let json = json!({
        "revoked": index, "rest": before, "index": next, "boundary": boundary.to_string(),
        "root": element(&root),
    });
    Ok(Report::new(json, text))
}

fn root(store: &Store, at: Option<&str>, all: bool) -> Result<Report> {
    let log = store.log();
    if all {
        let spans: Vec<RootSpan> = log.roots().collect();
        let text: Vec<String> = spans.iter().map(told).collect();
        let roots: Vec<Value> = spans.iter().map(span).collect();
        return Ok(Report::new(json!({ "roots": roots }), text.join("\n")).essential());
    }
    let time = match at {
        Some(at) => {
            let utc = parse_zone("UTC").map_err(|e| Failure::Usage(format!("--at: {e}")))?;
            instant(at, &utc)?
        }
        None => u64::MAX,
    };
    let found = log
        .root_at(time)
        .ok_or_else(|| Failure::Usage("--at: the registry had not begun then".into()))?;
    Ok(Report::new(span(&found), field_string(&found.root)).essential())
}

fn span(span: &RootSpan) -> Value {
    let time = |time: Option<u64>| time.map(|time| time.to_string());
    json!({
        "root": element(&span.root),
        "bytes32": bytes32(&span.root),
        "since": span.since.to_string(),
        "replaced_at": time(span.replaced_at),
        "valid_until": time(span.valid_until),
    })
}

/// As contracts have it: big-endian.
fn bytes32(x: &F) -> String {
    let mut bytes = Vec::with_capacity(32);
    // Memory takes all that is written to it.
    let _ = wattproof_circuits::format::registry_snapshot::write_element(x, &mut bytes);
    let hex: String = bytes.iter().rev().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{hex}")
}

fn told(span: &RootSpan) -> String {
    let root = field_string(&span.root);
    match (span.replaced_at, span.valid_until) {
        (Some(replaced), Some(until)) => {
            format!("{root} from {}, replaced at {replaced}, accepted until {until}", span.since)
        }
        _ => format!("{root} from {}", span.since),
    }
}

fn path(store: &Store, index: usize) -> Result<Report> {
    let path = store.path(index)?;
    let (registry, root) = (store.registry(), store.registry().root());
    let leaf = registry.entries().get(index).map(|e| e.leaf.hash()).unwrap_or_default();
    let level = |(children, position): &(_, u8)| -> Value {
        let children: &[_; 4] = children;
        let children: Vec<_> = children.iter().map(element).collect();
        json!({ "children": children, "position": position })
    };
    let levels: Vec<Value> = path.levels.iter().map(level).collect();
    let mut text = format!("entry {index}: {}", field_string(&leaf));
    for (i, (children, position)) in path.levels.iter().enumerate() {
        text += &format!("\nlevel {i}, child {position} of:");
        for child in children {
            text += &format!("\n  {}", field_string(child));
        }
    }
    text += &format!("\nroot: {}", field_string(&root));
    let json = json!({
        "index": index, "entry": element(&leaf), "path": levels, "root": element(&root),
    });
    Ok(Report::new(json, text).essential())
}

fn sync(source: &Path, registry: &Path, screen: &Screen) -> Result<Report> {
    if is_dash(source) || is_dash(registry) {
        return Err(Failure::Usage("a registry's log is a file, so it cannot be -".into()));
    }
    let synced =
        progress(source, screen, |progress| wattproof_registry::sync(source, registry, progress))?;
    let (log, root) = (synced.store.log(), synced.store.registry().root());
    let text = match synced.lines {
        0 => format!("Nothing new in {} lines.", log.lines()),
        lines => format!("{lines} new lines. Root: {}", field_string(&root)),
    };
    let json = json!({
        "new_lines": synced.lines, "lines": log.lines(), "head": log.head(), "root": element(&root),
    });
    Ok(Report::new(json, text))
}

fn check(args: &CheckRegistryArgs, screen: &Screen) -> Result<Report> {
    let CheckRegistryArgs { registry: path, each_root, signatures, serials, .. } = args;
    let audit = Audit { each_root: *each_root, signatures: *signatures, serials: *serials };
    let store = progress(path, screen, |progress| Store::check(path, audit, progress))?;
    let (log, registry) = (store.log(), store.registry());
    if let Some(head) = args.head.as_ref().filter(|head| **head != log.head()) {
        let what = format!("its last line's digest is {}, not {head}", log.head());
        let path = path.clone();
        return Err(wattproof_registry::Error::Rewritten { path, what }.into());
    }
    let revoked = registry.entries().iter().filter(|entry| entry.revoked).count();
    let entries = registry.entries().len() - revoked;
    let mut text = format!(
        "{}: {} lines are whole; {entries} entries, {revoked} revoked. Last line: {}",
        log.name(),
        log.lines(),
        log.head()
    );
    if store.is_torn() {
        text += "\nThe last change was interrupted and took no effect; the next one removes what is left of it.";
    }
    let json = json!({
        "name": log.name(), "depth": registry.depth(), "grace": log.grace().to_string(),
        "lines": log.lines(), "entries": entries, "revoked": revoked, "meters": registry.roll().meters(),
        "head": log.head(), "root": element(&registry.root()), "torn": store.is_torn(),
    });
    Ok(Report::new(json, text))
}

fn export(store: &Store, out: &Path) -> Result<Report> {
    let log = store.log();
    let roots: Vec<Value> = log.accepted(now()).iter().map(span).collect();
    let file = json!({
        "wattproof": "registry-roots/1", "name": log.name(), "grace": log.grace().to_string(),
        "time": log.time().to_string(), "head": log.head(), "roots": roots,
    });
    write(out, Access::Public, Existing::Replace, format!("{file:#}\n").as_bytes())?;
    let text = format!("Wrote {} accepted roots to {}.", roots.len(), out.display());
    Ok(Report::new(json!({ "out": out, "roots": roots }), text).beside(out))
}
