//! A settlement on a chain, with a token, a buyer, a policy and an accepted root: what happens on the chain.

use std::collections::BTreeMap;
use std::sync::Mutex;

use wattproof_circuits::format::{Bundle, Prefixed, VerifyingKeyFile};
use wattproof_circuits::hash::F;
use wattproof_circuits::iden3::solidity;
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::verifier::KeyPolicy;
use wattproof_contracts::{
    Address, Artefact, Chain, Contract, DynSolValue, Outcome, U256, Words, address, bytes32, number,
};
use wattproof_tests::scene::{DAY, FEBRUARY};

use crate::street::{Street, day};

/// Seconds of grace for replaced roots.
pub(crate) const GRACE: u64 = 7 * DAY;
/// Seconds that claimants have at least.
pub(crate) const WINDOW: u64 = 10 * DAY;
/// What the buyer has.
pub(crate) const FUNDS: u64 = 1_000_000_000;
/// Trades first, as the contract numbers the kinds.
pub(crate) const TRADE: u8 = 0;
pub(crate) const REWARD: u8 = 1;
pub(crate) const BILL: u8 = 2;

/// Who pays, who is paid, and somebody else.
pub(crate) const BUYER: Address = Address::repeat_byte(0xb0);
pub(crate) const SELLER: Address = Address::repeat_byte(0x5e);
pub(crate) const STRANGER: Address = Address::repeat_byte(0x57);

/// An order's terms.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) kind: u8,
    pub(crate) policy: [u8; 32],
    pub(crate) period: Period,
    pub(crate) deadline: u64,
    pub(crate) token: Address,
    pub(crate) payer: Address,
    pub(crate) payee: Address,
    pub(crate) escrow: u128,
    pub(crate) price: u128,
    pub(crate) rate: u128,
    pub(crate) per: u64,
    pub(crate) output: u8,
    pub(crate) salt: [u8; 32],
}

/// An integer of so many bits.
pub(crate) fn uint(value: impl TryInto<U256>, bits: usize) -> DynSolValue {
    DynSolValue::Uint(value.try_into().ok().expect("a number"), bits)
}

impl Order {
    /// The contract's tuple.
    pub(crate) fn value(&self) -> DynSolValue {
        DynSolValue::Tuple(vec![
            uint(self.kind, 8),
            bytes32(self.policy),
            uint(self.period.start(), 64),
            uint(self.period.end(), 64),
            uint(self.deadline, 64),
            address(self.token),
            address(self.payer),
            address(self.payee),
            uint(self.escrow, 128),
            uint(self.price, 128),
            uint(self.rate, 128),
            uint(self.per, 64),
            uint(self.output, 8),
            bytes32(self.salt),
        ])
    }
}

/// A field element as a number of the chain.
pub(crate) fn element(x: &F) -> U256 {
    x.to_string().parse().expect("a decimal number")
}

/// The contract's tuple of a claim, open to tampering.
#[derive(Clone)]
pub(crate) struct Claim {
    pub(crate) payee: Address,
    pub(crate) anchor: U256,
    pub(crate) nullifier: U256,
    pub(crate) outputs: Vec<U256>,
    pub(crate) proof: Vec<U256>,
}

impl Claim {
    /// What a bundle says, for `payee`.
    pub(crate) fn new(bundle: &Bundle, payee: Address) -> Self {
        let statement = &bundle.statement;
        Self {
            payee,
            anchor: element(&statement.anchor),
            nullifier: element(&statement.nullifier),
            outputs: statement.outputs.iter().map(element).collect(),
            proof: Words::of_bundle(bundle).expect("a proof").proof.to_vec(),
        }
    }

    /// The contract's tuple.
    pub(crate) fn value(&self) -> DynSolValue {
        let numbers = |of: &[U256]| of.iter().map(|x| number(*x)).collect();
        DynSolValue::Tuple(vec![
            address(self.payee),
            number(self.anchor),
            number(self.nullifier),
            DynSolValue::Array(numbers(&self.outputs)),
            DynSolValue::FixedArray(numbers(&self.proof)),
        ])
    }
}

