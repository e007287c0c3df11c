//! Tokens that are not plain: fees, hooks, silence.

use wattproof_contracts::{Artefact, Contract, DynSolValue, address, bytes32, number};

use crate::street::total;
use crate::world::{BUYER, Claim, FUNDS, Order, REWARD, SELLER, World};

/// The world, a token of this contract that the buyer has, and an order in it.
fn with(name: &str) -> (World, Contract, Order) {
    let mut world = World::new();
    let token = world.chain.deploy(&Artefact::named(name), &[number(FUNDS)]).expect("a token");
    world.equip(&token);
    let order = Order { token: token.address, ..world.trade() };
    (world, token, order)
}

fn set(world: &mut World, token: &Contract, function: &str, args: &[DynSolValue]) {
    assert!(world.chain.send(token, function, args).reply.is_ok());
}

#[test]
fn a_token_that_takes_a_fee_of_the_deposit_is_refused() {
    let (mut world, token, order) = with("FeeToken");
    set(&mut world, &token, "setFees", &[number(10), number(0)]);
    let refused = world.try_open(&order).error();
    assert_eq!(refused, format!("WrongAmountMoved({}, 1000, 990)", token.address));
    assert_eq!(world.balance_in(&token, BUYER), FUNDS);
    set(&mut world, &token, "setFees", &[number(0), number(0)]);
    assert!(world.try_open(&order).reply.is_ok());
}

/// A fee that begins later: the payee would get less than is due.
#[test]
fn a_token_that_begins_to_take_a_fee_of_the_payee_is_not_paid_in() {
    let (mut world, token, order) = with("FeeToken");
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    set(&mut world, &token, "setFees", &[number(10), number(0)]);
    let refused = world.claim(&order, &claim).error();
    assert_eq!(refused, format!("WrongAmountMoved({}, 1000, 990)", token.address));
    // The payer may have what the token gives: nobody else is harmed.
    world.chain.set_time(order.deadline);
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!(world.balance_in(&token, BUYER), FUNDS - 10);
}

/// A fee on top would be taken from the escrows of others.
#[test]
fn a_token_that_begins_to_take_a_fee_of_the_sender_does_not_touch_other_escrows() {
    let (mut world, token, order) = with("FeeToken");
    let id = world.open(&order);
    let other = Order { salt: [1; 32], ..order.clone() };
    world.open(&other);
    let claim = world.prove(0, &order, id, SELLER);
    set(&mut world, &token, "setFees", &[number(0), number(10)]);
    let refused = world.claim(&order, &claim).error();
    assert_eq!(refused, format!("WrongAmountMoved({}, 1000, 1010)", token.address));
    world.chain.set_time(order.deadline);
    let refused = world.refund(&order).error();
    assert_eq!(refused, format!("WrongAmountMoved({}, 1000, 1010)", token.address));
    set(&mut world, &token, "setFees", &[number(0), number(0)]);
    for order in [order, other] {
        assert!(world.refund(&order).reply.is_ok());
    }
    assert_eq!(world.balance_in(&token, BUYER), FUNDS);
}

#[test]
fn a_token_that_returns_nothing_is_paid_in() {
    let (mut world, token, order) = with("SilentToken");
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    assert!(world.claim(&order, &claim).reply.is_ok());
    assert_eq!(world.balance_in(&token, SELLER), 1_000);
}

#[test]
fn a_token_that_says_no_is_believed() {
    let (mut world, token, order) = with("SilentToken");
    let failed = format!("SafeERC20FailedOperation({})", token.address);
    set(&mut world, &token, "refuse", &[DynSolValue::Bool(true)]);
    assert_eq!(world.try_open(&order).error(), failed);
    set(&mut world, &token, "refuse", &[DynSolValue::Bool(false)]);
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    set(&mut world, &token, "refuse", &[DynSolValue::Bool(true)]);
    assert_eq!(world.claim(&order, &claim).error(), failed);
    set(&mut world, &token, "refuse", &[DynSolValue::Bool(false)]);
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn what_is_no_token_is_refused() {
    let (mut world, _, order) = with("SilentToken");
    for address in [SELLER, world.settlement.address] {
        let refused = world.try_open(&Order { token: address, ..order.clone() });
        assert!(refused.reply.is_err());
    }
}

/// A payee that is a contract comes back in while it is being paid: with its own claim, another's, or for a refund.
#[test]
fn nobody_comes_back_in_while_being_paid() {
    for (what, expected) in [
        ("claim", 2),
        ("claimByDevice", 1),
        ("claimMany", 2),
        ("refund", 1),
        ("open", 1),
        ("fund", 1),
        ("release", 1),
    ] {
        let (mut world, token, order) = with("HookToken");
        let intruder = world.chain.deploy(&Artefact::named("Intruder"), &[]).expect("a payee");
        let payee = intruder.address;
        let pool = Order {
            kind: REWARD,
            payee: wattproof_contracts::Address::ZERO,
            escrow: 100_000,
            price: 0,
            rate: 1_000,
            per: 1_000,
            ..order
        };
        let id = world.open(&pool);
        let claims: Vec<Claim> = (0..2).map(|home| world.prove(home, &pool, id, payee)).collect();
        let args = match what {
            "claim" => vec![pool.value(), claims[1].value()],
            "claimMany" => vec![pool.value(), DynSolValue::Array(vec![claims[1].value()])],
            "claimByDevice" => {
                let signature = DynSolValue::Tuple(vec![bytes32([1; 32]); 4]);
                vec![pool.value(), claims[1].value(), signature]
            }
            "fund" => vec![pool.value(), DynSolValue::Uint(1_u8.try_into().expect("one"), 128)],
            _ => vec![pool.value()],
        };
        let call = world.settlement.calldata(what, &args);
        let target = address(world.settlement.address);
        set(&mut world, &intruder, "prepare", &[target, DynSolValue::Bytes(call.to_vec())]);
        assert!(world.claim(&pool, &claims[0]).reply.is_ok());
        let of = |world: &mut World, name| world.chain.view(&intruder, name, &[]).one();
        assert_eq!(of(&mut world, "tried"), DynSolValue::Bool(true), "{what}");
        assert_eq!(of(&mut world, "succeeded"), DynSolValue::Bool(false), "{what}");
        // The selector of ReentrancyGuardReentrantCall().
        assert_eq!(of(&mut world, "answer"), DynSolValue::Bytes(vec![0x3e, 0xe5, 0xae, 0xb5]));
        assert_eq!(world.balance_in(&token, payee), total(0));
        // Afterwards the door is open again.
        let nothing = [address(SELLER), DynSolValue::Bytes(Vec::new())];
        set(&mut world, &intruder, "prepare", &nothing);
        let again = world.claim(&pool, &claims[expected - 1]);
        assert_eq!(again.reply.is_ok(), expected == 2, "{again:?}");
    }
}
