//! A chain in memory.

use std::collections::HashMap;

use alloy_dyn_abi::{DynSolValue, FunctionExt, JsonAbiExt};
use alloy_json_abi::{Error as ErrorAbi, Function, JsonAbi};
use revm::context::result::{ExecutionResult, Output};
use revm::context::{Context, TxEnv};
use revm::context_interface::cfg::gas::calculate_initial_tx_gas;
use revm::database::InMemoryDB;
use revm::handler::MainnetContext;
use revm::precompile::{Precompiles, u64_to_address};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, Bytes, TxKind, U256};
use revm::{ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

use crate::artefact::{Artefact, campaign};
use crate::outcome::{Gas, Outcome, Revert, decode_event};

/// A contract on the chain.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Where it is.
    pub address: Address,
    /// Gas of the transaction that deployed it.
    pub deployment: u64,
    abi: JsonAbi,
}

impl Contract {
    /// The same place, spoken to through another interface.
    pub fn through(&self, artefact: &Artefact) -> Self {
        Self { abi: artefact.abi.clone(), ..self.clone() }
    }

    /// The bytes that call a function: its selector, then the arguments.
    ///
    /// # Panics
    /// If it has no such function, or the arguments are not of its types.
    pub fn calldata(&self, function: &str, args: &[DynSolValue]) -> Bytes {
        let function = self.function(function);
        function.abi_encode_input(args).expect("arguments of the function's types").into()
    }

    fn function(&self, name: &str) -> &Function {
        let found = self.abi.functions().find(|f| f.name == name || f.signature() == name);
        found.unwrap_or_else(|| panic!("the contract has no function {name}"))
    }
}

/// Rules of the chain: mainnet's, as of November 2026.
const RULES: SpecId = SpecId::OSAKA;
/// Most gas that one transaction may have under these rules.
const MOST_GAS: u64 = 1 << 24;

