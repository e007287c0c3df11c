//! Proving keys as snarkjs has them: `.zkey`, version 1, protocol Groth16.
//!
//! Coordinates are in Montgomery form (`x * 2^256`), coefficients twice so (`c * 2^512`). The file has the circuit's A and B, but not
//! its C, so that it does not fix the circuit by itself: [`read_zkey`] is given the circuit and compares.

use super::binary::{
    ELEMENT, FIELD, Sections, write_field, write_head, write_number, write_section,
};
use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::groth16::{FixedPoints, ProvingKey, Query, VerifyingKey, spread};
use crate::hash::F;
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{One, PrimeField, Zero};
use std::io::{self, Read, Seek, Write};

const G1: usize = 2 * ELEMENT;
const G2: usize = 4 * ELEMENT;
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
    pub(super) const CONTRIBUTIONS: u32 = 10;
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

/// Writes a key as a `.zkey` without contributions, whose `circuit hash` is left zero: for proving, not to go on a ceremony with.
/// `out` should be buffered.
pub fn write_zkey(
    key: &ProvingKey,
    verifying: &VerifyingKey,
    out: &mut impl Write,
) -> io::Result<()> {
    let m = &key.matrices;
    let fixed = &key.fixed;
    let verifying: ark_groth16::VerifyingKey<Bn254> = verifying.into();
    write_head(out, b"zkey", 1, 10)?;
    write_section(out, section::PROTOCOL, 4)?;
    write_number(out, 1)?;

    write_section(out, section::HEADER, HEADER)?;
    write_field::<Fq>(out)?;
    write_field::<F>(out)?;
    for n in [m.variables, m.inputs - 1, key.h.len()] {
        write_number(out, n)?;
    }
    write_g1(&fixed.alpha_g1, out)?;
    write_g1(&fixed.beta_g1, out)?;
    write_g2(&fixed.beta_g2, out)?;
    write_g2(&verifying.gamma_g2, out)?;
    write_g1(&fixed.delta_g1, out)?;
    write_g2(&fixed.delta_g2, out)?;

    write_section(out, section::INPUTS, G1 * m.inputs)?;
    verifying.gamma_abc_g1.iter().try_for_each(|point| write_g1(point, out))?;

    let count = m.sides[0].entries() + m.sides[1].entries() + m.inputs;
    write_section(out, section::COEFFICIENTS, 4 + ENTRY * count)?;
    write_number(out, count)?;
    for (side, row, variable, coefficient) in entries(m) {
        for n in [side, row, variable] {
            out.write_all(&n.to_le_bytes())?;
        }
        // An element whose value is the other's Montgomery form.
        write_montgomery(&F::from(coefficient.0), out)?;
    }

    for (number, query) in [(section::A, &key.a), (section::B_G1, &key.b_g1)] {
        write_section(out, number, G1 * m.variables)?;
        let points = spread(&query.variables, &query.points, m.variables);
        points.iter().try_for_each(|point| write_g1(point, out))?;
    }
    write_section(out, section::B_G2, G2 * m.variables)?;
    let points = spread(&key.b_g1.variables, &key.b_g2, m.variables);
    points.iter().try_for_each(|point| write_g2(point, out))?;
    write_section(out, section::L, G1 * (m.variables - m.inputs))?;
    let points = spread(&key.l.variables, &key.l.points, m.variables);
    points[m.inputs..].iter().try_for_each(|point| write_g1(point, out))?;
    write_section(out, section::H, G1 * key.h.len())?;
    key.h.iter().try_for_each(|point| write_g1(point, out))?;
    write_section(out, section::CONTRIBUTIONS, 64 + 4)?;
    out.write_all(&[0; 64])?;
    write_number(out, 0)
}

