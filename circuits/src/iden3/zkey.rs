//! Proving keys as snarkjs has them: `.zkey`, version 1, protocol Groth16.
//!
//! Coordinates are in Montgomery form (`x * 2^256`), coefficients twice so (`c * 2^512`). The file has the circuit's A and B, but not
//! its C, so that it does not fix the circuit by itself: [`Zkey::read`] is given the circuit and compares.

use super::binary::{
    ELEMENT, FIELD, Sections, write_field, write_head, write_number, write_section,
};
use super::contribution::{CONTRIBUTIONS, Contribution, read_contributions};
use super::point::{G1, G2, write_g1, write_g2, write_limbs};
use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::groth16::{FixedPoints, ProvingKey, Query, VerifyingKey, spread};
use crate::hash::F;
use ark_bn254::{Bn254, Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{One, PrimeField};
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

/// Entries of A and B in the file's order: row by row, A before B, then the rows of the inputs.
fn entries(m: &Matrices) -> impl Iterator<Item = (u32, u32, u32, F)> + '_ {
    let of_row = move |row: usize, side: usize| {
        let entry = move |(variable, c): (usize, usize)| {
            (side as u32, row as u32, variable as u32, m.coefficients[c])
        };
        m.sides[side].row(row).map(entry)
    };
    let rows = (0..m.constraints()).flat_map(move |row| of_row(row, 0).chain(of_row(row, 1)));
    let inputs = (0..m.inputs).map(|i| (0, (m.constraints() + i) as u32, i as u32, F::one()));
    rows.chain(inputs)
}

/// A proving key as snarkjs has it, with the contributions that made it.
///
/// Unlike [`ProvingKey`] it may be unsound: at the start of a ceremony delta is the generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zkey {
    /// The circuit: its A and B are in the file, its C is not.
    pub matrices: Matrices,
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
            matrices: m.clone(),
        }
    }

    /// The pair of keys. Nothing is said about who contributed: that is for a ceremony's transcript to show.
    ///
    /// # Errors
    /// [`Code::UnsoundKey`] as [`VerifyingKey`]; [`Code::Malformed`] if a B is there in one group only.
    pub fn into_keys(self, circuit_id: [u8; 32]) -> Result<(ProvingKey, VerifyingKey)> {
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
        let mut l = vec![G1Affine::identity(); self.matrices.inputs];
        l.extend(self.l);
        let key = ProvingKey {
            circuit_id,
            matrices: self.matrices,
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
        let m = &self.matrices;
        write_head(out, b"zkey", 1, 10)?;
        write_section(out, section::PROTOCOL, 4)?;
        write_number(out, 1)?;

        write_section(out, section::HEADER, HEADER)?;
        write_field::<Fq>(out)?;
        write_field::<F>(out)?;
        for n in [m.variables, m.inputs - 1, self.h.len()] {
            write_number(out, n)?;
        }
        write_g1(&self.alpha_g1, out)?;
        write_g1(&self.beta_g1, out)?;
        write_g2(&self.beta_g2, out)?;
        write_g2(&self.gamma_g2, out)?;
        write_g1(&self.delta_g1, out)?;
        write_g2(&self.delta_g2, out)?;

        write_section(out, section::INPUTS, G1 * m.inputs)?;
        self.inputs.iter().try_for_each(|point| write_g1(point, out))?;

        let count = m.sides[0].entries() + m.sides[1].entries() + m.inputs;
        write_section(out, section::COEFFICIENTS, 4 + ENTRY * count)?;
        write_number(out, count)?;
        for (side, row, variable, coefficient) in entries(m) {
            for n in [side, row, variable] {
                out.write_all(&n.to_le_bytes())?;
            }
            // An element whose value is the other's Montgomery form.
            write_limbs(&F::from(coefficient.0).0, out)?;
        }

        for (number, points) in [
            (section::A, &self.a),
            (section::B_G1, &self.b_g1),
            (section::L, &self.l),
            (section::H, &self.h),
        ] {
            write_section(out, number, G1 * points.len())?;
            points.iter().try_for_each(|point| write_g1(point, out))?;
        }
        write_section(out, section::B_G2, G2 * self.b_g2.len())?;
        self.b_g2.iter().try_for_each(|point| write_g2(point, out))?;

        let lengths = self.contributions.iter().map(Contribution::length);
        write_section(out, CONTRIBUTIONS, 64 + 4 + lengths.sum::<usize>())?;
        out.write_all(&self.circuit_hash)?;
        write_number(out, self.contributions.len())?;
        self.contributions.iter().try_for_each(|contribution| contribution.write(out))
    }

    /// Reads the file for a circuit.
    ///
    /// Every point is checked to be on its curve and in its subgroup. Reads section by section: memory is what the key takes,
    /// and no count is believed before it is compared with the circuit's.
    ///
    /// # Errors
    /// [`Code::Malformed`] for a file that is no such key or is damaged, [`Code::WrongCircuit`] if it is for another circuit,
    /// [`Code::BadPoint`] for its points.
    pub fn read(input: impl Read + Seek, matrices: Matrices) -> Result<Self> {
        let m = matrices;
        let mut file = Sections::open(input, "zkey", b"zkey", 1)?;
        file.section(section::PROTOCOL, 4)?;
        if file.number()? != 1 {
            return Err(file.malformed("is not for Groth16"));
        }
        file.section(section::HEADER, HEADER)?;
        file.field::<Fq>()?;
        file.field::<F>()?;
        let domain = (m.constraints() + m.inputs).next_power_of_two();
        for (what, expected) in
            [("variables", m.variables), ("public inputs", m.inputs - 1), ("points of H", domain)]
        {
            let found = file.number()?;
            if u64::from(found) != expected as u64 {
                let fault = format!("the zkey has {found} {what}; the circuit has {expected}.");
                return Err(Error::new(Code::WrongCircuit, fault));
            }
        }
        let (alpha_g1, beta_g1) = (file.g1()?, file.g1()?);
        let (beta_g2, gamma_g2) = (file.g2()?, file.g2()?);
        let (delta_g1, delta_g2) = (file.g1()?, file.g2()?);

        let inputs = file.points(section::INPUTS, m.inputs)?;
        let count = m.sides[0].entries() + m.sides[1].entries() + m.inputs;
        file.section(section::COEFFICIENTS, 4 + ENTRY * count)?;
        if file.number()? as usize != count {
            return Err(file.malformed("has another number of coefficients than its length says"));
        }
        for expected in entries(&m) {
            let found = (file.number()?, file.number()?, file.number()?, file.coefficient()?);
            if found != expected {
                let fault = format!("the zkey's row {} is not the circuit's.", expected.1);
                return Err(Error::new(Code::WrongCircuit, fault));
            }
        }
        let (a, b_g1) =
            (file.points(section::A, m.variables)?, file.points(section::B_G1, m.variables)?);
        file.section(section::B_G2, G2 * m.variables)?;
        let b_g2 = (0..m.variables).map(|_| file.g2()).collect::<Result<_>>()?;
        let l = file.points(section::L, m.variables - m.inputs)?;
        let h = file.points(section::H, domain)?;
        let (circuit_hash, contributions) = read_contributions(&mut file)?;
        Ok(Self {
            matrices: m,
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
    fn coefficient(&mut self) -> Result<F> {
        let once = self.montgomery(F::new_unchecked)?;
        Ok(F::new_unchecked(once.into_bigint()))
    }

    /// All points of a section, of which there must be `count`.
    fn points(&mut self, number: u32, count: usize) -> Result<Vec<G1Affine>> {
        self.section(number, G1 * count)?;
        (0..count).map(|_| self.g1()).collect()
    }
}
