//! Level L3: a device's own signature, checked by the chain.

use wattproof_circuits::l3::SecureElement;
use wattproof_circuits::policy::Period;
use wattproof_contracts::{Contract, DynSolValue, Outcome, U256, bytes32, number};
use wattproof_tests::scene::{DAY, FEBRUARY};

use crate::street::{Garage, day};
use crate::world::{
    Claim, Order, SELLER, STRANGER, WINDOW, World, deploy_verifier, element, id, terms, uint,
};

const N: &str = "0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// x and y of its key.
fn key(device: &SecureElement) -> ([u8; 32], [u8; 32]) {
    let hex = device.key().hex();
    let half = |part: &str| {
        let number: U256 = format!("0x{part}").parse().expect("hex");
        number.to_be_bytes()
    };
    (half(&hex[..64]), half(&hex[64..]))
}

/// A claim with its signature.
#[derive(Clone)]
struct Signed {
    claim: Claim,
    key: ([u8; 32], [u8; 32]),
    signature: [u8; 64],
}

impl Signed {
    fn value(&self) -> DynSolValue {
        let (r, s) = self.signature.split_at(32);
        let word = |bytes: &[u8]| bytes32(bytes.try_into().expect("32 bytes"));
        let (x, y) = self.key;
        DynSolValue::Tuple(vec![bytes32(x), bytes32(y), word(r), word(s)])
    }
}

/// A world with a policy of L3.
struct Scene {
    world: World,
    verifier: Contract,
    order: Order,
}

impl Scene {
    fn new() -> Self {
        let (mut world, garage) = (World::new(), Garage::get());
        let verifier = deploy_verifier(&mut world.chain, "settlement-l3", &garage.key);
        let terms = terms(&garage.policy, verifier.address, world.calendar, 1, 0);
        let policy = id(&world.owner("registerPolicy", &[terms]));
        let order = Order { policy, ..world.trade() };
        Self { world, verifier, order }
    }

    /// Registers a device for February as the meter's.
    fn enrol(&mut self, device: &SecureElement, meter: u8) -> [u8; 32] {
        self.enrol_for(device, meter, FEBRUARY, FEBRUARY + 28 * DAY)
    }

    fn enrol_for(&mut self, device: &SecureElement, meter: u8, from: u64, until: u64) -> [u8; 32] {
        id(&self.world.owner("registerDevice", &Self::enrolment(device, meter, from, until)))
    }

    fn enrolment(device: &SecureElement, meter: u8, from: u64, until: u64) -> [DynSolValue; 5] {
        let (x, y) = key(device);
        [bytes32([meter; 32]), bytes32(x), bytes32(y), uint(from, 64), uint(until, 64)]
    }

    /// A claim of this order, proved and signed.
    fn prove(&mut self, device: &SecureElement, order: &Order) -> Signed {
        let order_id = id(&self.world.try_open(order));
        let context = self.world.context(order_id, SELLER);
        let bundle = Garage::get().prove(device, order.period, &context);
        let signature = bundle.device.as_ref().expect("a device").signature;
        Signed { claim: Claim::new(&bundle, SELLER), key: key(device), signature }
    }

    fn claim(&mut self, order: &Order, signed: &Signed) -> Outcome {
        let args = [order.value(), signed.claim.value(), signed.value()];
        let Self { world, .. } = self;
        world.chain.send_from(STRANGER, &world.settlement, "claimByDevice", &args)
    }

    fn on(&self, period: Period) -> Order {
        Order { period, deadline: period.end() + WINDOW, ..self.order.clone() }
    }
}

#[test]
fn a_devices_claim_is_paid() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    let enrolled = scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    scene.world.owner("pause", &[]);
    assert_eq!(scene.claim(&order, &signed).error(), "EnforcedPause()");
    scene.world.owner("unpause", &[]);
    let paid = scene.claim(&order, &signed);
    assert_eq!(paid.one(), number(1_000));
    println!("gas of a claim of level L3: {}", paid.gas.transaction);
    // Two nullifiers are stored, and a signature is checked: some 40,000 more than for a registry's.
    assert!(paid.gas.transaction <= 380_000, "{}", paid.gas.transaction);
    let event = paid.events.iter().find(|event| event.name == "ClaimedByDevice");
    assert_eq!(event.expect("an event").values[1], bytes32(enrolled));
}

