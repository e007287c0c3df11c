//! Orders: what is due, what is given back and when, and which terms make none.

use wattproof_contracts::{Address, address, number};
use wattproof_tests::scene::DAY;

use crate::street::{Street, day, total};
use crate::world::{
    BILL, BUYER, Claim, FUNDS, Order, REWARD, SELLER, STRANGER, TRADE, WINDOW, World,
    deploy_verifier, id, terms, uint,
};

/// Tokens for each kWh shown.
fn by_the_kwh(world: &World, escrow: u128) -> Order {
    Order { escrow, price: 0, rate: 300, per: 1_000, ..world.trade() }
}

#[test]
fn a_trade_by_the_kwh_pays_for_what_is_shown() {
    let mut world = World::new();
    let order = Order { price: 7, ..by_the_kwh(&world, 10_000) };
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    // Rounded down: Wh count.
    let due = 7 + 300 * total(0) / 1_000;
    assert_eq!(world.claim(&order, &claim).one(), number(due));
    assert_eq!(world.balance(SELLER), due);
    // The rest is the buyer's, at once and whoever asks.
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!(world.balance(BUYER), FUNDS - due);
    assert!(world.refund(&order).error().starts_with("NothingLeft("));
}

#[test]
fn a_trade_pays_no_more_than_its_escrow() {
    let mut world = World::new();
    let order = by_the_kwh(&world, 2_000);
    assert!(300 * total(0) / 1_000 > 2_000);
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    assert_eq!(world.claim(&order, &claim).one(), number(2_000));
    assert!(world.refund(&order).error().starts_with("NothingLeft("));
}

#[test]
fn a_pool_pays_each_meter_once_until_it_runs_dry() {
    let mut world = World::new();
    let pool = Order { kind: REWARD, payee: Address::ZERO, escrow: 2_500, ..world.trade() };
    let id = world.open(&pool);
    let claims = [0, 1, 2].map(|home| world.prove(home, &pool, id, SELLER));
    assert_eq!(world.claim(&pool, &claims[0]).one(), number(1_000));
    let twice = world.claim(&pool, &claims[0]).error();
    assert_eq!(twice, format!("AlreadyClaimed({})", claims[0].nullifier));
    assert_eq!(world.claim(&pool, &claims[1]).one(), number(1_000));
    // What is left does not cover a reward: nothing is paid in part, and the claim is not used up.
    assert_eq!(world.claim(&pool, &claims[2]).error(), "EscrowTooSmall(1000, 500)");
    let topped = [pool.value(), uint(500, 128)];
    let by_another = world.chain.send_from(STRANGER, &world.settlement, "fund", &topped);
    assert_eq!(by_another.error(), format!("NotYours({STRANGER})"));
    assert!(world.chain.send_from(BUYER, &world.settlement, "fund", &topped).reply.is_ok());
    assert_eq!(world.claim(&pool, &claims[2]).one(), number(1_000));
    assert_eq!((world.balance(SELLER), world.balance(BUYER)), (3_000, FUNDS - 3_000));
    // An empty pool is still open until its deadline, but there is nothing to give back.
    world.chain.set_time(pool.deadline);
    assert!(world.refund(&pool).error().starts_with("NothingLeft("));
}

/// A bill in cents, so many tokens a cent, of the customer to the supplier.
fn billed(credit: u64, escrow: u128) -> (World, Order, Claim) {
    let (mut world, street) = (World::new(), Street::billed());
    let policy = Street::billing(credit);
    let verifier = deploy_verifier(&mut world.chain, "settlement-bill", &street.key);
    let terms = terms(&policy, verifier.address, world.calendar, 0, 1);
    let policy_id = id(&world.owner("registerPolicy", &[terms]));
    let order =
        Order { kind: BILL, policy: policy_id, escrow, price: 0, rate: 10, ..world.trade() };
    let order_id = world.open(&order);
    let context = world.context(order_id, SELLER);
    let registry = street.registry(&[]);
    let bundle = street.prove(0, &policy, order.period, &context, &registry);
    (world, order, Claim::new(&bundle, SELLER))
}

/// The bill's cents: 20 a kWh, rounded down.
fn cents() -> u64 {
    total(0) * 20 / 1_000
}

