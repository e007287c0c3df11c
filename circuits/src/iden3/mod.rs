//! The files of circom, snarkjs and rapidsnark, written and read: what is proved here can be set up, proved and verified there.
//!
//! | file | here |
//! | --- | --- |
//! | `.r1cs` | [`write_r1cs`]: a circuit's constraints |
//! | `.sym` | [`write_symbols`]: what its wires are called |
//! | `.wtns` | [`write_witness`], [`read_witness`]: an assignment, as secret as the readings |
//! | `.zkey` | [`Zkey`]: a proving key, and who contributed to it |
//! | `.ptau` | [`Ptau`]: the first phase of a setup |
//! | Solidity | [`solidity`]: contracts that verify under a key |
//! | `verification_key.json`, `proof.json`, `public.json`, calldata | [`json`] |
//!
//! The binary formats are those of iden3's specifications (`r1csfile/doc/r1cs_bin_format.md`; snarkjs 0.7 for the others): a magic
//! word, a version, and numbered sections, all numbers little-endian. Wires are numbered alike on both sides: one, public inputs,
//! private variables.

mod binary;
mod contribution;
pub mod json;
mod point;
mod ptau;
mod r1cs;
pub mod solidity;
#[cfg(test)]
mod tests;
mod zkey;

pub use contribution::{Contribution, Source};
pub(crate) use point::{uncompressed_g1, uncompressed_g2};
pub use ptau::{Phase1, Ptau};
pub use r1cs::{read_witness, write_r1cs, write_symbols, write_witness};
pub use zkey::Zkey;
pub(crate) use zkey::coefficients;