/// Reads a `.zkey` for a circuit. Nothing is said about who contributed to it: that is for a ceremony's transcript to show.
///
/// Every point is checked to be on its curve and in its subgroup. Reads section by section: memory is what the key takes, and no
/// count is believed before it is compared with the circuit's.
///
/// # Errors
/// [`Code::Malformed`] for a file that is no such key or is damaged, [`Code::WrongCircuit`] if it is for another circuit,
/// [`Code::BadPoint`] and [`Code::UnsoundKey`] for its points.
pub fn read_zkey(
    input: impl Read + Seek,
    circuit_id: [u8; 32],
    matrices: Matrices,
) -> Result<(ProvingKey, VerifyingKey)> {
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

    file.section(section::INPUTS, G1 * m.inputs)?;
    let gamma_abc_g1 = file.many(m.inputs, Sections::g1)?;
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

    file.section(section::A, G1 * m.variables)?;
    let a = file.many(m.variables, Sections::g1)?;
    file.section(section::B_G1, G1 * m.variables)?;
    let b_g1 = file.many(m.variables, Sections::g1)?;
    file.section(section::B_G2, G2 * m.variables)?;
    let b_g2 = file.many(m.variables, Sections::g2)?;
    let private = m.variables - m.inputs;
    file.section(section::L, G1 * private)?;
    let mut l = vec![G1Affine::identity(); m.inputs];
    l.extend(file.many(private, Sections::g1)?);
    file.section(section::H, G1 * domain)?;
    let h = file.many(domain, Sections::g1)?;
    // Longer with each contribution; not what proving needs.
    file.find(section::CONTRIBUTIONS)?;
    if b_g1.iter().zip(&b_g2).any(|(one, two)| one.is_zero() != two.is_zero()) {
        return Err(file.malformed("has a B in one group that is not in the other"));
    }

    let verifying =
        ark_groth16::VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 };
    let verifying = VerifyingKey::try_from(&verifying)?;
    let key = ProvingKey {
        circuit_id,
        matrices: m,
        fixed: FixedPoints { alpha_g1, beta_g1, delta_g1, beta_g2, delta_g2 },
        a: Query::new(&a, AffineRepr::is_zero),
        b_g1: Query::new(&b_g1, AffineRepr::is_zero),
        b_g2: b_g2.into_iter().filter(|point| !point.is_zero()).collect(),
        l: Query::new(&l, AffineRepr::is_zero),
        h,
    };
    Ok((key, verifying))
}

impl<R: Read + Seek> Sections<R> {
    fn montgomery<P: PrimeField<BigInt = ark_ff::BigInt<4>>>(
        &mut self,
        new: impl Fn(P::BigInt) -> P,
    ) -> Result<P> {
        self.integer::<P>().map(new)
    }

    fn coefficient(&mut self) -> Result<F> {
        let once = self.montgomery(F::new_unchecked)?;
        Ok(F::new_unchecked(once.into_bigint()))
    }

    fn g1(&mut self) -> Result<G1Affine> {
        let x = self.montgomery(Fq::new_unchecked)?;
        let y = self.montgomery(Fq::new_unchecked)?;
        if x.is_zero() && y.is_zero() {
            return Ok(G1Affine::identity());
        }
        self.checked(G1Affine::new_unchecked(x, y), G1Affine::is_on_curve)
    }

    fn g2(&mut self) -> Result<G2Affine> {
        let mut coordinates = [Fq::zero(); 4];
        for coordinate in &mut coordinates {
            *coordinate = self.montgomery(Fq::new_unchecked)?;
        }
        let [x0, x1, y0, y1] = coordinates;
        if coordinates.iter().all(Fq::is_zero) {
            return Ok(G2Affine::identity());
        }
        let point = G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1));
        self.checked(point, |p| p.is_on_curve() && p.is_in_correct_subgroup_assuming_on_curve())
    }

    fn checked<P>(&self, point: P, good: impl Fn(&P) -> bool) -> Result<P> {
        let fault = "the zkey has a point that is not of the curve's subgroup.";
        if good(&point) { Ok(point) } else { Err(Error::new(Code::BadPoint, fault)) }
    }

    fn many<T>(&mut self, count: usize, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        (0..count).map(|_| read(self)).collect()
    }
}

fn write_montgomery<P: PrimeField<BigInt = ark_ff::BigInt<4>> + Montgomery>(
    x: &P,
    out: &mut impl Write,
) -> io::Result<()> {
    x.montgomery().0.iter().try_for_each(|limb| out.write_all(&limb.to_le_bytes()))
}

/// An element as it lies in memory.
trait Montgomery {
    fn montgomery(&self) -> ark_ff::BigInt<4>;
}

impl<C: ark_ff::FpConfig<4>> Montgomery for ark_ff::Fp<C, 4> {
    fn montgomery(&self) -> ark_ff::BigInt<4> {
        self.0
    }
}

fn write_g1(point: &G1Affine, out: &mut impl Write) -> io::Result<()> {
    let (x, y) = point.xy().unwrap_or_default();
    write_montgomery(&x, out)?;
    write_montgomery(&y, out)
}

fn write_g2(point: &G2Affine, out: &mut impl Write) -> io::Result<()> {
    let (x, y) = point.xy().unwrap_or_default();
    [x.c0, x.c1, y.c0, y.c1].iter().try_for_each(|part| write_montgomery(part, out))
}
