//! A chain for tests: the contracts as `build.js` compiles them, in revm under mainnet's rules (Osaka, so that P256VERIFY is there),
//! with gas counted and errors by their names. Ships nowhere.
//!
//! ```no_run
//! use wattproof_contracts::{Artefact, Chain, address, number};
//!
//! let mut chain = Chain::new();
//! let token = chain.deploy(&Artefact::named("PlainToken"), &[number(1000)]).unwrap();
//! let moved = chain.send(&token, "transfer", &[address(Chain::other(1)), number(30)]);
//! println!("{:?}, gas of the transaction: {}", moved.reply, moved.gas.transaction);
//! let left = chain.view(&token, "balanceOf", &[address(Chain::OWNER)]).one();
//! assert_eq!(left, number(970));
//! ```

mod artefact;
mod chain;
mod outcome;
mod words;

pub use alloy_dyn_abi::DynSolValue;
pub use artefact::Artefact;
pub use chain::{Chain, Contract};
pub use outcome::{Event, Gas, Outcome, Revert};
pub use revm::primitives::{Address, B256, Bytes, U256, keccak256};
pub use words::{P, R, Words};

/// An argument of type `uint256`.
pub fn number(value: impl TryInto<U256>) -> DynSolValue {
    DynSolValue::Uint(value.try_into().ok().expect("a number of 256 bits"), 256)
}

/// An argument of type `address`.
pub fn address(value: Address) -> DynSolValue {
    DynSolValue::Address(value)
}

/// An argument of type `bytes32`.
pub fn bytes32(value: [u8; 32]) -> DynSolValue {
    DynSolValue::FixedBytes(B256::from(value), 32)
}
