//! Known answers: circuits in which nothing is superfluous, the same with something said twice, and with something not said.

use super::columns::Columns;
use super::structure::Structure;
use super::{Deleted, Hunt};
use wattproof_circuits::cs::{Circuit, ConstraintSystem, Evaluator, Linear, Recorder};
use wattproof_circuits::gadget::{bits, enforce_bit};
use wattproof_circuits::hash::F;

/// What a small circuit has planted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Planted {
    Nothing,
    /// A product is demanded twice.
    Twice,
    /// One bit of a decomposition is not held to be a bit.
    Missing,
    /// A product that nothing reads.
    Unread,
}

/// x^4 is public, x has four bits, and of two more numbers one is zero.
struct Small(Planted);

impl Circuit for Small {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let output = cs.input(F::from(625));
        let x = cs.witness(|| F::from(5));
        let square = cs.product("square", &x, &x);
        if self.0 == Planted::Twice {
            cs.enforce("square again", &x, &x, &square);
        }
        if self.0 == Planted::Unread {
            cs.product("unread", &x, &square);
        }
        cs.enforce("output", &square, &square, &output);
        match self.0 {
            Planted::Missing => {
                let list: Vec<_> = (0..4).map(|i| cs.hint(|| F::from(5_u64 >> i & 1))).collect();
                for bit in &list[1..] {
                    enforce_bit(cs, "bit", bit);
                }
                let weighted = list.iter().zip([1, 2, 4, 8]).map(|(b, w)| (F::from(w), b));
                cs.enforce_equal("sum", &CS::Wire::sum_of(weighted), &x);
            }
            _ => drop(bits(cs, "bit", &x, 4)),
        }
        let [p, q] = [0, 1].map(|number| cs.witness(|| F::from(number)));
        cs.enforce("not both", &p, &q, &CS::Wire::nil());
    }
}

fn delete(planted: Planted) -> Deleted {
    let circuit = Small(planted);
    let matrices = Recorder::record(&circuit);
    let columns = Columns::new(&matrices);
    let structure = Structure::new(&matrices, &columns, &[]);
    let honest = Evaluator::assign(&circuit, matrices.variables);
    let mut hunt = Hunt::new(&matrices, &columns, &structure, honest).expect("it is satisfied");
    let tried = hunt.choose(usize::MAX);
    hunt.by_wires(&tried);
    hunt.finish()
}

fn open(found: &Deleted) -> Vec<&'static str> {
    found.names.iter().filter(|(_, tally)| tally.open > 0).map(|(name, _)| *name).collect()
}

#[test]
fn every_constraint_is_missed_where_none_is_superfluous() {
    let found = delete(Planted::Nothing);
    assert!(open(&found).is_empty(), "{found:?}");
    // What determines is noticed by structure, what only demands by a witness.
    assert_eq!((found.names["square"].rules, found.names["output"].alone), (1, 1));
    assert_eq!((found.names["not both"].rules, found.names["not both"].alone), (0, 1));
    // The lowest bit's constraint says what the others add up to, and nothing reads those.
    assert_eq!(found.names["bit"].rules, 3);
    assert!(found.names["bit"].alone > 0);
    assert_eq!(found.sum().share(), 100);
}

#[test]
fn what_is_said_twice_is_open_both_times() {
    assert_eq!(open(&delete(Planted::Twice)), ["square", "square again"]);
}

#[test]
fn a_wire_that_nothing_reads_notices_nothing() {
    assert_eq!(open(&delete(Planted::Unread)), ["unread"]);
}

#[test]
fn where_a_constraint_is_missing_those_beside_it_determine_nothing() {
    let found = delete(Planted::Missing);
    // With the bit constraint they give the bits; without it nothing does.
    assert_eq!((found.names["bit"].rules, found.names["sum"].rules), (0, 0), "{found:?}");
}
