//! Periods and the registry's roots: only cells of the calendar, only when they are over, only meters that the registry still holds.

use wattproof_circuits::policy::Period;
use wattproof_contracts::{DynSolValue, number};
use wattproof_tests::scene::{DAY, FEBRUARY};

use crate::street::{Street, day};
use crate::world::{Claim, GRACE, Order, SELLER, WINDOW, World, cell, element, id, terms, uint};

fn period(start: u64, end: u64) -> Period {
    Period::new(start, end).expect("a period")
}

#[test]
fn a_period_is_a_cell_of_the_listed_calendar() {
    let mut world = World::new();
    let hour = 3_600;
    for wrong in [
        period(FEBRUARY, FEBRUARY + 2 * DAY),
        period(FEBRUARY, FEBRUARY + DAY - hour),
        period(FEBRUARY + hour, FEBRUARY + DAY + hour),
        period(FEBRUARY + hour, FEBRUARY + DAY),
        period(FEBRUARY - DAY, FEBRUARY),
        period(FEBRUARY + 28 * DAY, FEBRUARY + 29 * DAY),
    ] {
        let order = Order { period: wrong, deadline: wrong.end() + WINDOW, ..world.trade() };
        let refused = world.try_open(&order).error();
        assert_eq!(refused, format!("NotACell({}, {})", wrong.start(), wrong.end()));
    }
}

#[test]
fn a_period_is_a_cell_of_equal_ones() {
    let mut world = World::new();
    // Weeks from Monday, two hours ahead of UTC.
    let (origin, week) = (345_600 - 2 * 3_600, 7 * DAY);
    let calendar = world.owner("addCalendar", &[uint(origin, 64), uint(week, 64)]).one();
    let is = |world: &mut World, start: u64, end: u64| {
        let args = [calendar.clone(), uint(start, 64), uint(end, 64)];
        world.chain.view(&world.settlement, "isCell", &args).one() == DynSolValue::Bool(true)
    };
    let monday = origin + 2_000 * week;
    assert!(is(&mut world, monday, monday + week));
    assert!(is(&mut world, origin, origin + week));
    for (start, end) in [
        (monday + 1, monday + week + 1),
        (monday, monday + 2 * week),
        (monday, monday + week - 1),
        (monday, monday),
        (monday + week, monday),
        (origin - 1, origin - 1 + week),
        ((1 << 40) - week, 1 << 40),
    ] {
        assert!(!is(&mut world, start, end), "{start} to {end}");
    }
    for (origin, length) in [(0, 0), (1_u64 << 40, DAY), (0, 1 << 40)] {
        let args = [uint(origin, 64), uint(length, 64)];
        assert_eq!(world.owner_refused("addCalendar", &args), "BadCalendar()");
    }
    let nowhere = [uint(99, 32), uint(monday, 64), uint(monday + week, 64)];
    let answer = world.chain.view(&world.settlement, "isCell", &nowhere).one();
    assert_eq!(answer, DynSolValue::Bool(false));
}

#[test]
fn listed_cells_ascend_and_do_not_overlap() {
    let mut world = World::new();
    let (listed, last) = (uint(world.calendar, 32), day(27).end());
    let list = |cells: &[Period]| DynSolValue::Array(cells.iter().copied().map(cell).collect());
    for cells in [
        vec![day(27)],
        vec![period(last - 1, last + DAY)],
        vec![period(last, last + DAY), period(last + DAY - 1, last + 2 * DAY)],
        vec![period(last + DAY, last + 2 * DAY), period(last, last + DAY)],
    ] {
        let refused = world.owner_refused("listCells", &[listed.clone(), list(&cells)]);
        assert!(refused.starts_with("CellOutOfOrder("), "{refused}");
    }
    let raw = |start: u64, end: u64| DynSolValue::Tuple(vec![uint(start, 64), uint(end, 64)]);
    for bad in [raw(last, last), raw(last + 1, last), raw(last, 1 << 40), raw(last, u64::MAX)] {
        let args = [listed.clone(), DynSolValue::Array(vec![bad])];
        assert!(world.owner_refused("listCells", &args).starts_with("CellOutOfOrder("));
    }
    // A gap is no overlap, but what is before it is lost.
    world.owner("listCells", &[listed.clone(), list(&[period(last + DAY, last + 2 * DAY)])]);
    let refused = world.owner_refused("listCells", &[listed, list(&[period(last, last + DAY)])]);
    assert!(refused.starts_with("CellOutOfOrder("));
    let equal = world.owner("addCalendar", &[uint(0, 64), uint(DAY, 64)]).one();
    for calendar in [equal, uint(99, 32)] {
        let refused = world.owner_refused("listCells", &[calendar, list(&[day(0)])]);
        assert!(refused.starts_with("UnknownCalendar("));
    }
}

