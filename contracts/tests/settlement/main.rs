//! The settlement in a real EVM, with real proofs of a real meter file: each rule with what happens where it is broken.

mod claims;
mod devices;
mod forks;
mod gas;
mod many;
mod orders;
mod owner;
mod periods;
mod prover;
mod street;
mod tokens;
#[path = "../trapdoor/mod.rs"]
mod trapdoor;
mod world;
