//! Proving keys as snarkjs has them: `.zkey`, version 1, protocol Groth16.
//!
//! Coordinates are in Montgomery form (`x * 2^256`), coefficients twice so (`c * 2^512`). The file has the circuit's A and B, but not
//! its C: contributors need no more, and whoever uses the key compares it with the circuit ([`Zkey::check_circuit`]).

use super::binary::{
    ELEMENT, FIELD, Sections, write_field, write_head, write_number, write_section,
};
use super::contribution::{CONTRIBUTIONS, Contribution, read_contributions};
use super::point::{G1, G2, write_g1, write_g2};
use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::groth16::{FixedPoints, ProvingKey, Query, VerifyingKey, spread};
use crate::hash::F;
use ark_bn254::{Bn254, Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::One;
use std::io::{self, Read, Seek, Write};

/// Bytes of a coefficient's entry: side, row, wire, value.
const ENTRY: usize = 3 * 4 + ELEMENT;
/// Bytes of the fixed part of section 2.
const HEADER: usize = 2 * FIELD + 3 * 4 + 3 * G1 + 3 * G2;

/// Sections by number.
mod section {
    pub(super) const PROTOCOL: u32 = 1;
    pub(super) const HEADER: u32 = 2;
    pub(super) const INPUTS: u32 = 3;
    pub(super) const COEFFICIENTS: u32 = 4;
    pub(super) const A: u32 = 5;
    pub(super) const B_G1: u32 = 6;
    pub(super) const B_G2: u32 = 7;
    pub(super) const L: u32 = 8;
    pub(super) const H: u32 = 9;
}

/// The section of a circuit's coefficients: entries of A and B row by row, A before B, then the rows of the inputs.
pub(crate) fn coefficients(m: &Matrices) -> Vec<u8> {
    let count = m.sides[0].entries() + m.sides[1].entries() + m.inputs;
    let mut bytes = Vec::with_capacity(4 + ENTRY * count);
    bytes.extend((count as u32).to_le_bytes());
    let mut push = |side: usize, row: usize, variable: usize, coefficient: &F| {
        for n in [side, row, variable] {
            bytes.extend((n as u32).to_le_bytes());
        }
        // An element whose value is the other's Montgomery form.
        F::from(coefficient.0).0.0.iter().for_each(|limb| bytes.extend(limb.to_le_bytes()));
    };
    for row in 0..m.constraints() {
        for side in [0, 1] {
            for (variable, coefficient) in m.sides[side].row(row) {
                push(side, row, variable, &m.coefficients[coefficient]);
            }
        }
    }
    (0..m.inputs).for_each(|i| push(0, m.constraints() + i, i, &F::one()));
    bytes
}

/// A proving key as snarkjs has it, with the contributions that made it.
///
/// Unlike [`ProvingKey`] it may be unsound: at the start of a ceremony delta is the generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zkey {
    /// The circuit's A and B, as they are in the file.
    pub coefficients: Vec<u8>,
    /// `alpha` in G1.
    pub alpha_g1: G1Affine,
    /// `beta` in G1.
    pub beta_g1: G1Affine,
    /// `beta` in G2.
    pub beta_g2: G2Affine,
    /// `gamma`: the generator, in ceremonies.
    pub gamma_g2: G2Affine,
    /// `delta` in G1.
    pub delta_g1: G1Affine,
    /// `delta` in G2.
    pub delta_g2: G2Affine,
    /// Of the constant one and each public input, what the verifier sums.
    pub inputs: Vec<G1Affine>,
    /// A of each variable.
    pub a: Vec<G1Affine>,
    /// B of each variable in G1.
    pub b_g1: Vec<G1Affine>,
    /// B of each variable in G2.
    pub b_g2: Vec<G2Affine>,
    /// Of each private variable, its share of C, over delta.
    pub l: Vec<G1Affine>,
    /// Of each point halfway between the domain's, its Lagrange polynomial at tau, over delta.
    pub h: Vec<G1Affine>,
    /// BLAKE2b over the initial key's points: what a ceremony begins with.
    pub circuit_hash: [u8; 64],
    /// What was contributed, in order.
    pub contributions: Vec<Contribution>,
}

