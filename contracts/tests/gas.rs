//! Gas, held to upper bounds: a change that costs some is to be seen. `cargo bench -p wattproof-contracts` prints the table.
#![allow(clippy::unwrap_used)]

mod trapdoor;

use trapdoor::Trapdoor;
use wattproof_contracts::{Chain, DynSolValue, Words};

/// Execution of a single verification; what the precompiles take is 181,000 and 6,150 for each input.
const SINGLE: [(usize, u64); 3] = [(5, 220_000), (6, 220_000), (10, 250_000)];
/// Execution of a batch, for each claim.
const BATCH: [(usize, u64); 3] = [(1, 260_000), (8, 80_000), (32, 65_000)];

#[test]
fn single_verifications_keep_to_their_bounds() {
    for (inputs, most) in SINGLE {
        let mut trapdoor = Trapdoor::new(inputs);
        let mut chain = Chain::new();
        let [single, _] = trapdoor.artefacts(&format!("gas-{inputs}"));
        let contract = chain.deploy(&single, &[]).unwrap();
        let outcome = chain.view(&contract, "verify", &trapdoor.claim().args());
        assert_eq!(outcome.one(), DynSolValue::Bool(true));
        println!("{inputs} inputs: {:?}, deployment {}", outcome.gas, contract.deployment);
        assert!(outcome.gas.execution <= most, "{inputs} inputs: {:?}", outcome.gas);
    }
}

#[test]
fn batches_keep_to_their_bounds() {
    let mut trapdoor = Trapdoor::new(5);
    let mut chain = Chain::new();
    let [_, batch] = trapdoor.artefacts("gas-batch");
    let contract = chain.deploy(&batch, &[]).unwrap();
    for (count, most) in BATCH {
        let claims: Vec<_> = (0..count).map(|_| trapdoor.claim()).collect();
        let outcome = chain.view(&contract, "verifyBatch", &Words::batch_args(&claims));
        assert_eq!(outcome.one(), DynSolValue::Bool(true));
        let each = outcome.gas.execution / count as u64;
        println!("{count} claims: {:?}, {each} each", outcome.gas);
        assert!(each <= most, "{count} claims: {:?}", outcome.gas);
    }
}
