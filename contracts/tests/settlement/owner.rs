//! Policies and powers: which verifiers will do, what retiring and revoking mean, and that only the owner may.

use wattproof_contracts::{Address, Chain, DynSolValue, address, number};

use crate::street::Street;
use crate::world::{
    BUYER, FUNDS, Order, Rules, SELLER, STRANGER, World, cell, deploy_settlement, deploy_verifier,
    id, terms, uint,
};

/// The error of registering the street's policy with a verifier whose key has these papers.
fn registered(rules: Rules, contributions: Option<u32>) -> Result<(), String> {
    let mut world = World::new();
    world.settlement = deploy_settlement(&mut world.chain, rules);
    world.list_days();
    let street = Street::get();
    let verifier = match contributions {
        None => world.verifier.clone(),
        Some(n) => {
            let key = street.key_of_ceremony(n);
            deploy_verifier(&mut world.chain, &format!("settlement-ceremony-{n}"), &key)
        }
    };
    let terms = terms(&street.policy, verifier.address, world.calendar, 0, 0);
    let outcome = world.chain.send(&world.settlement, "registerPolicy", &[terms]);
    outcome.reply.map(drop).map_err(|revert| revert.to_string())
}

#[test]
fn development_keys_are_refused_unless_the_settlement_allows_them() {
    let strict = Rules { allow_development: false, min_contributors: 3 };
    let refused = registered(strict, None).expect_err("a development key");
    assert!(refused.starts_with("DevelopmentKey("), "{refused}");
    assert_eq!(registered(Rules { allow_development: true, ..strict }, None), Ok(()));
}

#[test]
fn a_ceremony_needs_contributors() {
    // Allowing development keys does not allow a ceremony of too few.
    for allow_development in [false, true] {
        let rules = |min_contributors| Rules { allow_development, min_contributors };
        assert_eq!(registered(rules(4), Some(3)), Err("TooFewContributors(3, 4)".to_owned()));
        assert_eq!(registered(rules(3), Some(3)), Ok(()));
    }
}

#[test]
fn a_settlement_for_money_asks_for_some_contributor() {
    let mut chain = Chain::new();
    let args =
        [address(Chain::OWNER), DynSolValue::Bool(false), uint(0, 32), uint(1, 64), uint(1, 64)];
    let artefact = wattproof_contracts::Artefact::named("WattproofSettlement");
    let refused = chain.deploy(&artefact, &args).expect_err("nobody need contribute");
    assert_eq!(refused.to_string(), "TooFewContributors(0, 1)");
}

#[test]
fn what_is_no_verifier_is_refused() {
    let mut world = World::new();
    let policy = &Street::get().policy;
    for nobody in [STRANGER, world.token.address] {
        let terms = terms(policy, nobody, world.calendar, 0, 0);
        let outcome = world.chain.send(&world.settlement, "registerPolicy", &[terms]);
        assert!(outcome.reply.is_err());
    }
}

#[test]
fn a_policy_is_registered_once_and_never_changed() {
    let mut world = World::new();
    let street = Street::get();
    let same = terms(&street.policy, world.verifier.address, world.calendar, 0, 0);
    assert!(world.owner_refused("registerPolicy", &[same]).starts_with("PolicyKnown("));
    // Other terms are another policy; the first one stays what it was.
    let before = world.chain.view(&world.settlement, "policies", &[bytes(world.policy)]).reply;
    let signed = terms(&street.policy, world.verifier.address, world.calendar, 0, 1);
    assert_ne!(id(&world.owner("registerPolicy", &[signed])), world.policy);
    let after = world.chain.view(&world.settlement, "policies", &[bytes(world.policy)]).reply;
    assert_eq!(before, after);
}

fn bytes(value: [u8; 32]) -> DynSolValue {
    wattproof_contracts::bytes32(value)
}