#[test]
fn a_device_must_be_registered_over_the_whole_period() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    assert!(scene.claim(&order, &signed).error().starts_with("DeviceNotValid("));
    let (from, until) = (order.period.start(), order.period.end());
    for (seed, from, until) in [(2, from + 1, until), (3, from, until - 1)] {
        let device = Garage::device(seed);
        scene.enrol_for(&device, seed, from, until);
        let order = Order { salt: [seed; 32], ..order.clone() };
        let signed = scene.prove(&device, &order);
        assert!(scene.claim(&order, &signed).error().starts_with("DeviceNotValid("));
    }
    scene.enrol_for(&device, 1, from, until);
    assert!(scene.claim(&order, &signed).reply.is_ok());
}

#[test]
fn the_device_signs_head_policy_period_and_context() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    let bad = "BadDeviceSignature()";
    // Another head, an order with another context, another policy.
    let mut forged = signed.clone();
    forged.claim.anchor += U256::ONE;
    assert_eq!(scene.claim(&order, &forged).error(), bad);
    let other = Order { salt: [1; 32], ..order.clone() };
    let of_other = scene.prove(&device, &other);
    let swapped = Signed { signature: signed.signature, ..of_other.clone() };
    assert_eq!(scene.claim(&other, &swapped).error(), bad);
    let tomorrow = scene.on(day(1));
    let of_tomorrow = scene.prove(&device, &tomorrow);
    let swapped = Signed { signature: signed.signature, ..of_tomorrow };
    assert_eq!(scene.claim(&tomorrow, &swapped).error(), bad);
    // Somebody else's key, with a signature of its own.
    let thief = Garage::device(2);
    scene.enrol(&thief, 8);
    let theirs = scene.prove(&thief, &Order { salt: [2; 32], ..order.clone() });
    let stolen = Signed { key: theirs.key, signature: theirs.signature, ..signed.clone() };
    assert_eq!(scene.claim(&order, &stolen).error(), bad);
    assert!(scene.claim(&order, &signed).reply.is_ok());
}

#[test]
fn a_signature_has_one_form() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    let n: U256 = N.parse().expect("hex");
    let s = U256::from_be_slice(&signed.signature[32..]);
    for s in [n - s, s + n, U256::ZERO] {
        let mut other = signed.clone();
        other.signature[32..].copy_from_slice(&s.to_be_bytes::<32>());
        assert_eq!(scene.claim(&order, &other).error(), "BadDeviceSignature()");
    }
    let mut none = signed.clone();
    none.signature[..32].fill(0);
    assert_eq!(scene.claim(&order, &none).error(), "BadDeviceSignature()");
}

#[test]
fn a_device_claims_a_period_once() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    assert!(scene.claim(&order, &signed).reply.is_ok());
    let again = Order { salt: [1; 32], ..order };
    let doubled = scene.prove(&device, &again);
    assert!(scene.claim(&again, &doubled).error().starts_with("AlreadyClaimed("));
    let tomorrow = scene.on(day(1));
    let next = scene.prove(&device, &tomorrow);
    assert!(scene.claim(&tomorrow, &next).reply.is_ok());
}

/// A key that leaked signs the head of blocks that it never recorded, bound to another key's digest: the nullifier is then another one, and
/// the chain does not hash Poseidon to notice. The tag of the key does.
#[test]
fn a_leaked_key_claims_a_period_once_too() {
    let (mut scene, leaked) = (Scene::new(), Garage::device(1));
    scene.enrol(&leaked, 7);
    let order = scene.order.clone();
    let honest = scene.prove(&leaked, &order);
    assert!(scene.claim(&order, &honest).reply.is_ok());
    let again = Order { salt: [1; 32], ..order };
    let mut forged = scene.prove(&Garage::device(9), &again);
    assert_ne!(forged.claim.nullifier, honest.claim.nullifier);
    let order_id = {
        let args = [again.value()];
        id(&scene.world.chain.view(&scene.world.settlement, "orderId", &args))
    };
    let policy = &Garage::get().policy;
    let context = scene.world.context(order_id, SELLER);
    let head = forged.claim.anchor.to_string().parse().expect("an element");
    let by_leaked = leaked
        .sign(&head, &policy.digest(), &again.period.field(), &context.field())
        .expect("signed");
    forged.key = key(&leaked);
    forged.signature = by_leaked.signature;
    let refused = scene.claim(&again, &forged).error();
    assert!(refused.starts_with("AlreadyClaimed("), "{refused}");
    assert_ne!(refused, format!("AlreadyClaimed({})", honest.claim.nullifier));
    // Had it claimed nothing yet, the forged claim would be its one: the key is whom the chain trusts.
    let tomorrow = scene.on(day(1));
    let mut forged = scene.prove(&Garage::device(9), &tomorrow);
    let order_id =
        id(&scene.world.chain.view(&scene.world.settlement, "orderId", &[tomorrow.value()]));
    let context = scene.world.context(order_id, SELLER);
    let head = forged.claim.anchor.to_string().parse().expect("an element");
    let signed = leaked
        .sign(&head, &policy.digest(), &tomorrow.period.field(), &context.field())
        .expect("signed");
    (forged.key, forged.signature) = (key(&leaked), signed.signature);
    assert!(scene.claim(&tomorrow, &forged).reply.is_ok());
}