/// Two calendars for one scope would let one day be paid for as itself and as a part of something else.
#[test]
fn a_scope_has_one_calendar() {
    let mut world = World::new();
    let other = world.owner("addCalendar", &[uint(FEBRUARY, 64), uint(7 * DAY, 64)]).one();
    let DynSolValue::Uint(other, _) = other else { panic!("no number") };
    let policy = Street::strict();
    let refused = terms(&policy, world.verifier.address, other.to(), 0, 0);
    let refused = world.owner_refused("registerPolicy", &[refused]);
    assert!(refused.starts_with("ScopeHasCalendar("), "{refused}");
    world.register(&policy);
    let nowhere = terms(&policy, world.verifier.address, 99, 0, 0);
    assert_eq!(world.owner_refused("registerPolicy", &[nowhere]), "UnknownCalendar(99)");
}

/// A meter that is in the registry and has a device would have two nullifiers for one period of it.
#[test]
fn a_scope_is_vouched_for_in_one_way() {
    let mut world = World::new();
    let policy = Street::strict();
    let by_device = terms(&policy, world.verifier.address, world.calendar, 1, 0);
    let refused = world.owner_refused("registerPolicy", &[by_device]);
    assert!(refused.starts_with("ScopeHasTrust("), "{refused}");
    world.register(&policy);
}

/// An order, and a claim of it in the registry in which `revoked` are no more.
fn claim_in(world: &mut World, salt: u8, home: usize, revoked: &[usize]) -> (Order, Claim) {
    let street = Street::get();
    let order = Order { salt: [salt; 32], deadline: day(60).end(), ..world.trade() };
    let id = world.open(&order);
    let context = world.context(id, SELLER);
    let registry = street.registry(revoked);
    let bundle = street.prove(home, &street.policy, order.period, &context, &registry);
    (order, Claim::new(&bundle, SELLER))
}