#[test]
fn a_retired_policy_takes_no_orders_but_keeps_those_it_has() {
    let mut world = World::new();
    let order = world.trade();
    let order_id = world.open(&order);
    let claim = world.prove(0, &order, order_id, SELLER);
    let policy = [bytes(world.policy)];
    world.owner("retirePolicy", &policy);
    let another = Order { salt: [1; 32], ..order.clone() };
    assert!(world.try_open(&another).error().starts_with("PolicyNotActive("));
    assert!(world.refund(&order).error().starts_with("TooEarlyToRefund("));
    assert!(world.claim(&order, &claim).reply.is_ok());
    assert!(world.owner_refused("retirePolicy", &policy).starts_with("PolicyNotActive("));
    let unknown = world.owner_refused("retirePolicy", &[bytes([9; 32])]);
    assert!(unknown.starts_with("PolicyNotActive("));
}

#[test]
fn a_revoked_policy_pays_nobody_and_gives_the_money_back() {
    let mut world = World::new();
    let order = world.trade();
    let order_id = world.open(&order);
    let claim = world.prove(0, &order, order_id, SELLER);
    let policy = [bytes(world.policy)];
    world.owner("retirePolicy", &policy);
    world.owner("revokePolicy", &policy);
    assert!(world.claim(&order, &claim).error().starts_with("PolicyNotActive("));
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!(world.balance(BUYER), FUNDS);
    for function in ["retirePolicy", "revokePolicy"] {
        let refused = world.owner_refused(function, &policy);
        assert!(refused.starts_with("PolicyNotActive("));
    }
    // Nor is it registered again under the same terms.
    let street = Street::get();
    let same = terms(&street.policy, world.verifier.address, world.calendar, 0, 0);
    assert!(world.owner_refused("registerPolicy", &[same]).starts_with("PolicyKnown("));
}

#[test]
fn only_the_owner_registers_and_pauses() {
    let mut world = World::new();
    let street = Street::get();
    let policy = terms(&street.policy, world.verifier.address, world.calendar, 0, 1);
    let cells = DynSolValue::Array(vec![cell(crate::street::day(30))]);
    let zero = || bytes([0; 32]);
    for (function, args) in [
        ("registerPolicy", vec![policy]),
        ("retirePolicy", vec![bytes(world.policy)]),
        ("revokePolicy", vec![bytes(world.policy)]),
        ("addCalendar", vec![uint(0, 64), uint(3_600, 64)]),
        ("addListedCalendar", vec![]),
        ("listCells", vec![uint(world.calendar, 32), cells]),
        ("setRoot", vec![number(1), uint(0, 64)]),
        ("confirmRoot", vec![number(1)]),
        ("withdrawRoot", vec![number(1)]),
        ("registerDevice", vec![zero(), zero(), zero(), uint(0, 64), uint(1, 64)]),
        ("endDevice", vec![zero(), uint(1, 64)]),
        ("pause", vec![]),
        ("unpause", vec![]),
        ("transferOwnership", vec![address(STRANGER)]),
    ] {
        let refused = world.chain.send_from(STRANGER, &world.settlement, function, &args);
        let error = format!("OwnableUnauthorizedAccount({STRANGER})");
        assert_eq!(refused.error(), error, "{function}");
    }
}

#[test]
fn ownership_is_taken_not_given() {
    let mut world = World::new();
    world.owner("transferOwnership", &[address(SELLER)]);
    let owner = |world: &mut World| world.chain.view(&world.settlement, "owner", &[]).one();
    assert_eq!(owner(&mut world), address(Chain::OWNER));
    let by = |world: &mut World, who: Address| {
        world.chain.send_from(who, &world.settlement, "acceptOwnership", &[]).reply
    };
    assert!(by(&mut world, STRANGER).is_err());
    assert!(by(&mut world, SELLER).is_ok());
    assert_eq!(owner(&mut world), address(SELLER));
}

/// An owner has no function that moves an escrow.
#[test]
fn the_owner_cannot_take_an_escrow() {
    let mut world = World::new();
    let order = world.trade();
    world.open(&order);
    for function in ["refund", "release", "fund"] {
        let mut args = vec![order.value()];
        if function == "fund" {
            args.push(uint(1, 128));
        }
        assert!(world.chain.send(&world.settlement, function, &args).reply.is_err());
    }
    assert_eq!(world.balance(world.settlement.address), 1_000);
}
