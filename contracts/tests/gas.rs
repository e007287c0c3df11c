//! Gas, held to upper bounds: a change that costs some is to be seen. `cargo bench -p wattproof-contracts` prints the table.
#![allow(clippy::unwrap_used)]

mod trapdoor;

use trapdoor::Trapdoor;
use wattproof_contracts::{Chain, DynSolValue, Words};

/// Execution of a single verification, by inputs; the bar is 220,000 for five. The precompiles take 181,000, and 6,150 for each input.
const SINGLE: [(usize, u64); 3] = [(5, 217_000), (6, 223_500), (10, 250_000)];
/// Execution of a batch, for each claim; the bar is 65,000 for 32.
const BATCH: [(usize, u64); 3] = [(1, 246_000), (8, 74_500), (32, 56_000)];

#[test]
fn verifying_keeps_to_its_bounds() {
    let mut keys = SINGLE.map(|(inputs, _)| Trapdoor::new(inputs));
    let artefacts = trapdoor::artefacts("gas", &keys);
    let mut chain = Chain::new();
    for ((key, [single, _]), (inputs, most)) in keys.iter_mut().zip(&artefacts).zip(SINGLE) {
        let contract = chain.deploy(single, &[]).unwrap();
        let outcome = chain.view(&contract, "verify", &key.claim().args());
        assert_eq!(outcome.one(), DynSolValue::Bool(true));
        println!("{inputs} inputs: {:?}, deployment {}", outcome.gas, contract.deployment);
        assert!(outcome.gas.execution <= most, "{inputs} inputs: {:?}", outcome.gas);
    }
    let contract = chain.deploy(&artefacts[0][1], &[]).unwrap();
    for (count, most) in BATCH {
        let claims: Vec<_> = (0..count).map(|_| keys[0].claim()).collect();
        let outcome = chain.view(&contract, "verifyBatch", &Words::batch_args(&claims));
        assert_eq!(outcome.one(), DynSolValue::Bool(true));
        let each = outcome.gas.execution / count as u64;
        println!("{count} claims: {:?}, {each} each", outcome.gas);
        assert!(each <= most, "{count} claims: {:?}", outcome.gas);
    }
}