#[test]
fn a_bill_is_paid_to_the_cent_and_the_rest_given_back() {
    let (mut world, order, claim) = billed(0, 100_000);
    assert_eq!(world.claim(&order, &claim).one(), number(10 * cents()));
    assert_eq!(world.balance(SELLER), 10 * cents());
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!(world.balance(BUYER), FUNDS - 10 * cents());
}

#[test]
fn a_bill_above_the_escrow_is_not_paid_in_part() {
    let (mut world, order, claim) = billed(0, 100);
    let due = 10 * cents();
    assert_eq!(world.claim(&order, &claim).error(), format!("EscrowTooSmall({due}, 100)"));
    let more = [order.value(), uint(due - 100, 128)];
    assert!(world.chain.send_from(BUYER, &world.settlement, "fund", &more).reply.is_ok());
    assert_eq!(world.claim(&order, &claim).one(), number(due));
    assert!(world.chain.send_from(BUYER, &world.settlement, "fund", &more).reply.is_err());
}

/// The credit is greater than what was used: the supplier would owe, which an escrow of the customer's cannot settle.
#[test]
fn a_bill_below_zero_is_refused() {
    let (mut world, order, claim) = billed(10_000, 100_000);
    let shown = claim.outputs[0];
    assert_eq!(world.claim(&order, &claim).error(), format!("BadOutput({shown})"));
}

#[test]
fn a_bill_of_nothing_settles_without_a_transfer() {
    let (mut world, order, claim) = billed(cents(), 100_000);
    assert_eq!(world.claim(&order, &claim).one(), number(0));
    assert_eq!(world.balance(SELLER), 0);
    assert!(world.claim(&order, &claim).error().starts_with("OrderNotOpen("));
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!(world.balance(BUYER), FUNDS);
}

/// An output of 64 bits that counts from 2^63 is not a quantity of nine quintillion, and the reverse.
#[test]
fn outputs_are_read_as_the_policy_was_registered() {
    let mut world = World::new();
    let street = Street::get();
    let terms = terms(&street.policy, world.verifier.address, world.calendar, 0, 1);
    let policy = id(&world.owner("registerPolicy", &[terms]));
    let order = Order { policy, ..by_the_kwh(&world, 2_000) };
    let order_id = world.open(&order);
    let claim = world.prove(0, &order, order_id, SELLER);
    assert_eq!(world.claim(&order, &claim).error(), format!("BadOutput({})", total(0)));
}

#[test]
fn a_trade_that_comes_to_nothing_uses_no_claim_up() {
    let mut world = World::new();
    let order = Order { per: u64::MAX, rate: 1, ..by_the_kwh(&world, 2_000) };
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    assert_eq!(world.claim(&order, &claim).error(), "NothingDue()");
}

/// The greatest rate, the greatest amount a policy can show: no wrap around.
#[test]
fn the_greatest_numbers_do_not_overflow() {
    let mut world = World::new();
    let order = Order { rate: u128::MAX, per: 1, price: 1_000, ..by_the_kwh(&world, 1_000) };
    let id = world.open(&order);
    let claim = world.prove(0, &order, id, SELLER);
    assert_eq!(world.claim(&order, &claim).one(), number(1_000));
    // Nor does an escrow that is topped up past its type.
    let order = Order { salt: [1; 32], ..order };
    world.open(&order);
    let args = [order.value(), uint(u128::MAX, 128)];
    assert_eq!(world.chain.send_from(BUYER, &world.settlement, "fund", &args).error(), "Panic(17)");
}

#[test]
fn money_comes_back_after_the_deadline_and_not_before() {
    let mut world = World::new();
    let order = world.trade();
    world.open(&order);
    assert_eq!(world.balance(BUYER), FUNDS - 1_000);
    world.chain.set_time(order.deadline - 1);
    assert!(world.refund(&order).error().starts_with("TooEarlyToRefund("));
    world.chain.set_time(order.deadline);
    // No pause holds it up.
    world.owner("pause", &[]);
    assert!(world.refund(&order).reply.is_ok());
    assert_eq!((world.balance(BUYER), world.balance(STRANGER)), (FUNDS, 0));
    assert!(world.refund(&order).error().starts_with("NothingLeft("));
    let never = Order { salt: [1; 32], ..order };
    assert!(world.refund(&never).error().starts_with("OrderNotOpen("));
}