/// How a settlement is deployed.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) allow_development: bool,
    pub(crate) min_contributors: u32,
}

/// The chain and what lies on it.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) settlement: Contract,
    pub(crate) token: Contract,
    pub(crate) verifier: Contract,
    /// Calendar of listed days: California has daylight saving.
    pub(crate) calendar: u32,
    pub(crate) policy: [u8; 32],
}

/// The chain's verifier of this key. It is compiled once; `room` names it.
pub(crate) fn deploy_verifier(chain: &mut Chain, room: &str, key: &VerifyingKeyFile) -> Contract {
    static COMPILED: Mutex<BTreeMap<String, Artefact>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().expect("one compiler at a time");
    let artefact = compiled.entry(room.to_owned()).or_insert_with(|| {
        let source = solidity::verifier(key, "Street", KeyPolicy { allow_dev: true });
        let sources = [source.expect("a contract")];
        Artefact::of_sources(room, &sources, &["StreetBatchVerifier"]).remove(0)
    });
    chain.deploy(artefact, &[]).expect("a verifier")
}

/// Deploys a settlement.
pub(crate) fn deploy_settlement(chain: &mut Chain, rules: Rules) -> Contract {
    let args = [
        address(Chain::OWNER),
        DynSolValue::Bool(rules.allow_development),
        uint(rules.min_contributors, 32),
        uint(GRACE, 64),
        uint(WINDOW, 64),
    ];
    chain.deploy(&Artefact::named("WattproofSettlement"), &args).expect("a settlement")
}

/// The contract's tuple of a policy's terms.
pub(crate) fn terms(
    policy: &Policy,
    verifier: Address,
    calendar: u32,
    trust: u8,
    signed_outputs: u16,
) -> DynSolValue {
    DynSolValue::Tuple(vec![
        number(element(&policy.digest())),
        address(verifier),
        number(element(&policy.scope().field())),
        uint(calendar, 32),
        uint(trust, 8),
        uint(signed_outputs, 16),
    ])
}

/// The value of a `bytes32` that a function returned.
pub(crate) fn id(outcome: &Outcome) -> [u8; 32] {
    match outcome.one() {
        DynSolValue::FixedBytes(word, 32) => word.0,
        other => panic!("not 32 bytes: {other:?}"),
    }
}

impl World {
    /// A settlement that allows development keys, at noon of 3 February 2011: the first two days are over. Its registry is `roots`'
    /// street with nobody revoked; the buyer has money, and has allowed the settlement to take it.
    pub(crate) fn new() -> Self {
        let street = Street::get();
        let mut chain = Chain::with_id(31_337);
        chain.set_time(FEBRUARY + 2 * DAY + DAY / 2);
        let settlement =
            deploy_settlement(&mut chain, Rules { allow_development: true, min_contributors: 2 });
        let token =
            chain.deploy(&Artefact::named("PlainToken"), &[number(FUNDS)]).expect("a token");
        let verifier = deploy_verifier(&mut chain, "settlement", &street.key);
        let mut world = Self { chain, settlement, token, verifier, calendar: 0, policy: [0; 32] };
        let token = world.token.clone();
        world.equip(&token);
        world.list_days();
        world.policy = world.register(&street.policy);
        world.set_root(street.registry(&[]).root(), 0);
        world
    }

    /// The buyer gets all of a token, and lets the settlement take it.
    pub(crate) fn equip(&mut self, token: &Contract) {
        self.ok("", token, "transfer", &[address(BUYER), number(FUNDS)]);
        let args = [address(self.settlement.address), number(FUNDS)];
        let approved = self.chain.send_from(BUYER, token, "approve", &args);
        assert!(approved.reply.is_ok(), "{approved:?}");
    }

    fn ok(&mut self, what: &str, on: &Contract, function: &str, args: &[DynSolValue]) -> Outcome {
        let outcome = self.chain.send(on, function, args);
        assert!(outcome.reply.is_ok(), "{what} {function}: {outcome:?}");
        outcome
    }

