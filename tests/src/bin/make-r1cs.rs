//! Writes a claim's circuit and assignment as other provers read them, to compare with these: `make-r1cs PACKAGE VK PK R1CS WTNS`.
//!
//! The assignment is as secret as the readings.

use ark_ff::{BigInteger, PrimeField};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use wattproof_circuits::cs::{Evaluator, Matrices};
use wattproof_circuits::format::VerifyingKeyFile;
use wattproof_circuits::groth16::Outline;
use wattproof_circuits::hash::F;
use wattproof_circuits::relation::Claim;
use wattproof_tests::Any;

fn main() -> Any<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [package, verifying, proving, r1cs, wtns] = args.as_slice() else {
        return Err("make-r1cs PACKAGE VK PK R1CS WTNS".into());
    };
    let claim = Claim::from_json(&fs::read_to_string(package)?)?;
    let verifying = VerifyingKeyFile::from_json(&fs::read_to_string(verifying)?)?;
    let key = Outline::read(File::open(proving)?, &verifying.proving_key_sha256().0)?;
    let (_, relation) = claim.check()?;
    let assignment = Evaluator::assign(&relation, key.matrices.variables);
    fs::write(r1cs, circuit(&key.matrices)?)?;
    let mut out = BufWriter::new(File::create(wtns)?);
    file(&mut out, b"wtns", 2, &[witness_header(assignment.len()), elements(&assignment)])?;
    Ok(out.flush()?)
}

/// A file of numbered sections, as iden3's tools read them.
fn file(out: &mut impl Write, magic: &[u8; 4], version: u32, sections: &[Vec<u8>]) -> Any<()> {
    out.write_all(magic)?;
    out.write_all(&version.to_le_bytes())?;
    out.write_all(&(sections.len() as u32).to_le_bytes())?;
    for (number, section) in (1_u32..).zip(sections) {
        out.write_all(&number.to_le_bytes())?;
        out.write_all(&(section.len() as u64).to_le_bytes())?;
        out.write_all(section)?;
    }
    Ok(())
}

fn circuit(m: &Matrices) -> Any<Vec<u8>> {
    let number = |n: usize| (n as u32).to_le_bytes();
    let mut header = field();
    // All public inputs count as outputs: for proving there is no difference.
    for n in [m.variables, m.inputs - 1, 0, m.variables - m.inputs] {
        header.extend(number(n));
    }
    header.extend((m.variables as u64).to_le_bytes());
    header.extend(number(m.constraints()));
    let mut rows = Vec::new();
    for i in 0..m.constraints() {
        for side in &m.sides {
            let row: Vec<_> = side.row(i).collect();
            rows.extend(number(row.len()));
            for (variable, coefficient) in row {
                rows.extend(number(variable));
                rows.extend(m.coefficients[coefficient].into_bigint().to_bytes_le());
            }
        }
    }
    let labels = (0..m.variables as u64).flat_map(u64::to_le_bytes).collect();
    let mut bytes = Vec::new();
    file(&mut bytes, b"r1cs", 1, &[header, rows, labels])?;
    Ok(bytes)
}

/// How wide an element is, and the modulus.
fn field() -> Vec<u8> {
    let mut bytes = 32_u32.to_le_bytes().to_vec();
    bytes.extend(F::MODULUS.to_bytes_le());
    bytes
}

fn witness_header(count: usize) -> Vec<u8> {
    let mut bytes = field();
    bytes.extend((count as u32).to_le_bytes());
    bytes
}

fn elements(xs: &[F]) -> Vec<u8> {
    xs.iter().flat_map(|x| x.into_bigint().to_bytes_le()).collect()
}
