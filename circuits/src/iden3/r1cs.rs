//! Circuits and assignments: `.r1cs`, `.sym`, `.wtns`.

use super::binary::{
    ELEMENT, FIELD, Sections, write_field, write_head, write_number, write_section,
};
use crate::cs::Matrices;
use crate::error::Result;
use crate::hash::F;
use ark_ff::{BigInteger, One, PrimeField};
use std::io::{self, Read, Seek, Write};

/// Writes a circuit as `.r1cs`, version 1. All public inputs are inputs, none is an output; labels are wire numbers.
/// `out` should be buffered.
pub fn write_r1cs(m: &Matrices, out: &mut impl Write) -> io::Result<()> {
    write_head(out, b"r1cs", 1, 3)?;
    write_section(out, 1, FIELD + 4 * 4 + 8 + 4)?;
    write_field::<F>(out)?;
    for n in [m.variables, 0, m.inputs - 1, m.variables - m.inputs] {
        write_number(out, n)?;
    }
    out.write_all(&(m.variables as u64).to_le_bytes())?;
    write_number(out, m.constraints())?;

    let entries: usize = m.sides.iter().map(|side| side.entries()).sum();
    write_section(out, 2, 3 * 4 * m.constraints() + (4 + ELEMENT) * entries)?;
    for i in 0..m.constraints() {
        for side in &m.sides {
            write_number(out, side.row(i).count())?;
            for (variable, coefficient) in side.row(i) {
                write_number(out, variable)?;
                write_element(&m.coefficients[coefficient], out)?;
            }
        }
    }

    write_section(out, 3, 8 * m.variables)?;
    (0..m.variables as u64).try_for_each(|label| out.write_all(&label.to_le_bytes()))
}

/// Writes what the wires of a circuit are called, as `.sym`: `label,wire,component,name`. Public inputs have the names given,
/// in order; a private variable is called by the first rule that mentions it, and its number among those.
pub fn write_symbols(m: &Matrices, inputs: &[String], out: &mut impl Write) -> io::Result<()> {
    let mut names: Vec<Option<(&'static str, usize)>> = vec![None; m.variables];
    let mut counts = std::collections::HashMap::new();
    for (i, rule) in m.names.iter().enumerate() {
        for (variable, _) in m.sides.iter().flat_map(|side| side.row(i)) {
            let name = &mut names[variable];
            if variable >= m.inputs && name.is_none() {
                let count = counts.entry(*rule).or_insert(0_usize);
                *name = Some((rule, *count));
                *count += 1;
            }
        }
    }
    for (wire, name) in names.iter().enumerate().skip(1) {
        write!(out, "{wire},{wire},0,main.")?;
        match (inputs.get(wire - 1), name) {
            (Some(input), _) if wire < m.inputs => writeln!(out, "{input}")?,
            (_, Some((rule, number))) => writeln!(out, "{}[{number}]", path(rule))?,
            (_, None) => writeln!(out, "free[{wire}]")?,
        }
    }
    Ok(())
}

/// A rule's name as circom writes paths: parts by dots, no spaces or commas.
fn path(rule: &str) -> String {
    let dotted = rule.replace(": ", ".");
    dotted.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '_' }).collect()
}

/// Writes an assignment as `.wtns`, version 2. It is as secret as the readings.
pub fn write_witness(assignment: &[F], out: &mut impl Write) -> io::Result<()> {
    write_head(out, b"wtns", 2, 2)?;
    write_section(out, 1, FIELD + 4)?;
    write_field::<F>(out)?;
    write_number(out, assignment.len())?;
    write_section(out, 2, ELEMENT * assignment.len())?;
    assignment.iter().try_for_each(|value| write_element(value, out))
}

/// Reads what [`write_witness`] and snarkjs write. Whether it meets a circuit is not looked at: see [`Matrices::holds`].
///
/// # Errors
/// [`crate::error::Code::Malformed`] for another file, a damaged one, a number of the field's order or above, or a first value that is not one.
pub fn read_witness(input: impl Read + Seek) -> Result<Vec<F>> {
    let mut file = Sections::open(input, "wtns", b"wtns", 2)?;
    file.section(1, 1, FIELD + 4)?;
    file.field::<F>()?;
    let count = file.number()? as usize;
    // Compared with the section's length first: a count alone allocates nothing.
    file.section(2, count, ELEMENT)?;
    // An integer below the modulus is an element.
    let value = |_| file.integer::<F>().map(F::from);
    let values: Vec<F> = (0..count).map(value).collect::<Result<_>>()?;
    if values.first() != Some(&F::one()) {
        return Err(file.malformed("does not begin with one"));
    }
    Ok(values)
}

fn write_element(value: &F, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&value.into_bigint().to_bytes_le())
}
