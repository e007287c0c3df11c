//! Proofs and inputs as contracts take them.

use alloy_dyn_abi::DynSolValue;
use revm::primitives::{U256, uint};
use wattproof_circuits::format::Bundle;
use wattproof_circuits::groth16::{PreparedVerifyingKey, Proof};
use wattproof_circuits::hash::F;
use wattproof_circuits::iden3::json;

use crate::number;

/// The modulus of BN254's field.
pub const P: U256 = uint!(0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47_U256);
/// The order of its group: the modulus of inputs.
pub const R: U256 = uint!(0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001_U256);

/// A proof and its inputs as words, in the order of snarkjs's calldata. Any words: they need not mean anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// A.x, A.y, B.x (imaginary, real), B.y (imaginary, real), C.x, C.y.
    pub proof: [U256; 8],
    /// The public inputs.
    pub inputs: Vec<U256>,
}

impl Words {
    /// Read off the calldata that the product writes.
    pub fn of(proof: &Proof, inputs: &[F]) -> Self {
        let text = json::calldata(proof, inputs);
        let words: Vec<U256> = (text.split(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().expect("a word in hex"))
            .collect();
        let (proof, inputs) = words.split_first_chunk().expect("a proof's words");
        Self { proof: *proof, inputs: inputs.to_vec() }
    }

    /// Those of a bundle; none if its proof is no proof.
    pub fn of_bundle(bundle: &Bundle) -> Option<Self> {
        Some(Self::of(&bundle.proof().ok()?, &bundle.statement.to_public_inputs()))
    }

    /// Arguments of `verify`.
    pub fn args(&self) -> [DynSolValue; 2] {
        [
            DynSolValue::FixedArray(self.proof.map(number).to_vec()),
            DynSolValue::Array(self.inputs.iter().copied().map(number).collect()),
        ]
    }

    /// Arguments of `verifyBatch` and `findInvalid`.
    pub fn batch_args(claims: &[Self]) -> [DynSolValue; 2] {
        let [proofs, inputs]: [Vec<_>; 2] = [
            claims.iter().map(|claim| claim.args()[0].clone()).collect(),
            claims.iter().flat_map(|claim| claim.inputs.iter().copied().map(number)).collect(),
        ];
        [DynSolValue::Array(proofs), DynSolValue::Array(inputs)]
    }

    /// What the contract must answer: `true` or `false`, or the error that it must revert with. The native verifier says which.
    pub fn expected(&self, key: &PreparedVerifyingKey) -> String {
        if self.inputs.len() != key.public_inputs() {
            return format!("InputCount({}, {})", self.inputs.len(), key.public_inputs());
        }
        if let Some(i) = self.proof.iter().position(|word| *word >= P) {
            return format!("ProofRange({i})");
        }
        if let Some(i) = self.inputs.iter().position(|word| *word >= R) {
            return format!("InputRange({i})");
        }
        self.hold(key).to_string()
    }

    /// The native verdict, by way of the files that snarkjs writes.
    fn hold(&self, key: &PreparedVerifyingKey) -> bool {
        let [ax, ay, bx1, bx0, by1, by0, cx, cy] = self.proof;
        let proof = format!(
            r#"{{ "protocol": "groth16", "curve": "bn128", "pi_a": ["{ax}", "{ay}", "1"],
            "pi_b": [["{bx0}", "{bx1}"], ["{by0}", "{by1}"], ["1", "0"]], "pi_c": ["{cx}", "{cy}", "1"] }}"#
        );
        let inputs: Vec<String> = self.inputs.iter().map(|word| format!("\"{word}\"")).collect();
        let inputs = json::read_public_inputs(&format!("[{}]", inputs.join(",")));
        match (json::read_proof(&proof), inputs) {
            (Ok(proof), Ok(inputs)) => key.verify(&inputs, &proof).is_ok(),
            _ => false,
        }
    }
}
