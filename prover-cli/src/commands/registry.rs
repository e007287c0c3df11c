//! `wattproof registry`.

use std::path::Path;

use serde_json::{Value, json};
use wattproof_circuits::error::Error;
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::format::{Enrolment, MAX_DEVICE_FILE, MAX_REGISTRY};
use wattproof_circuits::meter::Registry;
use wattproof_intake::import::parse_zone;
use wattproof_intake::period::instant;
use wattproof_intake::words::element;

use crate::args::{EnrolArgs, RegistryCommand};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, is_dash, write};
use crate::screen::Report;

pub(super) fn run(command: RegistryCommand, files: &Files) -> Result<Report> {
    match command {
        RegistryCommand::Init { depth, out, force } => init(depth, &out, force),
        RegistryCommand::Add(args) => add(&args, files),
        RegistryCommand::Revoke { registry, index } => revoke(&registry, index, files),
        RegistryCommand::Root { registry } => {
            let root = read(&registry, files)?.root();
            Ok(Report::new(json!({ "root": element(&root) }), field_string(&root)).essential())
        }
        RegistryCommand::Path { registry, index } => path(&registry, index, files),
    }
}

fn read(path: &Path, files: &Files) -> Result<Registry> {
    files.parse(path, MAX_REGISTRY, Registry::from_json)
}

fn init(depth: u8, out: &Path, force: bool) -> Result<Report> {
    let registry = Registry::new(depth)?;
    write(out, Access::Public, Existing::unless(force), registry.to_json().as_bytes())?;
    let room = 1u64 << (2 * depth);
    let text = format!("Wrote an empty registry with room for {room} meters to {}.", out.display());
    let json = json!({ "out": out, "depth": depth, "root": element(&registry.root()) });
    Ok(Report::new(json, text).beside(out))
}

fn add(args: &EnrolArgs, files: &Files) -> Result<Report> {
    let zone = parse_zone(&args.zone).map_err(|e| Failure::Usage(format!("--zone: {e}")))?;
    let (from, until) = (instant(&args.valid_from, &zone)?, instant(&args.valid_until, &zone)?);
    if is_dash(&args.registry) {
        return Err(Failure::Usage("the registry is rewritten, so it cannot be -".into()));
    }
    let mut registry = read(&args.registry, files)?;
    let enrolment = files.parse(&args.enrolment, MAX_DEVICE_FILE, Enrolment::from_json)?;
    let index = registry.add(enrolment.leaf(args.level, args.nameplate, from, until))?;
    rewrite(&args.registry, &registry)?;
    let text = format!("Enrolled as entry {index}. New root: {}", field_string(&registry.root()));
    let json = json!({ "index": index, "root": element(&registry.root()) });
    Ok(Report::new(json, text))
}

fn revoke(path: &Path, index: usize, files: &Files) -> Result<Report> {
    if is_dash(path) {
        return Err(Failure::Usage("the registry is rewritten, so it cannot be -".into()));
    }
    let mut registry = read(path, files)?;
    registry.revoke(index)?;
    rewrite(path, &registry)?;
    let text = format!(
        "Revoked entry {index}. New root: {}\nVerifiers that accept an older root still accept its claims.",
        field_string(&registry.root())
    );
    let json = json!({ "index": index, "root": element(&registry.root()) });
    Ok(Report::new(json, text))
}

/// Replaces a registry, unless it has outgrown what can be read back.
fn rewrite(path: &Path, registry: &Registry) -> Result<()> {
    let json = registry.to_json();
    wattproof_circuits::format::text(json.as_bytes(), MAX_REGISTRY)
        .map_err(Failure::within(path))?;
    write(path, Access::Public, Existing::Replace, json.as_bytes())
}

fn path(file: &Path, index: usize, files: &Files) -> Result<Report> {
    let registry = read(file, files)?;
    let path = registry.path(index)?;
    let leaf = registry.entries().get(index).map(|e| e.leaf.hash()).unwrap_or_default();
    let root = path.root(leaf).map_err(|e: Error| e.at("registry"))?;
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
