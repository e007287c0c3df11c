//! Constraints that neither structure nor a witness notices: why each is redundant, or what rests on it.

use serde::Serialize;

/// What is said of the constraints of one name.
#[derive(Clone, Debug, Serialize)]
pub struct Argument {
    /// The constraint's name.
    pub name: &'static str,
    /// Whether the circuit says the same without it. If not, another argument rests on it.
    pub redundant: bool,
    /// Why.
    pub why: &'static str,
    /// Tests that show it, or fail without it: file and function.
    pub tests: &'static [&'static str],
}

/// The argument for a constraint's name.
pub(super) fn argument(name: &str) -> Option<&'static Argument> {
    ARGUED.iter().find(|argument| argument.name == name)
}

/// All arguments.
pub const ARGUED: &[Argument] = &[
    Argument {
        name: "signature: key of low order",
        redundant: true,
        why: "Asks that x of eight times the key has an inverse. Without it a key of low order, of which eight times is the identity (0, 1), \
              still breaks the conversion to Montgomery coordinates: u (1 - y) = 1 + y is 0 = 2 there. It costs one constraint, and says \
              what the conversion's argument needs in words of its own.",
        tests: &["circuits/src/gadget/tests.rs::low_order_and_off_curve_keys_fail"],
    },
    Argument {
        name: "device: context",
        redundant: true,
        why: "The square of the context, which nothing reads: any context meets it. It is there so that the context has a constraint of \
              its own, and no key leaves the input out.",
        tests: &["circuits/src/relation/tests.rs::every_public_input_is_bound"],
    },
    Argument {
        name: "signature: key on curve",
        redundant: false,
        why: "The last of its three constraints determines nothing. Complete addition and doubling hold for points of the curve only, so \
              that every argument about the signature's quotients rests on it. A witness that breaks it alone would be a forged \
              signature by a key off the curve, under a hash of that key.",
        tests: &["circuits/src/gadget/tests.rs::low_order_and_off_curve_keys_fail"],
    },
    Argument {
        name: "signature: R on curve",
        redundant: false,
        why: "Likewise for R: the sum with a point off the curve need not be on it, and the challenge is a hash of R, so that no R off the \
              curve can be solved for.",
        tests: &["circuits/src/gadget/tests.rs::no_wire_of_a_signature_is_loose"],
    },
];