/// A chain in memory: transactions cost gas but no money, each is a block's only one.
pub struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
    /// By selector, of all that was deployed: a contract passes on the errors of those it calls.
    errors: HashMap<[u8; 4], ErrorAbi>,
    abis: HashMap<Address, JsonAbi>,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// Whoever sends, unless [`Chain::send_from`] says another.
    pub const OWNER: Address = Address::repeat_byte(0x11);

    /// Others, by number.
    pub fn other(number: u8) -> Address {
        Address::from([&[0xaa; 19][..], &[number]].concat().try_into().unwrap_or([0; 20]))
    }

    /// An empty chain with id 1, at second 1,800,000,000.
    pub fn new() -> Self {
        Self::with_id(1)
    }

    /// An empty chain with that id.
    pub fn with_id(id: u64) -> Self {
        let context = Context::mainnet().with_db(InMemoryDB::default()).modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(RULES);
            cfg.chain_id = id;
            cfg.disable_nonce_check = true;
            // Mutants are not optimised: that takes too long for what is only asked whether a test fails.
            cfg.limit_contract_code_size = campaign().map(|_| 1 << 16);
        });
        let mut chain =
            Self { evm: context.build_mainnet(), errors: HashMap::new(), abis: HashMap::new() };
        chain.set_time(1_800_000_000);
        chain
    }

    /// An empty chain whose machine lacks one precompile, as some do.
    pub fn without_precompile(number: u64) -> Self {
        let mut chain = Self::new();
        let all = chain.evm.precompiles.precompiles;
        let lacking = all.inner().values().filter(|p| *p.address() != u64_to_address(number));
        let mut precompiles = Precompiles::default();
        precompiles.extend(lacking.cloned());
        // The machine wants them for ever; tests are over soon.
        chain.evm.precompiles.precompiles = Box::leak(Box::new(precompiles));
        chain
    }

    /// The time of the blocks that follow, in seconds since 1970.
    pub fn set_time(&mut self, seconds: u64) {
        self.evm.ctx.modify_block(|block| block.timestamp = U256::from(seconds));
    }

    /// Another id from now on: a fork.
    pub fn set_id(&mut self, id: u64) {
        self.evm.ctx.modify_cfg(|cfg| cfg.chain_id = id);
    }

    /// The rules before Osaka from now on: no P256VERIFY.
    pub fn without_p256verify(&mut self) {
        self.evm.ctx.modify_cfg(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::PRAGUE));
    }

    /// What the chain holds now, for [`Chain::reorganise`].
    pub fn state(&self) -> InMemoryDB {
        self.evm.ctx.journaled_state.database.clone()
    }

    /// Loses what came after `state`; the clock goes on.
    pub fn reorganise(&mut self, state: InMemoryDB) {
        self.evm.ctx.journaled_state.database = state;
    }

    /// Deploys a contract as [`Chain::OWNER`].
    ///
    /// # Errors
    /// What its constructor reverted with.
    ///
    /// # Panics
    /// If the arguments are not of the constructor's types.
    pub fn deploy(&mut self, of: &Artefact, args: &[DynSolValue]) -> Result<Contract, Revert> {
        let args = match &of.abi.constructor {
            Some(constructor) => constructor.abi_encode_input(args),
            None => Ok(Vec::new()),
        };
        let args = args.expect("arguments of the constructor's types");
        self.learn(&of.abi);
        let code = [&of.bytecode[..], &args].concat();
        let (result, _) = self.transact(Self::OWNER, TxKind::Create, code.into(), true);
        match result {
            ExecutionResult::Success { output: Output::Create(_, Some(address)), gas, .. } => {
                self.abis.insert(address, of.abi.clone());
                Ok(Contract { address, deployment: gas.tx_gas_used(), abi: of.abi.clone() })
            }
            other => Err(self.revert(other)),
        }
    }

    /// A transaction of [`Chain::OWNER`].
    ///
    /// # Panics
    /// As [`Contract::calldata`].
    pub fn send(&mut self, to: &Contract, function: &str, args: &[DynSolValue]) -> Outcome {
        self.send_from(Self::OWNER, to, function, args)
    }

    /// A transaction.
    ///
    /// # Panics
    /// As [`Contract::calldata`].
    pub fn send_from(
        &mut self,
        from: Address,
        to: &Contract,
        function: &str,
        args: &[DynSolValue],
    ) -> Outcome {
        let data = to.calldata(function, args);
        let outcome = self.call(from, to, data, true);
        to.decoded(function, outcome)
    }

    /// Asks without leaving a trace.
    ///
    /// # Panics
    /// As [`Contract::calldata`].
    pub fn view(&mut self, of: &Contract, function: &str, args: &[DynSolValue]) -> Outcome {
        let data = of.calldata(function, args);
        let outcome = self.call(Self::OWNER, of, data, false);
        of.decoded(function, outcome)
    }

    /// Any bytes to a contract, without leaving a trace. The answer is its bytes.
    pub fn view_raw(&mut self, of: &Contract, data: Bytes) -> Outcome {
        self.call(Self::OWNER, of, data, false)
    }

    /// Makes errors known by their names.
    pub fn learn(&mut self, abi: &JsonAbi) {
        let errors = abi.errors().map(|error| (error.selector().0, error.clone()));
        self.errors.extend(errors);
    }

    fn call(&mut self, from: Address, to: &Contract, data: Bytes, commit: bool) -> Outcome {
        let (result, initial) = self.transact(from, TxKind::Call(to.address), data, commit);
        let gas = result.gas();
        // A floor on calldata belongs to the transaction, not to the execution.
        let gas = Gas {
            execution: gas.total_gas_spent().saturating_sub(initial),
            transaction: gas.tx_gas_used(),
        };
        let (reply, events) = match result {
            ExecutionResult::Success { output, logs, .. } => {
                let known = |log| self.abis.get(&log).unwrap_or(&to.abi);
                let events = logs.iter().filter_map(|log| decode_event(log, known(log.address)));
                (Ok(vec![DynSolValue::Bytes(output.into_data().into())]), events.collect())
            }
            other => (Err(self.revert(other)), Vec::new()),
        };
        Outcome { reply, gas, events }
    }

    fn transact(
        &mut self,
        from: Address,
        kind: TxKind,
        data: Bytes,
        commit: bool,
    ) -> (ExecutionResult, u64) {
        let create = kind.is_create();
        let initial = calculate_initial_tx_gas(RULES, &data, create, 0, 0, 0, None);
        let tx = TxEnv::builder()
            .caller(from)
            .kind(kind)
            .data(data)
            .gas_limit(MOST_GAS)
            .chain_id(Some(self.evm.ctx.cfg.chain_id))
            .build()
            .expect("a transaction");
        let result = if commit {
            self.evm.transact_commit(tx).expect("a transaction that the chain takes")
        } else {
            self.evm.transact(tx).expect("a transaction that the chain takes").result
        };
        (result, initial.initial_total_gas())
    }

    fn revert(&self, result: ExecutionResult) -> Revert {
        match result {
            ExecutionResult::Revert { output, .. } => Revert::decode(&output, &self.errors),
            ExecutionResult::Halt { reason, .. } => Revert::Halt(format!("{reason:?}")),
            ExecutionResult::Success { .. } => Revert::Halt("no contract was made".into()),
        }
    }
}

impl Contract {
    fn decoded(&self, function: &str, outcome: Outcome) -> Outcome {
        let reply = outcome.reply.map(|values| match values.as_slice() {
            [DynSolValue::Bytes(bytes)] => {
                let function = self.function(function);
                function.abi_decode_output(bytes).expect("an answer of the function's types")
            }
            _ => values,
        });
        Outcome { reply, ..outcome }
    }
}