#[test]
fn a_root_must_be_the_registrys() {
    let mut world = World::new();
    let (order, claim) = claim_in(&mut world, 0, 0, &[2]);
    assert_eq!(world.claim(&order, &claim).error(), format!("RootNotAccepted({})", claim.anchor));
    world.set_root(Street::get().registry(&[2]).root(), FEBRUARY + 2 * DAY);
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn a_replaced_root_is_good_for_the_grace_period() {
    let mut world = World::new();
    let replaced_at = FEBRUARY + 2 * DAY;
    let (order, claim) = claim_in(&mut world, 0, 0, &[]);
    world.set_root(Street::get().registry(&[2]).root(), replaced_at);
    let present = element(&Street::get().registry(&[2]).root());
    for (time, good) in [(replaced_at + GRACE, false), (replaced_at + GRACE - 1, true)] {
        world.chain.set_time(time);
        world.owner("confirmRoot", &[number(present)]);
        let outcome = world.claim(&order, &claim);
        assert_eq!(outcome.reply.is_ok(), good, "{outcome:?}");
        if !good {
            assert_eq!(outcome.error(), format!("RootExpired({}, {replaced_at})", claim.anchor));
        }
    }
}

/// Else a meter that was revoked could claim what it recorded afterwards.
#[test]
fn a_replaced_root_is_good_only_for_periods_that_had_ended() {
    let mut world = World::new();
    let (order, claim) = claim_in(&mut world, 0, 2, &[]);
    // Within the day that is claimed.
    let replaced_at = order.period.end() - 1;
    world.set_root(Street::get().registry(&[2]).root(), replaced_at);
    let refused = world.claim(&order, &claim).error();
    assert_eq!(refused, format!("RootReplacedBeforeEnd({}, {replaced_at})", claim.anchor));
}

#[test]
fn at_its_end_a_period_may_see_its_root_replaced() {
    let mut world = World::new();
    let (order, claim) = claim_in(&mut world, 0, 2, &[]);
    world.set_root(Street::get().registry(&[2]).root(), order.period.end());
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn a_withdrawn_root_is_good_for_nothing() {
    let mut world = World::new();
    let (order, claim) = claim_in(&mut world, 0, 0, &[]);
    let (old, new) = (claim.anchor, element(&Street::get().registry(&[2]).root()));
    world.owner("withdrawRoot", &[number(old)]);
    let refused = format!("RootNotAccepted({old})");
    assert_eq!(world.claim(&order, &claim).error(), refused);
    // It does not come back, nor can it be withdrawn twice.
    let again = world.owner_refused("setRoot", &[number(old), uint(0, 64)]);
    assert_eq!(again, format!("RootNotNew({old})"));
    assert_eq!(world.owner_refused("withdrawRoot", &[number(old)]), refused);
    assert_eq!(
        world.owner_refused("confirmRoot", &[number(old)]),
        format!("RootNotPresent({old})")
    );
    world.owner("setRoot", &[number(new), uint(0, 64)]);
    assert_eq!(world.claim(&order, &claim).error(), refused);
    // Nor is one that was replaced before, once it is withdrawn.
    let (order, claim) = claim_in(&mut world, 1, 0, &[2]);
    world.set_root(Street::get().registry(&[1]).root(), FEBRUARY + 2 * DAY);
    world.owner("withdrawRoot", &[number(new)]);
    assert_eq!(world.claim(&order, &claim).error(), format!("RootNotAccepted({new})"));
    assert_eq!(world.owner_refused("confirmRoot", &[number(0)]), "RootNotPresent(0)");
}

/// An owner who falls silent could miss a revocation: the present root is good for the grace period after it was last confirmed.
#[test]
fn a_root_that_nobody_confirms_goes_stale() {
    let mut world = World::new();
    let (order, claim) = claim_in(&mut world, 0, 0, &[]);
    let as_of = FEBRUARY + 2 * DAY + DAY / 2;
    world.chain.set_time(as_of + GRACE);
    assert_eq!(world.claim(&order, &claim).error(), format!("RootsOutOfDate({as_of})"));
    world.chain.set_time(as_of + GRACE - 1);
    assert!(world.claim(&order, &claim).reply.is_ok());
    let (order, claim) = claim_in(&mut world, 1, 1, &[]);
    world.chain.set_time(as_of + GRACE);
    world.owner("confirmRoot", &[number(claim.anchor)]);
    assert!(world.claim(&order, &claim).reply.is_ok());
}

#[test]
fn roots_are_set_once_and_replaced_in_the_past() {
    let mut world = World::new();
    let root = |revoked: &[usize]| number(element(&Street::get().registry(revoked).root()));
    let (old, new) = (root(&[]), root(&[2]));
    let now = FEBRUARY + 2 * DAY + DAY / 2;
    let refused = world.owner_refused("setRoot", &[new.clone(), uint(now + 1, 64)]);
    assert_eq!(refused, format!("ReplacedInFuture({})", now + 1));
    assert_eq!(world.owner_refused("setRoot", &[number(0), uint(0, 64)]), "RootNotNew(0)");
    assert!(
        world.owner_refused("setRoot", &[old.clone(), uint(now, 64)]).starts_with("RootNotNew(")
    );
    world.owner("setRoot", &[new, uint(now, 64)]);
    assert!(
        world.owner_refused("setRoot", &[old.clone(), uint(now, 64)]).starts_with("RootNotNew(")
    );
    assert!(world.owner_refused("confirmRoot", &[old]).starts_with("RootNotPresent("));
}

/// The order's policy decides which trust is asked for; a street's claim is none of a device.
#[test]
fn a_registrys_claim_is_no_devices() {
    let mut world = World::new();
    let policy = Street::get().policy.clone();
    let of_devices = terms(&policy, world.verifier.address, world.calendar, 1, 0);
    let DynSolValue::Tuple(mut of_devices) = of_devices else { panic!("no terms") };
    // Another scope: the policy's own is the registry's here.
    of_devices[2] = uint(7u64, 256);
    let policy = id(&world.owner("registerPolicy", &[DynSolValue::Tuple(of_devices)]));
    let order = Order { policy, ..world.trade() };
    let order_id = world.open(&order);
    let claim = world.prove(0, &order, order_id, SELLER);
    assert_eq!(world.claim(&order, &claim).error(), "WrongTrust(1)");
}
