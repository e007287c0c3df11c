//! The test bench itself: figures against the protocol's own numbers, errors by their names.

use wattproof_contracts::{Artefact, Chain, DynSolValue, address, number};

#[test]
fn transfers_cost_what_they_cost_everywhere_and_leave_what_they_should() {
    let mut chain = Chain::new();
    let token = chain.deploy(&Artefact::named("PlainToken"), &[number(1000)]).expect("deployed");
    let to = Chain::other(1);
    let moved = chain.send(&token, "transfer", &[address(to), number(30)]);
    assert_eq!(moved.one(), DynSolValue::Bool(true));
    // 68 bytes of calldata: the selector's four, twenty of the address and one of the amount are not zero.
    let calldata = 16 * (4 + 20 + 1) + 4 * (12 + 31);
    assert_eq!(moved.gas.transaction, 21_000 + calldata + moved.gas.execution);
    let event = moved.events.first().expect("an event");
    assert_eq!((event.name.as_str(), event.from), ("Transfer", token.address));
    assert_eq!(event.values, [address(Chain::OWNER), address(to), number(30)]);
    assert_eq!(chain.view(&token, "balanceOf", &[address(to)]).one(), number(30));
    let refused = chain.send_from(to, &token, "transfer", &[address(Chain::OWNER), number(31)]);
    assert_eq!(refused.error(), format!("ERC20InsufficientBalance({to}, 30, 31)"));
    assert_eq!(chain.view(&token, "balanceOf", &[address(to)]).one(), number(30));
}
