//! One claim: what it pays, what it costs, and everything that makes another claim of it.

use wattproof_contracts::{Address, DynSolValue, U256, address, bytes32, number};
use wattproof_tests::scene::DAY;

use crate::street::{Street, day};
use crate::world::{
    BUYER, Claim, Order, Rules, SELLER, STRANGER, WINDOW, World, deploy_settlement, element,
};

/// Most gas of a claim's transaction: the bar.
const GAS_BAR: u64 = 350_000;

/// A claim that holds, and what it holds for.
fn good() -> (World, Order, Claim) {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    (world, order, claim)
}

#[test]
fn a_claim_is_paid_once_and_its_nullifier_recorded() {
    let (mut world, order, claim) = good();
    assert_eq!(world.balance(world.settlement.address), 1_000);
    let paid = world.claim(&order, &claim);
    assert_eq!(paid.one(), number(1_000));
    assert_eq!((world.balance(SELLER), world.balance(world.settlement.address)), (1_000, 0));
    let event = paid.events.iter().find(|event| event.name == "Claimed").expect("an event");
    let id = world.chain.view(&world.settlement, "orderId", &[order.value()]).one();
    assert_eq!(event.values, [id, address(SELLER), number(claim.nullifier), number(1_000)]);
    let claimed = world.chain.view(&world.settlement, "claimed", &[number(claim.nullifier)]);
    assert_eq!(claimed.one(), DynSolValue::Bool(true));
    assert!(world.claim(&order, &claim).error().starts_with("OrderNotOpen("));
}

/// All checks, the nullifier stored, the token moved to somebody who had none, everything cold; the escrow used up, and a rest left.
#[test]
fn a_claim_costs_no_more_gas_than_the_bar() {
    for escrow in [1_000, 1_500] {
        let mut world = World::new();
        let order = Order { escrow, ..world.trade() };
        let id = world.open(&order);
        let claim = world.prove(0, &order, id, SELLER);
        let gas = world.claim(&order, &claim).gas.transaction;
        println!("gas of a claim with an escrow of {escrow} for 1000: {gas}");
        assert!(gas <= GAS_BAR, "{gas}");
    }
}

/// Another order for the same day, a fresh signature, a fresh proof: still the same meter, scope and period.
#[test]
fn the_same_energy_is_not_paid_twice() {
    let (mut world, order, claim) = good();
    assert!(world.claim(&order, &claim).reply.is_ok());
    let again = Order { salt: [1; 32], ..order };
    let id = world.open(&again);
    let doubled = world.prove(0, &again, id, SELLER);
    assert_ne!(doubled.proof, claim.proof);
    let refused = world.claim(&again, &doubled).error();
    assert_eq!(refused, format!("AlreadyClaimed({})", claim.nullifier));
    // The next day is other energy, and so is a neighbour's.
    let neighbour = world.prove(1, &again, id, SELLER);
    assert_eq!(world.claim(&again, &neighbour).one(), number(1_000));
    let tomorrow = Order { period: day(1), deadline: day(1).end() + WINDOW, ..again };
    let id = world.open(&tomorrow);
    let claim = world.prove(0, &tomorrow, id, SELLER);
    assert_eq!(world.claim(&tomorrow, &claim).one(), number(1_000));
}

#[test]
fn a_claim_is_for_its_payee_only() {
    let mut world = World::new();
    let order = Order { payee: Address::ZERO, ..world.trade() };
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    let stolen = Claim { payee: STRANGER, ..claim.clone() };
    assert_eq!(world.claim(&order, &stolen).error(), "ProofInvalid()");
    for nobody in [Address::ZERO, world.settlement.address] {
        let lost = Claim { payee: nobody, ..claim.clone() };
        assert_eq!(world.claim(&order, &lost).error(), format!("WrongPayee({nobody})"));
    }
    assert_eq!(world.claim(&order, &claim).one(), number(1_000));
    assert_eq!((world.balance(SELLER), world.balance(STRANGER)), (1_000, 0));
}

#[test]
fn an_order_that_names_its_payee_pays_nobody_else() {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, STRANGER);
    assert_eq!(world.claim(&order, &claim).error(), format!("WrongPayee({STRANGER})"));
}

#[test]
fn a_claim_is_for_its_order_only() {
    let (mut world, order, claim) = good();
    for other in [
        Order { salt: [9; 32], ..order.clone() },
        Order { escrow: 2_000, ..order.clone() },
        Order { rate: 1, ..order.clone() },
        Order { deadline: order.deadline + 1, ..order.clone() },
    ] {
        world.open(&other);
        assert_eq!(world.claim(&other, &claim).error(), "ProofInvalid()");
    }
    let never = Order { salt: [8; 32], ..order.clone() };
    assert!(world.claim(&never, &claim).error().starts_with("OrderNotOpen("));
    // Terms that were not opened are another order, however little they differ.
    let dearer = Order { price: 999, ..order };
    assert!(world.claim(&dearer, &claim).error().starts_with("OrderNotOpen("));
}