#[test]
fn a_closed_order_cannot_be_claimed_or_opened_again() {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    assert!(world.try_open(&order).error().starts_with("OrderKnown("));
    let claim = world.prove(0, &order, id, SELLER);
    let released = world.chain.send_from(STRANGER, &world.settlement, "release", &[order.value()]);
    assert_eq!(released.error(), format!("NotYours({STRANGER})"));
    let by_payer = world.chain.send_from(BUYER, &world.settlement, "release", &[order.value()]);
    assert_eq!(by_payer.error(), format!("NotYours({BUYER})"));
    let released = world.chain.send_from(SELLER, &world.settlement, "release", &[order.value()]);
    assert!(released.reply.is_ok());
    assert_eq!(world.balance(BUYER), FUNDS);
    assert!(world.claim(&order, &claim).error().starts_with("OrderNotOpen("));
    assert!(world.try_open(&order).error().starts_with("OrderKnown("));
}

#[test]
fn only_the_payer_opens_an_order() {
    let mut world = World::new();
    let order = world.trade();
    let refused = world.chain.send_from(STRANGER, &world.settlement, "open", &[order.value()]);
    assert_eq!(refused.error(), format!("NotYours({STRANGER})"));
    world.owner("pause", &[]);
    assert_eq!(world.try_open(&order).error(), "EnforcedPause()");
    let funded = [order.value(), uint(1, 128)];
    let paused = world.chain.send_from(BUYER, &world.settlement, "fund", &funded).error();
    assert_eq!(paused, "EnforcedPause()");
    world.owner("unpause", &[]);
    // Without leave to take the escrow nothing is opened.
    let token = world.token.clone();
    let none = [address(world.settlement.address), number(0)];
    assert!(world.chain.send_from(BUYER, &token, "approve", &none).reply.is_ok());
    assert!(world.try_open(&order).error().starts_with("ERC20InsufficientAllowance("));
    let unknown = world.chain.send_from(BUYER, &world.settlement, "fund", &funded).error();
    assert!(unknown.starts_with("OrderNotOpen("), "{unknown}");
}

#[test]
fn terms_that_make_no_order_are_refused() {
    let mut world = World::new();
    let good = world.trade();
    let settlement = world.settlement.address;
    let bill = Order { kind: BILL, price: 0, rate: 1, ..good.clone() };
    let cases = [
        (Order { policy: [1; 32], ..good.clone() }, "PolicyNotActive("),
        (
            Order { deadline: good.period.end() + WINDOW - 1, ..good.clone() },
            "BadOrder(String(\"deadline\"))",
        ),
        (Order { deadline: 1 << 40, ..good.clone() }, "BadOrder(String(\"deadline\"))"),
        (Order { escrow: 0, price: 0, rate: 1, ..good.clone() }, "BadOrder(String(\"escrow\"))"),
        (Order { escrow: 999, ..good.clone() }, "BadOrder(String(\"escrow\"))"),
        (Order { price: 0, ..good.clone() }, "BadOrder(String(\"price\"))"),
        (Order { rate: 1, per: 0, ..good.clone() }, "BadOrder(String(\"per\"))"),
        (Order { rate: 1, output: 1, ..good.clone() }, "BadOrder(String(\"output\"))"),
        (Order { payee: settlement, ..good.clone() }, "BadOrder(String(\"payee\"))"),
        (Order { kind: REWARD, ..good.clone() }, "BadOrder(String(\"payee\"))"),
        (Order { payee: Address::ZERO, ..bill.clone() }, "BadOrder(String(\"payee\"))"),
        (Order { price: 1, ..bill.clone() }, "BadOrder(String(\"price\"))"),
        (Order { per: 2, ..bill.clone() }, "BadOrder(String(\"per\"))"),
    ];
    for (order, error) in cases {
        let refused = world.try_open(&order).error();
        assert!(refused.starts_with(error), "{refused} instead of {error}");
    }
    // There is no fourth kind: the call does not even decode.
    assert!(world.try_open(&Order { kind: 3, ..good.clone() }).reply.is_err());
    assert_eq!(world.balance(settlement), 0);
    for order in [good, bill] {
        assert!(world.try_open(&order).reply.is_ok());
    }
}

#[test]
fn an_order_past_its_deadline_is_not_opened() {
    let mut world = World::new();
    let order = Order { kind: TRADE, ..world.trade() };
    world.chain.set_time(order.deadline);
    assert!(world.try_open(&order).error().starts_with("BadOrder("));
    let later = Order { deadline: order.deadline + DAY, period: day(0), ..order };
    assert!(world.try_open(&later).reply.is_ok());
}
