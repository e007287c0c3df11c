//! Many claims of one pool, verified together.

use wattproof_contracts::{Address, DynSolValue, Outcome, U256, number};

use crate::street::HOMES;
use crate::world::{Claim, Order, REWARD, SELLER, STRANGER, World};

/// A pool of rewards of 100 tokens, and a claim of each home.
fn pool(escrow: u128) -> (World, Order, Vec<Claim>) {
    let mut world = World::new();
    let pool = Order { kind: REWARD, payee: Address::ZERO, escrow, price: 100, ..world.trade() };
    let id = world.open(&pool);
    let claims = (0..HOMES).map(|home| world.prove(home, &pool, id, SELLER)).collect();
    (world, pool, claims)
}

fn claim_many(world: &mut World, pool: &Order, claims: &[Claim]) -> Outcome {
    let claims = claims.iter().map(Claim::value).collect();
    let args = [pool.value(), DynSolValue::Array(claims)];
    world.chain.send_from(STRANGER, &world.settlement, "claimMany", &args)
}

#[test]
fn many_claims_are_paid_together_for_less() {
    let (mut world, pool, claims) = pool(1_000);
    let paid = claim_many(&mut world, &pool, &claims);
    assert_eq!(paid.one(), number(300));
    assert_eq!(world.balance(SELLER), 300);
    let each = paid.gas.transaction / HOMES as u64;
    println!("gas of each of {HOMES} claims together: {each}");
    assert!(each <= 200_000, "{each}");
    for claim in &claims {
        let refused = world.claim(&pool, claim).error();
        assert_eq!(refused, format!("AlreadyClaimed({})", claim.nullifier));
    }
}

#[test]
fn one_bad_claim_sinks_them_all() {
    let (mut world, pool, claims) = pool(1_000);
    let with = |i: usize, change: &dyn Fn(&mut Claim)| {
        let mut claims = claims.clone();
        change(&mut claims[i]);
        claims
    };
    let cases: [(Vec<Claim>, &str); 3] = [
        (with(1, &|claim| claim.payee = STRANGER), "ProofInvalid("),
        (with(2, &|claim| claim.outputs[0] += U256::ONE), "ProofInvalid("),
        (with(0, &|claim| claim.anchor += U256::ONE), "RootNotAccepted("),
    ];
    for (claims, error) in cases {
        let refused = claim_many(&mut world, &pool, &claims).error();
        assert!(refused.starts_with(error), "{refused} instead of {error}");
    }
    assert_eq!(world.balance(SELLER), 0);
    assert!(claim_many(&mut world, &pool, &claims).reply.is_ok());
}

/// Whoever copies one claim out of a batch and is faster pays that one's payee, and does not stop the others.
#[test]
fn claims_that_were_paid_are_left_out() {
    for first in 0..HOMES {
        let (mut world, pool, claims) = pool(1_000);
        assert!(world.claim(&pool, &claims[first]).reply.is_ok());
        let paid = claim_many(&mut world, &pool, &claims);
        assert_eq!(paid.one(), number(200));
        assert_eq!(paid.events.iter().filter(|event| event.name == "Claimed").count(), 2);
        assert_eq!(world.balance(SELLER), 300);
        assert_eq!(claim_many(&mut world, &pool, &claims).error(), "EmptyBatch()");
    }
}

/// Twice in one batch is once; whatever else stands in the second is not looked at, and not paid.
#[test]
fn a_claim_that_is_there_twice_is_paid_once() {
    let (mut world, pool, mut claims) = pool(1_000);
    claims.insert(1, claims[0].clone());
    let other = Claim { payee: STRANGER, nullifier: claims[0].nullifier, ..claims[2].clone() };
    claims.push(other);
    assert_eq!(claim_many(&mut world, &pool, &claims).one(), number(300));
    assert_eq!((world.balance(SELLER), world.balance(STRANGER)), (300, 0));
}

/// All inputs together are as many as there should be, and one claim's digest is another's output.
#[test]
fn inputs_do_not_shift_from_one_claim_to_the_next() {
    let (mut world, pool, mut claims) = pool(1_000);
    let moved = claims[1].outputs.remove(0);
    claims[0].outputs.push(moved);
    assert_eq!(claim_many(&mut world, &pool, &claims).error(), "OutputCount(2, 1)");
}

#[test]
fn together_they_are_paid_no_more_than_the_pool_has() {
    let (mut world, pool, claims) = pool(299);
    assert_eq!(claim_many(&mut world, &pool, &claims).error(), "EscrowTooSmall(100, 99)");
    assert_eq!(claim_many(&mut world, &pool, &claims[..2]).one(), number(200));
}

#[test]
fn only_pools_are_claimed_together_and_not_by_nobody() {
    let (mut world, pool, _) = pool(1_000);
    assert_eq!(claim_many(&mut world, &pool, &[]).error(), "EmptyBatch()");
    let trade = Order { salt: [1; 32], ..world.trade() };
    let id = world.open(&trade);
    let claim = world.prove(0, &trade, id, SELLER);
    assert_eq!(claim_many(&mut world, &trade, &[claim]).error(), "BadOrder(String(\"kind\"))");
    world.owner("pause", &[]);
    assert_eq!(claim_many(&mut world, &pool, &[]).error(), "EnforcedPause()");
}