#[test]
fn a_claim_is_for_its_contract_only() {
    let (mut world, order, claim) = good();
    let rules = Rules { allow_development: true, min_contributors: 2 };
    let first = world.settlement.clone();
    world.settlement = deploy_settlement(&mut world.chain, rules);
    let token = world.token.clone();
    let args = [address(world.settlement.address), number(5_000)];
    assert!(world.chain.send_from(BUYER, &token, "approve", &args).reply.is_ok());
    world.list_days();
    let policy = Street::get().policy.clone();
    assert_eq!(world.register(&policy), order.policy);
    world.set_root(Street::get().registry(&[]).root(), 0);
    let (theirs, ours) = (world.open(&order), world.context([0; 32], SELLER));
    assert_eq!(world.claim(&order, &claim).error(), "ProofInvalid()");
    // The order's id is the same, so that it is the address alone that differs.
    world.settlement = first;
    let id = world.chain.view(&world.settlement, "orderId", &[order.value()]).one();
    assert_eq!(id, bytes32(theirs));
    assert_ne!(ours, world.context([0; 32], SELLER));
    assert!(world.claim(&order, &claim).reply.is_ok());
}

/// The fork has all of the first chain's state, the contract's address and its orders too.
#[test]
fn a_claim_is_for_its_chain_only() {
    let (mut world, order, claim) = good();
    world.chain.set_id(1);
    assert_eq!(world.claim(&order, &claim).error(), "ProofInvalid()");
    world.chain.set_id(31_337);
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn the_context_is_the_protocols() {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let args = [address(SELLER), bytes32(id)];
    let context = world.chain.view(&world.settlement, "contextOf", &args).one();
    assert_eq!(context, number(element(&world.context(id, SELLER).field())));
}

#[test]
fn what_is_claimed_is_what_was_proved() {
    let (mut world, order, claim) = good();
    let more = |outputs: Vec<U256>| Claim { outputs, ..claim.clone() };
    let shown = claim.outputs[0];
    for outputs in [vec![], vec![shown, shown]] {
        let given = outputs.len();
        let refused = world.claim(&order, &more(outputs)).error();
        assert_eq!(refused, format!("OutputCount({given}, 1)"));
    }
    assert_eq!(world.claim(&order, &more(vec![shown + U256::ONE])).error(), "ProofInvalid()");
    let other = Claim { nullifier: claim.nullifier + U256::ONE, ..claim.clone() };
    assert_eq!(world.claim(&order, &other).error(), "ProofInvalid()");
    let mut proof = claim.proof.clone();
    proof.swap(0, 6);
    let broken = Claim { proof, ..claim.clone() };
    assert_eq!(world.claim(&order, &broken).error(), "ProofInvalid()");
    assert!(world.claim(&order, &claim).reply.is_ok());
}

/// A nullifier plus the field's order is another number and the same field element: with it one claim would be two.
#[test]
fn a_nullifier_has_one_form() {
    let (mut world, order, claim) = good();
    let modulus: U256 =
        "21888242871839275222246405745257275088548364400416034343698204186575808495617"
            .parse()
            .expect("a number");
    let alias = Claim { nullifier: claim.nullifier + modulus, ..claim.clone() };
    assert_eq!(world.claim(&order, &alias).error(), "InputRange(4)");
    assert!(world.claim(&order, &claim).reply.is_ok());
}

/// A refused claim leaves nothing behind: not its nullifier, not a settled order.
#[test]
fn a_refused_claim_uses_nothing_up() {
    let (mut world, order, claim) = good();
    let stolen = Claim { outputs: vec![U256::ZERO], ..claim.clone() };
    assert_eq!(world.claim(&order, &stolen).error(), "ProofInvalid()");
    world.chain.set_time(order.deadline - DAY);
    assert_eq!(
        world.chain.view(&world.settlement, "claimed", &[number(claim.nullifier)]).one(),
        DynSolValue::Bool(false)
    );
}

#[test]
fn a_claim_comes_after_the_period_and_before_the_deadline() {
    let (mut world, order, claim) = good();
    world.chain.set_time(order.period.end() - 1);
    let end = order.period.end();
    assert_eq!(world.claim(&order, &claim).error(), format!("PeriodNotOver({end})"));
    world.chain.set_time(order.deadline);
    let deadline = order.deadline;
    assert_eq!(world.claim(&order, &claim).error(), format!("TooLate({deadline})"));
    // On the last second of the period's end and of the deadline's beginning it is taken. Roots must be up to date then.
    world.chain.set_time(order.deadline - 1);
    let root = element(&Street::get().registry(&[]).root());
    world.owner("confirmRoot", &[number(root)]);
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn at_the_very_end_of_the_period_a_claim_is_taken() {
    let (mut world, order, claim) = good();
    world.chain.set_time(order.period.end());
    assert!(world.claim(&order, &claim).reply.is_ok());
}

/// Under another policy of the same circuit: what its digest says was not proved.
#[test]
fn a_claim_is_for_its_policy_only() {
    let (mut world, order, _) = good();
    let policy = Street::strict();
    let strict = Order { policy: world.register(&policy), ..order };
    let id = world.open(&strict);
    let claim = world.prove(0, &strict, id, SELLER);
    assert_eq!(world.claim(&strict, &claim).error(), "ProofInvalid()");
}

#[test]
fn a_paused_contract_takes_no_claims() {
    let (mut world, order, claim) = good();
    world.owner("pause", &[]);
    assert_eq!(world.claim(&order, &claim).error(), "EnforcedPause()");
    world.owner("unpause", &[]);
    assert!(world.claim(&order, &claim).reply.is_ok());
}
