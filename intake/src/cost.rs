//! What a circuit costs: its size, counted without building it, and what follows from measurements of others.

use serde_json::{Value, json};
use wattproof_circuits::cs::{Counter, Size};
use wattproof_circuits::relation::{Pinned, Relation, Shape};

use crate::words::thousands;

/// Where the figures come from.
pub(crate) const BASIS: &str = "an estimate from proofs of 14,464 and 195,627 constraints measured on two cores in November 2026 \
                                (docs/RELATION.md): 96 ms + 5.5 µs a constraint + 2.0 µs a place of the domain; \
                                the proving key's size from those of 10,769 and 121,890 constraints";

/// Size of a circuit and what follows from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) size: Size,
}

impl Cost {
    pub(crate) fn of(shape: &Shape) -> Self {
        Self { size: Counter::count(&Relation::blank(shape)) }
    }

    /// Of a circuit of the catalogue, whose size is known without counting.
    pub(crate) fn pinned(pinned: &Pinned, shape: &Shape) -> Self {
        let Pinned { constraints, variables, .. } = *pinned;
        // The constant one comes before the public inputs.
        Self { size: Size { constraints, variables, inputs: 1 + shape.public_inputs() } }
    }

    /// Expected time of a proof, with its witness.
    pub(crate) fn proving_ms(&self) -> u64 {
        96 + (55 * self.size.constraints as u64 + 20 * self.size.domain() as u64) / 10_000
    }

    /// Expected size of the proving key: matrices and points, and a point for each place of the domain.
    pub(crate) fn proving_key_bytes(&self) -> u64 {
        1_840_000 + 447 * self.size.constraints as u64 + 64 * self.size.domain() as u64
    }

    /// Size of the compressed verifying key: four points and one for each public input.
    pub(crate) fn verifying_key_bytes(&self) -> u64 {
        32 + 3 * 64 + 32 * self.size.inputs as u64
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "{} constraints in a domain of 2^{}; a proof takes about {}, the proving key about {}",
            thousands(self.size.constraints as u64),
            self.size.domain().ilog2(),
            seconds(self.proving_ms()),
            megabytes(self.proving_key_bytes())
        )
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "constraints": self.size.constraints,
            "variables": self.size.variables,
            "public_inputs": self.size.inputs - 1,
            "domain": self.size.domain(),
            "proving_ms": self.proving_ms(),
            "proving_key_bytes": self.proving_key_bytes(),
            "verifying_key_bytes": self.verifying_key_bytes(),
            "basis": BASIS,
        })
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
