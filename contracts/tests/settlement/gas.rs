//! Gas of claims settled in batches, each for a payee of its own who had nothing: what `contracts/gas.json` has, exactly. The command that says
//! what a fleet costs reads it. With `WATTPROOF_WRITE=1` the file is written anew.
//!
//! The batches are large and the proofs are of a key with a trapdoor: the chain cannot tell, and gas does not depend on it.

use serde_json::json;
use wattproof_circuits::hash::F;
use wattproof_contracts::{Address, Artefact, DynSolValue, Words};

use crate::street::Street;
use crate::trapdoor::{self, Trapdoor};
use crate::world::{Claim, Order, REWARD, STRANGER, World, element};

const BATCHES: [usize; 4] = [1, 8, 16, 32];

/// Gas of one `claimMany` of so many claims, whose verifier is of this key.
fn claim_many(claims: usize, key: &mut Trapdoor, verifier: &Artefact) -> u64 {
    let mut world = World::new();
    let street = Street::get();
    world.verifier = world.chain.deploy(verifier, &[]).expect("a verifier of batches");
    world.policy = world.register(&street.policy);
    let escrow = 100 * (claims as u128 + 1);
    let pool = Order { kind: REWARD, payee: Address::ZERO, escrow, price: 100, ..world.trade() };
    let id = world.open(&pool);
    let registry = street.registry(&[]);
    let mut statement = street.statement(0, pool.period, &world.context(id, STRANGER), &registry);
    let forged = (1..=claims).map(|number| {
        let payee = Address::repeat_byte(number as u8);
        statement.context = world.context(id, payee).field();
        // As large as nullifiers are.
        statement.nullifier += F::from(number as u64);
        let Words { proof, .. } = key.prove(&statement.to_public_inputs());
        Claim {
            payee,
            anchor: element(&statement.anchor),
            nullifier: element(&statement.nullifier),
            outputs: statement.outputs.iter().map(element).collect(),
            proof: proof.to_vec(),
        }
    });
    let forged = forged.map(|claim| claim.value()).collect();
    let args = [pool.value(), DynSolValue::Array(forged)];
    let paid = world.chain.send_from(STRANGER, &world.settlement, "claimMany", &args);
    assert!(paid.reply.is_ok(), "{paid:?}");
    assert_eq!(world.balance(Address::repeat_byte(claims as u8)), 100);
    paid.gas.transaction
}

#[test]
fn the_pinned_gas_is_what_is_measured() {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, crate::world::SELLER);
    let single = world.claim(&order, &claim).gas.transaction;
    // Zero bytes of proof and context cost less: what differs from run to run is left out of the figures.
    let round = |gas: u64| gas.next_multiple_of(1_000);
    let mut key = Trapdoor::new(Street::get().policy.shape().public_inputs());
    let artefacts = trapdoor::artefacts("settlement-gas", std::slice::from_ref(&key));
    let many = BATCHES.map(|claims| {
        let gas = claim_many(claims, &mut key, &artefacts[0][1]);
        json!({ "claims": claims, "gas": round(gas) })
    });
    let measured = json!({
        "about": "Gas of transactions of WattproofSettlement in revm under Osaka's rules, everything cold, a plain ERC-20, one output, each payee without a balance before; up to the next thousand. Measured and held by contracts/tests/settlement/gas.rs.",
        "claim": round(single),
        "claim_many": many,
    });
    let path = wattproof_tests::root().join("contracts/gas.json");
    if std::env::var_os("WATTPROOF_WRITE").is_some() {
        std::fs::write(&path, format!("{measured:#}\n")).expect("written");
    }
    let pinned = std::fs::read_to_string(&path).expect("the file");
    let pinned: serde_json::Value = serde_json::from_str(&pinned).expect("JSON");
    assert_eq!(pinned, measured, "WATTPROOF_WRITE=1 writes it anew");
}