#[test]
fn a_meter_has_one_device_and_a_device_one_meter() {
    let mut scene = Scene::new();
    let [first, second] = [1, 2].map(Garage::device);
    let (start, middle, end) = (FEBRUARY, FEBRUARY + 10 * DAY, FEBRUARY + 28 * DAY);
    let refused = |scene: &mut Scene, device: &SecureElement, meter, from, until| {
        let args = Scene::enrolment(device, meter, from, until);
        scene.world.owner_refused("registerDevice", &args)
    };
    let enrolled = scene.enrol_for(&first, 7, start, end);
    assert!(refused(&mut scene, &first, 8, end, end + DAY).starts_with("DeviceKnown("));
    assert!(refused(&mut scene, &second, 7, end - 1, end + DAY).starts_with("BadValidity("));
    for (from, until) in [(end, end), (end + 1, end)] {
        assert!(refused(&mut scene, &second, 8, from, until).starts_with("BadValidity("));
    }
    // Ended in the future, the next one begins there; periods up to now may have been claimed.
    let ended = |scene: &mut Scene, id: [u8; 32], at: u64| {
        scene.world.owner("endDevice", &[bytes32(id), uint(at, 64)]);
    };
    ended(&mut scene, enrolled, middle);
    assert!(refused(&mut scene, &second, 7, middle - 1, end).starts_with("BadValidity("));
    let now = FEBRUARY + 2 * DAY + DAY / 2;
    ended(&mut scene, enrolled, start);
    assert!(refused(&mut scene, &second, 7, start, end).starts_with("BadValidity("));
    assert!(refused(&mut scene, &second, 7, now - 1, end).starts_with("BadValidity("));
    scene.enrol_for(&second, 7, now, end);
    for at in [start, start + 1, 0] {
        let args = [bytes32(enrolled), uint(at, 64)];
        assert!(scene.world.owner_refused("endDevice", &args).starts_with("BadValidity("));
    }
    // An ended device claims nothing any more.
    let order = scene.order.clone();
    let signed = scene.prove(&first, &order);
    assert!(scene.claim(&order, &signed).error().starts_with("DeviceNotValid("));
}

#[test]
fn only_points_of_the_curve_are_devices() {
    let mut scene = Scene::new();
    let (x, y) = key(&Garage::device(1));
    let off = {
        let mut y = y;
        y[31] ^= 1;
        y
    };
    for (x, y) in [(x, off), ([0; 32], [0; 32]), ([0xff; 32], y), (y, x)] {
        let args = [bytes32([7; 32]), bytes32(x), bytes32(y), uint(0, 64), uint(1, 64)];
        assert_eq!(scene.world.owner_refused("registerDevice", &args), "BadDeviceKey()");
    }
}

#[test]
fn a_devices_claim_is_no_registrys() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    assert_eq!(scene.world.claim(&order, &signed.claim).error(), "WrongTrust(1)");
    let street = scene.world.trade();
    let street = Order { salt: [3; 32], ..street };
    let order_id = scene.world.open(&street);
    let claim = scene.world.prove(0, &street, order_id, SELLER);
    let mixed = Signed { claim, ..signed };
    assert_eq!(scene.claim(&street, &mixed).error(), "WrongTrust(0)");
    assert_ne!(element(&Garage::get().policy.digest()), U256::ZERO);
    assert!(scene.verifier.deployment > 0);
}

/// Where a chain has no P256VERIFY nothing answers at its address, and nothing is no yes.
#[test]
fn a_chain_without_p256verify_takes_no_devices_claims() {
    let (mut scene, device) = (Scene::new(), Garage::device(1));
    scene.enrol(&device, 7);
    let order = scene.order.clone();
    let signed = scene.prove(&device, &order);
    scene.world.chain.without_p256verify();
    assert!(scene.claim(&order, &signed).error().starts_with("MissingPrecompile("));
}
