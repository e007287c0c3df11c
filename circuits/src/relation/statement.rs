//! The public values of one proof, and the one place that knows their order (PROTOCOL, "Statement").

use super::{FIXED_INPUTS, Shape};
use crate::error::{Code, Error, Result, message};
use crate::format::{decimal, members, written};
use crate::hash::{F, integer};
use crate::policy::Period;
use serde::Serialize;

/// The public values of one proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Digest of the policy it meets.
    #[serde(with = "decimal::field")]
    pub policy_digest: F,
    /// The period it covers.
    pub period: Period,
    /// What it is for.
    #[serde(with = "decimal::field")]
    pub context: F,
    /// Root of the registry of meters.
    #[serde(with = "decimal::field")]
    pub anchor: F,
    /// One-use tag of meter, scope and period.
    #[serde(with = "decimal::field")]
    pub nullifier: F,
    /// What the policy reveals, in the order of [`Shape::outputs`].
    #[serde(with = "decimal::field_list")]
    pub outputs: Vec<F>,
}

members! { Statement { policy_digest, period, context, anchor, nullifier, outputs } }
written! { Statement { policy_digest, period, context, anchor, nullifier, outputs } }

impl Statement {
    /// The public inputs in order.
    pub fn to_public_inputs(&self) -> Vec<F> {
        let mut inputs = Vec::with_capacity(FIXED_INPUTS + self.outputs.len());
        inputs.extend([
            self.policy_digest,
            self.period.field(),
            self.context,
            self.anchor,
            self.nullifier,
        ]);
        inputs.extend_from_slice(&self.outputs);
        inputs
    }

    /// What the public inputs of a shape are called, in the same order: outputs by their kind of condition, each with its place
    /// among the conditions; coordinates of a commitment by their axis.
    #[cfg(feature = "prover")]
    pub fn input_names(shape: &Shape) -> Vec<String> {
        let fixed = ["policy", "period", "context", "anchor", "nullifier"];
        let outputs = shape.outputs().into_iter().flat_map(|output| {
            let kind = shape.conditions[output.condition].kind().name;
            let name = format!("outputs.{kind}[{}]", output.condition);
            if output.hidden { vec![format!("{name}.x"), format!("{name}.y")] } else { vec![name] }
        });
        fixed.into_iter().map(str::to_owned).chain(outputs).collect()
    }

    /// Refuses outputs that do not fit the shape.
    ///
    /// # Errors
    /// [`Code::InputCount`] for too few or too many, [`Code::OutOfRange`] for one that its circuit cannot give.
    pub fn check_outputs(&self, shape: &Shape) -> Result<()> {
        let (has, needs) = (self.outputs.len(), shape.public_inputs() - FIXED_INPUTS);
        if has != needs {
            let message = message!["statement.outputs has ", has, " values, not ", needs, "."];
            return Err(Error::new(Code::InputCount, message));
        }
        let mut i = 0;
        for output in shape.outputs() {
            // A commitment's coordinates may be any; that they are a point's is for whoever opens it.
            if !output.hidden && !is_below(&self.outputs[i], output.bits) {
                let message =
                    message!["statement.outputs[", i, "] is not below 2^", output.bits, "."];
                return Err(Error::new(Code::OutOfRange, message));
            }
            i += output.inputs();
        }
        Ok(())
    }
}

/// Whether an element's integer is below `2^bits`; `bits` is at most 64.
fn is_below(x: &F, bits: usize) -> bool {
    let [low, rest @ ..] = integer(x);
    rest == [0; 3] && low.checked_shr(bits as u32).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::Geometry;
    use ark_ff::Zero;

    fn statement(outputs: Vec<u64>) -> Statement {
        let [policy_digest, context, anchor, nullifier] = [1, 3, 4, 5].map(F::from);
        let period = Period::new(7, 9).expect("in order");
        let outputs = outputs.into_iter().map(F::from).collect();
        Statement { policy_digest, period, context, anchor, nullifier, outputs }
    }

    fn shape() -> Shape {
        let geometry = Geometry::named("day-24x1h").expect("named");
        let conditions = [
            r#"{"kind":"completeness"}"#,
            r#"{"kind":"volume","channel":0,"reveal":"exact"}"#,
            r#"{"kind":"volume","channel":1}"#,
        ];
        let read = |json: &&str| crate::format::parse(json, "condition", 100).expect("shape");
        let conditions = conditions.iter().map(read).collect();
        Shape { geometry, channels: 2, conditions, trust: Default::default() }
    }

    #[test]
    fn order_and_number_are_the_protocols() {
        let inputs = statement(vec![6]).to_public_inputs();
        let period = F::from(7) + F::from(9) * F::from(1_u128 << 64);
        let expected = [F::from(1), period, F::from(3), F::from(4), F::from(5), F::from(6)];
        assert_eq!(inputs, expected);
        assert_eq!(inputs.len(), shape().public_inputs());
    }

    #[test]
    fn outputs_fit_the_shape() {
        let bits = shape().geometry.total_bits();
        let check = |outputs| statement(outputs).check_outputs(&shape()).map_err(|e| e.code());
        assert_eq!(check(vec![(1 << bits) - 1]), Ok(()));
        assert_eq!(check(vec![1 << bits]), Err(Code::OutOfRange));
        assert_eq!(check(vec![u64::MAX]), Err(Code::OutOfRange));
        for n in [0, 2, 3, 12] {
            assert_eq!(check(vec![0; n]), Err(Code::InputCount));
        }
    }

    fn read(json: &str) -> Result<Statement> {
        crate::format::parse(json, "statement", 4096)
    }

    #[test]
    fn aliased_elements_are_refused() {
        // The field's modulus plus zero, in each place.
        let modulus =
            "21888242871839275222246405745257275088548364400416034343698204186575808495617";
        let json = serde_json::to_string(&statement(vec![0])).expect("string");
        assert_eq!(read(&json).expect("good"), statement(vec![0]));
        let zeroed = Statement { policy_digest: F::zero(), ..statement(vec![0]) };
        assert!(
            serde_json::to_string(&zeroed).expect("string").contains("\"policy_digest\":\"0\"")
        );
        for (from, member) in [
            ("\"policy_digest\":\"1\"", "policy_digest"),
            ("\"context\":\"3\"", "context"),
            ("\"anchor\":\"4\"", "anchor"),
            ("\"nullifier\":\"5\"", "nullifier"),
        ] {
            let bad = json.replace(from, &format!("\"{member}\":\"{modulus}\""));
            assert_ne!(bad, json);
            assert_eq!(read(&bad).expect_err(member).code(), Code::FieldRange);
        }
        let bad = json.replace("\"outputs\":[\"0\"]", &format!("\"outputs\":[\"{modulus}\"]"));
        assert_ne!(bad, json);
        assert_eq!(read(&bad).expect_err("output").code(), Code::FieldRange);
    }
}
