//! The gas of verifying on a chain, beside what the precompiles alone take. Exact numbers: nothing is timed. Each record goes to
//! `$WATTPROOF_BENCH_DIR/gas.json` for `cargo xtask bench`; the table is printed.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../tests/settlement/street.rs"]
mod street;
#[path = "../tests/trapdoor/mod.rs"]
mod trapdoor;
#[allow(dead_code)]
#[path = "../tests/settlement/world.rs"]
mod world;

use serde_json::{Value, json};
use trapdoor::Trapdoor;
use wattproof_contracts::{Chain, Contract, DynSolValue, Gas, Words};
use world::{SELLER, World};

/// Prices of EIP-1108.
const ADD: u64 = 150;
const MUL: u64 = 6_000;
const PAIRING: u64 = 45_000;
const PAIR: u64 = 34_000;

fn main() {
    let mut records = Vec::new();
    println!("{:28} {:>10} {:>12} {:>10}", "", "execution", "transaction", "floor");
    for inputs in 5..=10 {
        let (mut trapdoor, mut chain, single) = deployed(inputs, 0);
        let gas = ask(&mut chain, &single, "verify", &trapdoor.claim().args());
        let floor = PAIRING + 4 * PAIR + inputs as u64 * (MUL + ADD);
        let bar = (inputs == 5).then_some("<= 220000");
        report(&mut records, &format!("verify, {inputs} inputs"), gas, floor, 1, bar);
    }
    let (mut trapdoor, mut chain, batch) = deployed(5, 1);
    for count in [1, 2, 4, 8, 16, 32, 64] {
        let claims: Vec<_> = (0..count).map(|_| trapdoor.claim()).collect();
        let gas = ask(&mut chain, &batch, "verifyBatch", &Words::batch_args(&claims));
        let count = count as u64;
        // A and C of each claim, alpha, the constant's point and five inputs'.
        let floor = PAIRING + (count + 3) * PAIR + count * (2 * MUL + ADD) + 7 * (MUL + ADD);
        let bar = (count == 32).then_some("<= 65000");
        report(&mut records, &format!("batch of {count}, each"), gas, floor, count, bar);
    }
    settle(&mut records);
    if let Some(folder) = std::env::var_os("WATTPROOF_BENCH_DIR") {
        let path = std::path::Path::new(&folder).join("gas.json");
        std::fs::write(path, Value::Array(records).to_string()).unwrap();
    }
}

/// One claim settled, everything cold: all checks, the nullifier stored, the token moved to somebody who had none.
fn settle(records: &mut Vec<Value>) {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    let paid = world.claim(&order, &claim);
    assert!(paid.reply.is_ok(), "{paid:?}");
    let gas = paid.gas.transaction;
    println!("{:28} {:>23}", "settlement of one claim", gas);
    let name = "gas, settlement of one claim, transaction";
    records.push(json!({ "name": name, "value": gas, "unit": "gas", "bar": "<= 350000" }));
}

/// A key for that many inputs, a chain, and its contract: of single claims, or of batches.
fn deployed(inputs: usize, which: usize) -> (Trapdoor, Chain, Contract) {
    let trapdoor = Trapdoor::new(inputs);
    let mut chain = Chain::new();
    let artefact = &trapdoor.artefacts("bench")[which];
    let contract = chain.deploy(artefact, &[]).unwrap();
    println!(
        "{:28} {:>23}",
        format!("deploy {}, {inputs} inputs", artefact.name),
        contract.deployment
    );
    (trapdoor, chain, contract)
}

fn ask(chain: &mut Chain, contract: &Contract, function: &str, args: &[DynSolValue]) -> Gas {
    let outcome = chain.view(contract, function, args);
    assert_eq!(outcome.one(), DynSolValue::Bool(true));
    outcome.gas
}

fn report(
    records: &mut Vec<Value>,
    name: &str,
    gas: Gas,
    floor: u64,
    count: u64,
    bar: Option<&str>,
) {
    let [execution, transaction, floor] =
        [gas.execution, gas.transaction, floor].map(|g| g / count);
    println!("{name:28} {execution:>10} {transaction:>12} {floor:>10}");
    for (what, value, bar) in
        [("execution", execution, bar), ("transaction", transaction, None), ("floor", floor, None)]
    {
        let name = format!("gas, {name}, {what}");
        records.push(json!({ "name": name, "value": value, "unit": "gas", "bar": bar }));
    }
}
