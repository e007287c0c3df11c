//! `wattproof device attest`: the device answers a request, and its gateway puts the claim together.

use std::fs;
use std::path::Path;

use wattproof_circuits::format::{MAX_BLOCK, MAX_DEVICE_FILE};
use wattproof_circuits::meter::{Device, Link};
use wattproof_intake::sign::{Signed, Terms, collected};

use crate::args::AttestArgs;
use crate::commands::context::{self, Nonce};
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::registries::Known;
use crate::screen::{Report, Screen};
use crate::simulator::Simulator;

pub(in crate::commands) fn attest(
    args: &AttestArgs,
    files: &Files,
    screen: &Screen,
) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let registry = Known::open(&args.registry, files, screen)?;
    let context = context::read(&args.context, files, Nonce::Told)?;
    let simulator = Simulator::open(&args.state, &device)?;
    let signature = simulator.attest(&policy, &period, &context)?;
    let links = links(&args.blocks, files)?;
    let terms = Terms { policy, period, context };
    let Signed { claim, index } =
        collected(&device, registry.registry(), &links, terms, signature)?;
    super::hand_out(&args.out, &claim, Some(index), None)
}

/// Everything that was collected, in the chain's order.
fn links(folder: &Path, files: &Files) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::unreadable(folder))? {
        let path = entry.map_err(Failure::unreadable(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // What a gateway was writing when it was stopped has another name.
        if name.starts_with("block-") && name.ends_with(".json") {
            links.push(files.parse(&path, MAX_BLOCK, Link::from_json)?);
        }
    }
    links.sort_by_key(|link| link.index);
    Ok(links)
}
