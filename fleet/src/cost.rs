//! What it costs, from prices that are told, and gas that is measured.

use serde::{Deserialize, Serialize};

use crate::queue::Day;

/// Gas of the settlement, in a file that the contracts' tests hold to what they measure.
const GAS: &str = include_str!("../../contracts/gas.json");

/// Claims that are settled in one transaction.
pub const BATCH: u64 = 32;

/// What Ethereum takes: blocks of 60 million gas, one every 12 seconds.
pub const ETHEREUM_GAS_PER_DAY: u64 = 60_000_000 * 86_400 / 12;

/// Prices. The defaults are assumptions, each with its source; they are no part of any measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prices {
    /// US dollars for a processor for an hour.
    pub core_hour_usd: f64,
    /// Price of gas in gwei: 10^-9 ether.
    pub gas_gwei: f64,
    /// US dollars for an ether.
    pub eth_usd: f64,
}

impl Prices {
    /// Where the default of [`Prices::core_hour_usd`] is from.
    pub const CORE_HOUR_SOURCE: &'static str =
        "AWS m7g.large on demand, us-east-1, June 2026: 0.0816 USD an hour for 2 cores";
    /// Where the defaults of [`Prices::gas_gwei`] and [`Prices::eth_usd`] are from.
    pub const CHAIN_SOURCE: &'static str =
        "round numbers to scale from, no quotation: cost is proportional to both";
}

impl Default for Prices {
    fn default() -> Self {
        Self { core_hour_usd: 0.0408, gas_gwei: 1.0, eth_usd: 3000.0 }
    }
}

/// What a day's proving costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proving {
    /// Processor hours that proving took.
    pub core_hours: f64,
    /// US dollars for a claim, if only the time used is paid for.
    pub claim_usd_used: f64,
    /// US dollars for a claim, if all machines are paid for all day.
    pub claim_usd_day: f64,
}

/// Of a day on machines with so many processors in all.
pub fn proving(day: &Day, cores_per_worker: u32, cores: u64, prices: &Prices) -> Proving {
    let core_hours = day.busy_us as f64 * f64::from(cores_per_worker) / 3.6e9;
    let jobs = day.jobs.max(1) as f64;
    Proving {
        core_hours,
        claim_usd_used: core_hours * prices.core_hour_usd / jobs,
        claim_usd_day: cores as f64 * 24.0 * prices.core_hour_usd / jobs,
    }
}

/// Gas of transactions, as pinned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gas {
    /// What they were measured with, in words.
    pub about: String,
    /// `claim`: one claim, one order, its escrow used up.
    pub claim: u64,
    /// `claimMany` with so many claims of a pool and one payee, in order.
    pub claim_many: Vec<Many>,
}

/// Gas of one `claimMany`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// Claims.
    pub claims: u64,
    /// Gas of the whole transaction.
    pub gas: u64,
}

impl Gas {
    /// The figures of this build.
    ///
    /// # Errors
    /// If they were edited to what they cannot be.
    pub fn pinned() -> Result<Self, serde_json::Error> {
        serde_json::from_str(GAS)
    }

    /// Gas of a `claimMany`: as pinned, and between and beyond on a straight line through the first and the last.
    pub fn of_many(&self, claims: u64) -> f64 {
        if let Some(exact) = self.claim_many.iter().find(|many| many.claims == claims) {
            return exact.gas as f64;
        }
        let (Some(first), Some(last)) = (self.claim_many.first(), self.claim_many.last()) else {
            return claims as f64 * self.claim as f64;
        };
        let run = (last.claims - first.claims).max(1) as f64;
        let each = (last.gas as f64 - first.gas as f64) / run;
        first.gas as f64 + each * (claims as f64 - first.claims as f64)
    }
}

/// What settling a day's claims costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Settlement {
    /// Transactions, of [`BATCH`] claims each but the last.
    pub transactions: u64,
    /// Gas of all.
    pub gas: f64,
    /// Gas for each claim.
    pub claim_gas: f64,
    /// Ether of all.
    pub eth: f64,
    /// US dollars for each claim.
    pub claim_usd: f64,
    /// Part of what Ethereum itself takes in a day; above 1 it does not fit.
    pub ethereum: f64,
}

/// Of so many claims, all of pools that are open.
pub fn settlement(claims: u64, gas: &Gas, prices: &Prices) -> Settlement {
    let (full, rest) = (claims / BATCH, claims % BATCH);
    let last = if rest == 0 { 0.0 } else { gas.of_many(rest) };
    let total = full as f64 * gas.of_many(BATCH) + last;
    let eth = total * prices.gas_gwei * 1e-9;
    let each = claims.max(1) as f64;
    Settlement {
        transactions: claims.div_ceil(BATCH),
        gas: total,
        claim_gas: total / each,
        eth,
        claim_usd: eth * prices.eth_usd / each,
        ethereum: total / ETHEREUM_GAS_PER_DAY as f64,
    }
}
