//! A chain that is reorganised: what is taken back is taken back as a whole.

use wattproof_contracts::number;

use crate::world::{Order, SELLER, World};

/// The block with a claim is lost, and with it the payment and the nullifier. The claim is sent again, by anybody, and paid once; on either
/// side of the fork no second one is.
#[test]
fn a_reorganised_chain_pays_once() {
    let mut world = World::new();
    let order = world.trade();
    let id = world.open(&order);
    let again = Order { salt: [1; 32], ..world.trade() };
    let again_id = world.open(&again);
    let (claim, doubled) =
        (world.prove(0, &order, id, SELLER), world.prove(0, &again, again_id, SELLER));
    let before = world.chain.state();

    assert_eq!(world.claim(&order, &claim).one(), number(1_000));
    let refused = world.claim(&again, &doubled).error();
    assert!(refused.starts_with("AlreadyClaimed("), "{refused}");

    world.chain.reorganise(before);
    assert_eq!(world.balance(SELLER), 0);
    // Of both claims of the same energy the other one comes first now; still only one is paid.
    assert_eq!(world.claim(&again, &doubled).one(), number(1_000));
    let refused = world.claim(&order, &claim).error();
    assert!(refused.starts_with("AlreadyClaimed("), "{refused}");
    assert_eq!(world.balance(SELLER), 1_000);
}
