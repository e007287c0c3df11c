//! The gas of verifying on a chain, beside what the precompiles alone take. Exact numbers: nothing is timed. Each record goes to
//! `$WATTPROOF_BENCH_DIR/gas.json` for `cargo xtask bench`; the table is printed.
#![allow(clippy::unwrap_used)]

#[path = "../tests/settlement/prover.rs"]
mod prover;
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
    let mut keys: Vec<_> = (5..=10).map(Trapdoor::new).collect();
    let artefacts = trapdoor::artefacts("bench", &keys);
    let mut chain = Chain::new();
    for (key, [single, _]) in keys.iter_mut().zip(&artefacts) {
        let contract = chain.deploy(single, &[]).unwrap();
        let gas = ask(&mut chain, &contract, "verify", &key.claim().args());
        let inputs = key.prepared.public_inputs() as u64;
        let floor = PAIRING + 4 * PAIR + inputs * (MUL + ADD);
        let bar = (inputs == 5).then_some("<= 220000");
        report(&mut records, &format!("verify, {inputs} inputs"), gas, floor, 1, bar);
        println!("{:28} {:>23}", "  its deployment", contract.deployment);
    }
    let batch = chain.deploy(&artefacts[0][1], &[]).unwrap();
    for count in [1, 2, 4, 8, 16, 32, 64] {
        let claims: Vec<_> = (0..count).map(|_| keys[0].claim()).collect();
        let gas = ask(&mut chain, &batch, "verifyBatch", &Words::batch_args(&claims));
        let count = count as u64;
        // A and C of each claim; alpha, the constant's point and five inputs'.
        let floor = PAIRING + (count + 3) * PAIR + count * (2 * MUL + ADD) + 7 * (MUL + ADD);
        let bar = (count == 32).then_some("<= 65000");
        report(&mut records, &format!("batch of {count}, each"), gas, floor, count, bar);
    }
    println!("{:28} {:>23}", "  its deployment", batch.deployment);
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