impl Zkey {
    /// A pair of keys as one, without contributions; its circuit hash is left zero, so that no ceremony goes on from it.
    pub fn new(key: &ProvingKey, verifying: &VerifyingKey) -> Self {
        let m = &key.matrices;
        let verifying: ark_groth16::VerifyingKey<Bn254> = verifying.into();
        let all = |query: &Query<_>| spread(&query.variables, &query.points, m.variables);
        Self {
            alpha_g1: verifying.alpha_g1,
            beta_g1: key.fixed.beta_g1,
            beta_g2: verifying.beta_g2,
            gamma_g2: verifying.gamma_g2,
            delta_g1: key.fixed.delta_g1,
            delta_g2: verifying.delta_g2,
            inputs: verifying.gamma_abc_g1,
            a: all(&key.a),
            b_g1: all(&key.b_g1),
            b_g2: spread(&key.b_g1.variables, &key.b_g2, m.variables),
            l: all(&key.l).split_off(m.inputs),
            h: key.h.clone(),
            circuit_hash: [0; 64],
            contributions: Vec::new(),
            coefficients: coefficients(m),
        }
    }

    /// Demands that the key is for this circuit, as far as it tells: sizes, A and B.
    ///
    /// # Errors
    /// [`Code::WrongCircuit`].
    pub fn check_circuit(&self, m: &Matrices) -> Result<()> {
        let domain = (m.constraints() + m.inputs).next_power_of_two();
        for (what, found, expected) in [
            ("variables", self.a.len(), m.variables),
            ("public inputs", self.inputs.len() - 1, m.inputs - 1),
            ("points of H", self.h.len(), domain),
        ] {
            if found != expected {
                let fault = format!("the zkey has {found} {what}; the circuit has {expected}.");
                return Err(Error::new(Code::WrongCircuit, fault));
            }
        }
        if self.coefficients != coefficients(m) {
            let fault = "the zkey's A and B are not the circuit's.";
            return Err(Error::new(Code::WrongCircuit, fault));
        }
        Ok(())
    }

    /// The pair of keys for a circuit. Nothing is said about who contributed: that is for a ceremony's transcript to show.
    ///
    /// # Errors
    /// [`Code::WrongCircuit`] as [`Zkey::check_circuit`]; [`Code::UnsoundKey`] as [`VerifyingKey`]; [`Code::Malformed`] if a B is there in
    /// one group only.
    pub fn into_keys(
        self,
        circuit_id: [u8; 32],
        matrices: Matrices,
    ) -> Result<(ProvingKey, VerifyingKey)> {
        self.check_circuit(&matrices)?;
        if self.b_g1.iter().zip(&self.b_g2).any(|(one, two)| one.is_zero() != two.is_zero()) {
            let fault = "the zkey has a B in one group that is not in the other.";
            return Err(Error::new(Code::Malformed, fault));
        }
        let verifying = VerifyingKey::try_from(&ark_groth16::VerifyingKey {
            alpha_g1: self.alpha_g1,
            beta_g2: self.beta_g2,
            gamma_g2: self.gamma_g2,
            delta_g2: self.delta_g2,
            gamma_abc_g1: self.inputs,
        })?;
        let mut l = vec![G1Affine::identity(); matrices.inputs];
        l.extend(self.l);
        let key = ProvingKey {
            circuit_id,
            matrices,
            fixed: FixedPoints {
                alpha_g1: self.alpha_g1,
                beta_g1: self.beta_g1,
                delta_g1: self.delta_g1,
                beta_g2: self.beta_g2,
                delta_g2: self.delta_g2,
            },
            a: Query::new(&self.a, AffineRepr::is_zero),
            b_g1: Query::new(&self.b_g1, AffineRepr::is_zero),
            b_g2: self.b_g2.into_iter().filter(|point| !point.is_zero()).collect(),
            l: Query::new(&l, AffineRepr::is_zero),
            h: self.h,
        };
        Ok((key, verifying))
    }

    /// Writes the file. `out` should be buffered.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write_head(out, b"zkey", 1, 10)?;
        write_section(out, section::PROTOCOL, 4)?;
        write_number(out, 1)?;

        write_section(out, section::HEADER, HEADER)?;
        write_field::<Fq>(out)?;
        write_field::<F>(out)?;
        for n in [self.a.len(), self.inputs.len() - 1, self.h.len()] {
            write_number(out, n)?;
        }
        write_g1(&self.alpha_g1, out)?;
        write_g1(&self.beta_g1, out)?;
        write_g2(&self.beta_g2, out)?;
        write_g2(&self.gamma_g2, out)?;
        write_g1(&self.delta_g1, out)?;
        write_g2(&self.delta_g2, out)?;

