//! The first phase of a setup, which serves all circuits: powers of a secret tau, as snarkjs's `.ptau` has them.

use super::binary::Sections;
use super::point::{G1, G2};
use crate::error::{Code, Error, Result};
use ark_bn254::{Fq, G1Affine, G2Affine};
use std::io::{Read, Seek};

/// Sections by number.
mod section {
    pub(super) const HEADER: u32 = 1;
    pub(super) const TAU_G1: u32 = 2;
    pub(super) const TAU_G2: u32 = 3;
    pub(super) const ALPHA_TAU_G1: u32 = 4;
    pub(super) const BETA_TAU_G1: u32 = 5;
    pub(super) const BETA_G2: u32 = 6;
    pub(super) const LAGRANGE_TAU_G1: u32 = 12;
    pub(super) const LAGRANGE_TAU_G2: u32 = 13;
    pub(super) const LAGRANGE_ALPHA_TAU_G1: u32 = 14;
    pub(super) const LAGRANGE_BETA_TAU_G1: u32 = 15;
}

/// The largest domain of the scalar field, less one for what lies halfway.
const MAX_POWER: u32 = 27;

/// A `.ptau` file, read in pieces: it may be larger than memory.
pub struct Ptau<R> {
    file: Sections<R>,
    power: u32,
}

/// What a domain of `2^n` points needs of a first phase.
pub struct Phase1 {
    /// `tau^i` for i below `2^(n+1) - 1`, and one more where the file has it.
    pub tau_g1: Vec<G1Affine>,
    /// `tau^i` for i below `2^n`.
    pub tau_g2: Vec<G2Affine>,
    /// `alpha tau^i`.
    pub alpha_tau_g1: Vec<G1Affine>,
    /// `beta tau^i`.
    pub beta_tau_g1: Vec<G1Affine>,
    /// `beta`.
    pub beta_g2: G2Affine,
    /// The domain's Lagrange polynomials at tau.
    pub lagrange_tau_g1: Vec<G1Affine>,
    /// The same in G2.
    pub lagrange_tau_g2: Vec<G2Affine>,
    /// The same times alpha.
    pub lagrange_alpha_tau_g1: Vec<G1Affine>,
    /// The same times beta.
    pub lagrange_beta_tau_g1: Vec<G1Affine>,
    /// The Lagrange polynomials at tau of the points halfway between the domain's, of the domain twice as large.
    pub lagrange_halfway: Vec<G1Affine>,
}

impl<R: Read + Seek> Ptau<R> {
    /// Reads the heads of a file that was prepared for a second phase.
    ///
    /// # Errors
    /// [`Code::Malformed`] for another file, curve or version, for sections whose lengths do not fit its power, and for a file
    /// that was not prepared.
    pub fn open(input: R) -> Result<Self> {
        let mut file = Sections::open(input, "ptau", b"ptau", 1)?;
        file.section(section::HEADER, 1, super::binary::FIELD + 8)?;
        file.field::<Fq>()?;
        let power = file.number()?;
        if !(1..=MAX_POWER).contains(&power) {
            return Err(file.malformed("has a power out of range"));
        }
        let full = 1_usize << power;
        for (number, points, size) in [
            (section::TAU_G1, 2 * full - 1, G1),
            (section::TAU_G2, full, G2),
            (section::ALPHA_TAU_G1, full, G1),
            (section::BETA_TAU_G1, full, G1),
            (section::BETA_G2, 1, G2),
            // One after the other for every power from 0 on; of tau in G1 one more.
            (section::LAGRANGE_TAU_G1, 4 * full - 1, G1),
            (section::LAGRANGE_TAU_G2, 2 * full - 1, G2),
            (section::LAGRANGE_ALPHA_TAU_G1, 2 * full - 1, G1),
            (section::LAGRANGE_BETA_TAU_G1, 2 * full - 1, G1),
        ] {
            file.section(number, points, size)?;
        }
        Ok(Self { file, power })
    }

    /// The largest domain is of `2^power` points.
    pub fn power(&self) -> u32 {
        self.power
    }

    /// What a domain of `2^n` points needs. Points are checked to be on their curves and in their subgroups, not to be the powers
    /// that they are said to be: see [`crate::setup::ceremony`].
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if the file's power is less than `n`; [`Code::BadPoint`], [`Code::FieldRange`].
    pub fn phase1(&mut self, n: u32) -> Result<Phase1> {
        if n > self.power {
            let (has, needs) = (self.power, n);
            let message = format!("the ptau is of power {has}; the circuit needs {needs}.");
            return Err(Error::new(Code::OutOfRange, message));
        }
        let size = 1_usize << n;
        let lagrange = size - 1;
        let doubled = self.g1(section::LAGRANGE_TAU_G1, 2 * size - 1, 2 * size)?;
        Ok(Phase1 {
            tau_g1: self.g1(section::TAU_G1, 0, 2 * size - usize::from(n == self.power))?,
            tau_g2: self.g2(section::TAU_G2, 0, size)?,
            alpha_tau_g1: self.g1(section::ALPHA_TAU_G1, 0, size)?,
            beta_tau_g1: self.g1(section::BETA_TAU_G1, 0, size)?,
            beta_g2: self.g2(section::BETA_G2, 0, 1)?.swap_remove(0),
            lagrange_tau_g1: self.g1(section::LAGRANGE_TAU_G1, lagrange, size)?,
            lagrange_tau_g2: self.g2(section::LAGRANGE_TAU_G2, lagrange, size)?,
            lagrange_alpha_tau_g1: self.g1(section::LAGRANGE_ALPHA_TAU_G1, lagrange, size)?,
            lagrange_beta_tau_g1: self.g1(section::LAGRANGE_BETA_TAU_G1, lagrange, size)?,
            lagrange_halfway: doubled.into_iter().skip(1).step_by(2).collect(),
        })
    }

    fn g1(&mut self, section: u32, skip: usize, count: usize) -> Result<Vec<G1Affine>> {
        self.file.find(section)?;
        self.file.skip(skip * G1)?;
        self.file.g1s(count)
    }

    fn g2(&mut self, section: u32, skip: usize, count: usize) -> Result<Vec<G2Affine>> {
        self.file.find(section)?;
        self.file.skip(skip * G2)?;
        self.file.g2s(count)
    }
}
