//! Wires that the rules do not reach: why each has one value all the same, or why it may have several. Each argument names the constraint
//! that first mentions the wire, and the tests that try to break it.

use serde::Serialize;

/// What is claimed of the wires of one constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Claimed {
    /// They have one value.
    Determined,
    /// They may have several, and nothing that is public depends on which: shown by propagation without them.
    Free,
}

/// An argument for the wires of one constraint.
#[derive(Clone, Debug, Serialize)]
pub struct Argument {
    /// The constraint's name.
    pub name: &'static str,
    /// What is claimed.
    pub claimed: Claimed,
    /// Why it holds.
    pub why: &'static str,
    /// Tests that fail if it does not: file and function.
    pub tests: &'static [&'static str],
}

/// The argument for a constraint's name.
pub(crate) fn argument(name: &str) -> Option<&'static Argument> {
    ARGUED.iter().find(|argument| argument.name == name)
}

macro_rules! arguments {
    ($($claimed:ident $($name:literal),+: $why:literal $tests:tt)*) => {
        /// All arguments.
        pub const ARGUED: &[Argument] = &[$(
            $(arguments! { @one $claimed $name $why $tests }),+
        ),*];
    };
    (@one $claimed:ident $name:literal $why:literal $tests:tt) => {
        Argument { name: $name, claimed: Claimed::$claimed, why: $why, tests: &$tests }
    };
}

