//! What came of a call.

use std::collections::HashMap;

use alloy_dyn_abi::{DynSolValue, EventExt, JsonAbiExt};
use alloy_json_abi::{Error as ErrorAbi, JsonAbi};
use revm::primitives::{Address, Bytes, Log, U256};
use thiserror::Error;

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The values returned, or why it reverted.
    pub reply: Result<Vec<DynSolValue>, Revert>,
    /// What it cost.
    pub gas: Gas,
    /// What was logged; of events that no known contract has, nothing.
    pub events: Vec<Event>,
}

impl Outcome {
    /// The one value returned.
    ///
    /// # Panics
    /// If it reverted, or returned another number of values.
    pub fn one(&self) -> DynSolValue {
        match self.reply.as_deref() {
            Ok([value]) => value.clone(),
            other => panic!("not one value: {other:?}"),
        }
    }

    /// The error's name with its arguments, as in `InputCount(4, 5)`.
    ///
    /// # Panics
    /// If it did not revert.
    pub fn error(&self) -> String {
        match &self.reply {
            Err(revert) => revert.to_string(),
            Ok(values) => panic!("it did not revert: {values:?}"),
        }
    }
}

/// Gas of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gas {
    /// Of the contract's code alone, before refunds: what a contract that calls it pays, but for the call itself.
    pub execution: u64,
    /// Of the transaction: 21,000, calldata, execution, less refunds. What the receipt says.
    pub transaction: u64,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Who logged it.
    pub from: Address,
    /// The event's name.
    pub name: String,
    /// Its values: the indexed ones first.
    pub values: Vec<DynSolValue>,
}

pub(crate) fn decode_event(log: &Log, abi: &JsonAbi) -> Option<Event> {
    let topic = log.data.topics().first()?;
    let event = abi.events().find(|event| event.selector() == *topic)?;
    let decoded = event.decode_log(&log.data).ok()?;
    let values = decoded.indexed.into_iter().chain(decoded.body).collect();
    Some(Event { from: log.address, name: event.name.clone(), values })
}

/// Why a call reverted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Revert {
    /// An error that a contract declares.
    #[error("{name}({})", .values.iter().map(shown).collect::<Vec<_>>().join(", "))]
    Named {
        /// Its name.
        name: String,
        /// What it says.
        values: Vec<DynSolValue>,
    },
    /// `require` with a text.
    #[error("Error({0:?})")]
    Text(String),
    /// What Solidity itself found: overflow, an index out of range and so on.
    #[error("Panic({0})")]
    Panic(U256),
    /// Bytes that nobody declares; none at all where something ran out of gas or called what is no contract.
    #[error("Bytes({0})")]
    Bytes(Bytes),
    /// The machine stopped: out of gas, an invalid instruction.
    #[error("Halt({0})")]
    Halt(String),
}

impl Revert {
    pub(crate) fn decode(data: &Bytes, errors: &HashMap<[u8; 4], ErrorAbi>) -> Self {
        let unknown = || Self::Bytes(data.clone());
        let Some((selector, body)) = data.split_first_chunk::<4>() else { return unknown() };
        let builtin = |signature| ErrorAbi::parse(signature).ok();
        let text = builtin("Error(string)");
        let panic = builtin("Panic(uint256)");
        let known = errors.get(selector).cloned();
        let of_selector = |abi: &ErrorAbi| abi.selector().0 == *selector;
        let Some(abi) = known.or(text.filter(of_selector)).or(panic.filter(of_selector)) else {
            return unknown();
        };
        match (abi.name.as_str(), abi.abi_decode_input(body)) {
            ("Error", Ok(values)) => match values.as_slice() {
                [DynSolValue::String(text)] => Self::Text(text.clone()),
                _ => unknown(),
            },
            ("Panic", Ok(values)) => match values.as_slice() {
                [DynSolValue::Uint(code, _)] => Self::Panic(*code),
                _ => unknown(),
            },
            (name, Ok(values)) => Self::Named { name: name.to_owned(), values },
            (_, Err(_)) => unknown(),
        }
    }
}

fn shown(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Bool(truth) => truth.to_string(),
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::FixedBytes(word, size) => {
            Bytes::copy_from_slice(&word[..(*size).min(32)]).to_string()
        }
        other => format!("{other:?}"),
    }
}