    /// A transaction of the owner's that goes through.
    pub(crate) fn owner(&mut self, function: &str, args: &[DynSolValue]) -> Outcome {
        let settlement = self.settlement.clone();
        self.ok("owner's", &settlement, function, args)
    }

    /// The error of a transaction of the owner's.
    pub(crate) fn owner_refused(&mut self, function: &str, args: &[DynSolValue]) -> String {
        self.chain.send(&self.settlement, function, args).error()
    }

    /// A calendar with the days of February.
    pub(crate) fn list_days(&mut self) {
        let calendar = self.owner("addListedCalendar", &[]).one();
        let cells = (0..28).map(day).map(cell).collect();
        self.owner("listCells", &[calendar.clone(), DynSolValue::Array(cells)]);
        self.calendar = match calendar {
            DynSolValue::Uint(number, _) => number.to(),
            other => panic!("no number: {other:?}"),
        };
    }

    /// Registers a policy of the street, whose readings the registry vouches for.
    pub(crate) fn register(&mut self, policy: &Policy) -> [u8; 32] {
        let terms = terms(policy, self.verifier.address, self.calendar, 0, 0);
        id(&self.owner("registerPolicy", &[terms]))
    }

    /// Sets the registry's root.
    pub(crate) fn set_root(&mut self, root: F, former_replaced_at: u64) {
        self.owner("setRoot", &[number(element(&root)), uint(former_replaced_at, 64)]);
    }

    /// A trade at a fixed price for the first day, with the seller.
    pub(crate) fn trade(&self) -> Order {
        Order {
            kind: TRADE,
            policy: self.policy,
            period: day(0),
            deadline: day(0).end() + WINDOW,
            token: self.token.address,
            payer: BUYER,
            payee: SELLER,
            escrow: 1_000,
            price: 1_000,
            rate: 0,
            per: 1,
            output: 0,
            salt: [0; 32],
        }
    }

    /// What opening it came to.
    pub(crate) fn try_open(&mut self, order: &Order) -> Outcome {
        self.chain.send_from(order.payer, &self.settlement, "open", &[order.value()])
    }

    /// Opens it; gives its id.
    pub(crate) fn open(&mut self, order: &Order) -> [u8; 32] {
        id(&self.try_open(order))
    }

    /// What a claim's context must be.
    pub(crate) fn context(&self, order: [u8; 32], payee: Address) -> Context {
        Context::Settlement {
            chain_id: 31_337,
            contract: Prefixed(self.settlement.address.0.0),
            payee: Prefixed(payee.0.0),
            order: Prefixed(order),
        }
    }

    /// A proof by a home of the street that meets the order, to be paid to `payee`.
    pub(crate) fn prove(&self, home: usize, order: &Order, id: [u8; 32], payee: Address) -> Claim {
        let street = Street::get();
        let context = self.context(id, payee);
        let registry = street.registry(&[]);
        let bundle = street.prove(home, &street.policy, order.period, &context, &registry);
        Claim::new(&bundle, payee)
    }

    /// What claiming came to, sent by a stranger.
    pub(crate) fn claim(&mut self, order: &Order, claim: &Claim) -> Outcome {
        let args = [order.value(), claim.value()];
        self.chain.send_from(STRANGER, &self.settlement, "claim", &args)
    }

    /// Somebody's balance.
    pub(crate) fn balance(&mut self, of: Address) -> u64 {
        let token = self.token.clone();
        self.balance_in(&token, of)
    }

    /// Somebody's balance in another token.
    pub(crate) fn balance_in(&mut self, token: &Contract, of: Address) -> u64 {
        match self.chain.view(token, "balanceOf", &[address(of)]).one() {
            DynSolValue::Uint(number, _) => number.to(),
            other => panic!("no number: {other:?}"),
        }
    }

    /// What asking for a refund came to.
    pub(crate) fn refund(&mut self, order: &Order) -> Outcome {
        self.chain.send_from(STRANGER, &self.settlement, "refund", &[order.value()])
    }
}

/// The contract's tuple of a cell.
pub(crate) fn cell(period: Period) -> DynSolValue {
    DynSolValue::Tuple(vec![uint(period.start(), 64), uint(period.end(), 64)])
}