arguments! {
    Determined "edwards addition", "edwards doubling":
        "Quotients over 1 + d x1 x2 y1 y2 and 1 - d x1 x2 y1 y2. Neither is zero for points of the curve, since a is a square and d is none \
         (Bernstein and Lange 2007). Keys and R are held to the curve, and sums stay on it."
        ["circuits/src/gadget/tests.rs::low_order_and_off_curve_keys_fail",
         "circuits/src/gadget/tests.rs::no_wire_of_a_signature_is_loose"]
    Determined "edwards to montgomery":
        "Quotients over 1 - y and x, of eight times the key. Its x has an inverse in circuit; then y is not 1, whose only point has x = 0."
        ["circuits/src/gadget/tests.rs::low_order_and_off_curve_keys_fail"]
    Determined "montgomery doubling":
        "A quotient over 2 v, of eight times the key: a point of odd order that is not the identity, so that v is not zero."
        ["circuits/src/gadget/tests.rs::low_order_and_off_curve_keys_fail"]
    Determined "montgomery double and add":
        "Quotients over differences of u. Before step j the sum is k P with 2^(j+1) < k < 2^(j+2); equal u needs k = 1 or -1, or 2k = 1 or -1, \
         modulo l > 2^250, which no k up to step 247 is (gadget/eddsa.rs)."
        ["circuits/src/gadget/tests.rs::signatures_verify_in_circuit",
         "circuits/src/gadget/tests.rs::no_wire_of_a_signature_is_loose"]
    Determined "montgomery addition":
        "Quotients over differences of u. The sum so far and what is added are multiples of one point of order l, whose sum and difference are \
         not zero as integers and below l in absolute value (gadget/eddsa.rs, gadget/pedersen.rs)."
        ["circuits/src/gadget/tests.rs::signatures_verify_in_circuit",
         "circuits/src/gadget/pedersen_tests.rs::agrees_with_native_on_the_boundaries"]
    Determined "montgomery to edwards":
        "Quotients over v and u + 1, of a point of odd order: v is not zero, and u = -1 is on no point since d is no square."
        ["circuits/src/gadget/tests.rs::signatures_verify_in_circuit"]
    Determined "signature: lifted challenge bit":
        "254 bits equal to challenge + 11 l modulo r: as integers that, or that plus or minus r. The window on the top 64 bits leaves one."
        ["circuits/src/gadget/tests.rs::no_wire_of_a_signature_is_loose",
         "circuits/src/gadget/tests.rs::forged_signatures_fail"]
    Determined "commitment: value bit":
        "Digits d in {-7, -5, ..., 7}, or fewer in the last window, with the sum of (d + 7) 8^i twice the value: (d + 7) / 2 is a digit of base \
         eight, below eight, so the value has one row of them; sign and m follow from d."
        ["circuits/src/gadget/pedersen_tests.rs::every_number_of_bits_holds_its_values_and_no_other",
         "circuits/src/gadget/pedersen_tests.rs::no_wire_of_a_commitment_is_loose"]
    Free "commitment: blinding below order":
        "The factor in s = factor * D. Where s and D are zero it may be any number; it occurs nowhere else."
        ["circuits/src/gadget/pedersen_tests.rs::blindings_of_the_order_and_above_fail"]
    Determined "period: used block", "period: begin", "period: end":
        "Bits that change once are known by their number; the public period, the first block's start and the policy's interval, not zero, give \
         the numbers: start = first start + begin * interval, end likewise, both below 2^64."
        ["circuits/src/relation/period.rs::masks_change_at_most_once",
         "circuits/src/relation/tests.rs::the_period_is_bound_to_the_blocks",
         "circuits/src/relation/tests.rs::every_phase_of_the_grid_works"]
    Determined "bill: block reached":
        "With d = total - threshold, one range check holds d >= 0 if the bit is set and -d - 1 >= 0 if not; both are below 2^T."
        ["circuits/src/condition/tests/bill.rs::blocks_begin_above_their_thresholds",
         "circuits/src/condition/tests/bill.rs::wrong_hints_are_noticed"]
    Determined "bill: rounding", "carbon: rounding":
        "sum = q divisor + rest with the rest held to 0 .. divisor - 1: two quotients differ by at least one, their rests by less than the divisor; \
         sum and quotients are bounded so that no multiple of r comes between."
        ["circuits/src/condition/tests/bill.rs::the_worst_bill_fits",
         "circuits/src/condition/tests/bill.rs::wrong_hints_are_noticed",
         "circuits/src/condition/tests/carbon.rs::the_worst_sum_fits",
         "circuits/src/condition/tests/carbon.rs::wrong_hints_are_noticed"]
    Determined "matching: nothing consumed":
        "A bit that is zero where something is consumed. Where nothing is, zero would be a divisor of zero, and no rest is below zero."
        ["circuits/src/condition/tests/matching.rs::nothing_consumed_matches_nothing",
         "circuits/src/condition/tests/matching.rs::no_wire_is_loose"]
    Determined "matching: share", "availability: share", "reduction: min":
        "Bits of a quotient rounded down: the rest is held to 0 .. divisor - 1, dividend and product are integers far below r, so that there is one \
         quotient, and 20 bits or those of a total hold it once."
        ["circuits/src/gadget/tests.rs::quotients_are_rounded_down",
         "circuits/src/condition/tests/matching.rs::a_changed_score_is_noticed",
         "circuits/src/condition/tests/availability.rs::hints_are_held",
         "circuits/src/condition/tests/reduction.rs::hints_cannot_be_chosen"]
    Determined "reduction: no adjustment":
        "A bit that is zero where a slot adjusts. Where none does, zero would make the divisor zero, which no quotient has."
        ["circuits/src/condition/tests/reduction.rs::no_adjustment_is_a_factor_of_one",
         "circuits/src/condition/tests/reduction.rs::hints_cannot_be_chosen"]
    Determined "session: begin", "session: end":
        "Bits with mark = begin + 2 end while the condition is on; the marks are 0 to 3, and 3 would be both in one slot, which the order of the two \
         excludes. Where it is off both sums are zero, and with them each bit."
        ["circuits/src/condition/tests/session.rs::a_mark_of_both_is_no_session",
         "circuits/src/condition/tests/session.rs::hints_are_held"]
    Free "peak: at least each window":
        "A bound between the highest window and the policy's maximum. Where it is shown it is one of the windows, and has one value."
        ["circuits/src/condition/tests/peak.rs::the_peak_cannot_be_chosen"]
    Free "band: tight":
        "The prover's word that a slot is in the narrow band, held to it if given. A word too few only lowers the count that must be reached."
        ["circuits/src/condition/tests/band.rs::hints_are_held"]
    Free "plausibility: most":
        "A bound on each reading that nameplate * interval allows. A smaller one refuses more."
        ["circuits/src/condition/tests/plausibility.rs::hints_are_held"]
    Free "plausibility: nothing judged":
        "The number that all differences of counter and total are compared with. Any that serves shows that they are within the tolerance."
        ["circuits/src/condition/tests/plausibility.rs::hints_are_held"]
}