        write_section(out, section::INPUTS, G1 * self.inputs.len())?;
        self.inputs.iter().try_for_each(|point| write_g1(point, out))?;

        write_section(out, section::COEFFICIENTS, self.coefficients.len())?;
        out.write_all(&self.coefficients)?;

        write_section(out, section::A, G1 * self.a.len())?;
        self.a.iter().try_for_each(|point| write_g1(point, out))?;
        write_section(out, section::B_G1, G1 * self.b_g1.len())?;
        self.b_g1.iter().try_for_each(|point| write_g1(point, out))?;
        write_section(out, section::B_G2, G2 * self.b_g2.len())?;
        self.b_g2.iter().try_for_each(|point| write_g2(point, out))?;
        write_section(out, section::L, G1 * self.l.len())?;
        self.l.iter().try_for_each(|point| write_g1(point, out))?;
        write_section(out, section::H, G1 * self.h.len())?;
        self.h.iter().try_for_each(|point| write_g1(point, out))?;

        let lengths = self.contributions.iter().map(Contribution::length);
        write_section(out, CONTRIBUTIONS, 64 + 4 + lengths.sum::<usize>())?;
        out.write_all(&self.circuit_hash)?;
        write_number(out, self.contributions.len())?;
        self.contributions.iter().try_for_each(|contribution| contribution.write(out))
    }

    /// Reads the file.
    ///
    /// Every point is checked to be on its curve and in its subgroup. Reads section by section: memory is what the key takes, and
    /// no count is believed before it is compared with the length of its section.
    ///
    /// # Errors
    /// [`Code::Malformed`] for a file that is no such key or is damaged, [`Code::BadPoint`] for its points.
    pub fn read(input: impl Read + Seek) -> Result<Self> {
        let mut file = Sections::open(input, "zkey", b"zkey", 1)?;
        file.section(section::PROTOCOL, 1, 4)?;
        if file.number()? != 1 {
            return Err(file.malformed("is not for Groth16"));
        }
        file.section(section::HEADER, 1, HEADER)?;
        file.field::<Fq>()?;
        file.field::<F>()?;
        let [variables, public, domain] =
            [file.number()?, file.number()?, file.number()?].map(|n| n as usize);
        if public >= variables || !domain.is_power_of_two() {
            return Err(file.malformed("has counts that make no sense"));
        }
        let (alpha_g1, beta_g1) = (file.g1()?, file.g1()?);
        let (beta_g2, gamma_g2) = (file.g2()?, file.g2()?);
        let (delta_g1, delta_g2) = (file.g1()?, file.g2()?);
        let inputs = file.points(section::INPUTS, public + 1)?;
        let coefficients = file.coefficients()?;
        let a = file.points(section::A, variables)?;
        let b_g1 = file.points(section::B_G1, variables)?;
        file.section(section::B_G2, variables, G2)?;
        let b_g2 = file.g2s(variables)?;
        let l = file.points(section::L, variables - public - 1)?;
        let h = file.points(section::H, domain)?;
        let (circuit_hash, contributions) = read_contributions(&mut file)?;
        Ok(Self {
            coefficients,
            alpha_g1,
            beta_g1,
            beta_g2,
            gamma_g2,
            delta_g1,
            delta_g2,
            inputs,
            a,
            b_g1,
            b_g2,
            l,
            h,
            circuit_hash,
            contributions,
        })
    }
}

impl<R: Read + Seek> Sections<R> {
    /// The section of coefficients, whose length fits its count.
    fn coefficients(&mut self) -> Result<Vec<u8>> {
        let length = self.find(section::COEFFICIENTS)? as usize;
        // The file is as long as it says: that much may be allocated.
        let mut bytes = vec![0; length];
        self.bytes(&mut bytes)?;
        let count = bytes.first_chunk().map(|count| u32::from_le_bytes(*count) as usize);
        if count.and_then(|count| count.checked_mul(ENTRY)?.checked_add(4)) != Some(length) {
            return Err(self.malformed("has another number of coefficients than its length says"));
        }
        Ok(bytes)
    }

    /// All points of a section, of which there must be `count`.
    fn points(&mut self, number: u32, count: usize) -> Result<Vec<G1Affine>> {
        self.section(number, count, G1)?;
        self.g1s(count)
    }
}
