//! `verification_key.json`, `proof.json`, `public.json` and calldata. Numbers are decimal strings; points are projective with Z = 1;
//! in calldata the parts of a G2 coordinate are the other way round, as the EVM's precompile has them.

use crate::error::{Code, Error, Result};
use crate::format::decimal::{parse_field, whole_256};
use crate::format::{Prefixed, clip, explain};
use crate::groth16::{Proof, VerifyingKey};
use crate::hash::F;
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use serde::{Deserialize, Serialize};

type Pair = [String; 2];

/// Most bytes of such a file.
pub const MAX_FILE: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
struct VerificationKey {
    protocol: String,
    curve: String,
    #[serde(rename = "nPublic")]
    public: usize,
    vk_alpha_1: [String; 3],
    vk_beta_2: [Pair; 3],
    vk_gamma_2: [Pair; 3],
    vk_delta_2: [Pair; 3],
    #[serde(rename = "IC")]
    inputs: Vec<[String; 3]>,
}

#[derive(Serialize, Deserialize)]
struct ProofFile {
    pi_a: [String; 3],
    pi_b: [Pair; 3],
    pi_c: [String; 3],
    protocol: String,
    curve: String,
}

/// A key as `verification_key.json`. Without `vk_alphabeta_12`, which snarkjs writes but does not read.
pub fn verification_key(key: &VerifyingKey) -> String {
    let points: ark_groth16::VerifyingKey<Bn254> = key.into();
    to_text(&VerificationKey {
        protocol: PROTOCOL.into(),
        curve: CURVE.into(),
        public: key.public_inputs(),
        vk_alpha_1: g1(&points.alpha_g1),
        vk_beta_2: g2(&points.beta_g2),
        vk_gamma_2: g2(&points.gamma_g2),
        vk_delta_2: g2(&points.delta_g2),
        inputs: points.gamma_abc_g1.iter().map(g1).collect(),
    })
}

/// Reads what [`verification_key`] and snarkjs write.
///
/// # Errors
/// [`Code::Malformed`] for another protocol or curve, or a number of points that is not the one it states; [`Code::BadPoint`] and
/// [`Code::UnsoundKey`] for its points.
pub fn read_verification_key(text: &str) -> Result<VerifyingKey> {
    let file: VerificationKey = parse(text, "verification_key.json")?;
    groth16_over_bn254(&file.protocol, &file.curve)?;
    if file.inputs.len() != file.public.saturating_add(1) {
        return Err(malformed("verification_key.json: IC needs one point more than nPublic says."));
    }
    let gamma_abc_g1 = file.inputs.iter().map(to_g1).collect::<Result<_>>()?;
    VerifyingKey::try_from(&ark_groth16::VerifyingKey::<Bn254> {
        alpha_g1: to_g1(&file.vk_alpha_1)?,
        beta_g2: to_g2(&file.vk_beta_2)?,
        gamma_g2: to_g2(&file.vk_gamma_2)?,
        delta_g2: to_g2(&file.vk_delta_2)?,
        gamma_abc_g1,
    })
}

/// A proof as `proof.json`.
pub fn proof(proof: &Proof) -> String {
    let points: ark_groth16::Proof<Bn254> = proof.into();
    to_text(&ProofFile {
        pi_a: g1(&points.a),
        pi_b: g2(&points.b),
        pi_c: g1(&points.c),
        protocol: PROTOCOL.into(),
        curve: CURVE.into(),
    })
}

/// Reads what [`proof`] and snarkjs write.
///
/// # Errors
/// [`Code::Malformed`] for another protocol or curve; [`Code::BadPoint`] for a point off the curve or subgroup, or the identity.
pub fn read_proof(text: &str) -> Result<Proof> {
    let file: ProofFile = parse(text, "proof.json")?;
    groth16_over_bn254(&file.protocol, &file.curve)?;
    let (a, b, c) = (to_g1(&file.pi_a)?, to_g2(&file.pi_b)?, to_g1(&file.pi_c)?);
    ark_groth16::Proof { a, b, c }.try_into()
}

/// Public inputs as `public.json`.
pub fn public_inputs(inputs: &[F]) -> String {
    to_text(&inputs.iter().map(F::to_string).collect::<Vec<_>>())
}

/// Reads what [`public_inputs`] and snarkjs write.
///
/// # Errors
/// [`Code::Malformed`] for what is no list of numbers below the field's order in decimal, without sign or leading zeros.
pub fn read_public_inputs(text: &str) -> Result<Vec<F>> {
    let numbers: Vec<String> = parse(text, "public.json")?;
    numbers.iter().map(|number| parse_field(number)).collect()
}

/// The arguments of a Solidity verifier's `verifyProof`, as `snarkjs zkey export soliditycalldata` prints them.
pub fn calldata(proof: &Proof, inputs: &[F]) -> String {
    let points: ark_groth16::Proof<Bn254> = proof.into();
    let g1 = |point: &G1Affine| {
        let (x, y) = point.xy().unwrap_or_default();
        format!("[{},{}]", quoted(&x), quoted(&y))
    };
    let pair = |part: &Fq2| format!("[{},{}]", quoted(&part.c1), quoted(&part.c0));
    let (x, y) = points.b.xy().unwrap_or_default();
    let inputs: Vec<String> = inputs.iter().map(quoted).collect();
    let (a, c) = (g1(&points.a), g1(&points.c));
    format!("{a},[{},{}],{c},[{}]", pair(&x), pair(&y), inputs.join(","))
}

/// Reads what [`calldata`] and snarkjs write: every number `0x` and 64 lower-case hex digits.
///
/// # Errors
/// [`Code::Malformed`] for another form; [`Code::BadPoint`] and [`Code::FieldRange`] for what is not below its modulus, and for points
/// off the curve or subgroup, or the identity.
pub fn read_calldata(text: &str) -> Result<(Proof, Vec<F>)> {
    type Words<const N: usize> = [Prefixed<32>; N];
    type Calldata = (Words<2>, [Words<2>; 2], Words<2>, Vec<Prefixed<32>>);
    let (a, [[x1, x0], [y1, y0]], c, inputs): Calldata =
        parse(&format!("[{}]", text.trim()), "calldata")?;
    let number = |word: &Prefixed<32>| {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(word.0.rchunks_exact(8)) {
            *limb = bytes.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        }
        BigInt(limbs)
    };
    let fq = |word: &_| Fq::from_bigint(number(word)).ok_or_else(no_coordinate);
    let g1 = |[x, y]: &Words<2>| on_curve(fq(x)?, fq(y)?);
    let b = in_subgroup(Fq2::new(fq(&x0)?, fq(&x1)?), Fq2::new(fq(&y0)?, fq(&y1)?))?;
    let proof = ark_groth16::Proof { a: g1(&a)?, b, c: g1(&c)? }.try_into()?;
    let too_large =
        || Error::new(Code::FieldRange, "calldata: a public input is not below the field's order.");
    let inputs = inputs.iter().map(|word| F::from_bigint(number(word)).ok_or_else(too_large));
    Ok((proof, inputs.collect::<Result<_>>()?))
}

const PROTOCOL: &str = "groth16";
/// What snarkjs calls BN254.
const CURVE: &str = "bn128";

fn groth16_over_bn254(protocol: &str, curve: &str) -> Result<()> {
    if (protocol, curve) == (PROTOCOL, CURVE) {
        return Ok(());
    }
    let (protocol, curve) = (clip(protocol, 40), clip(curve, 40));
    Err(malformed(&format!("{protocol} over {curve}; what is read here is groth16 over bn128.")))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T> {
    if text.len() > MAX_FILE {
        return Err(malformed(&format!("{what}: longer than {MAX_FILE} bytes.")));
    }
    serde_json::from_str(text).map_err(|e| malformed(explain(&e).at(what).message()))
}

fn to_text(file: &impl Serialize) -> String {
    // Strings and lists always serialise.
    serde_json::to_string_pretty(file).unwrap_or_default() + "\n"
}

fn malformed(message: &str) -> Error {
    Error::new(Code::Malformed, message.to_owned())
}

fn quoted<P: PrimeField>(x: &P) -> String {
    format!("\"{}\"", word(x))
}

/// A word of the EVM in hex.
pub(super) fn word<P: PrimeField>(x: &P) -> String {
    let bytes = x.into_bigint().to_bytes_be();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

fn g1(point: &G1Affine) -> [String; 3] {
    match point.xy() {
        Some((x, y)) => [x.to_string(), y.to_string(), "1".into()],
        None => ["0".into(), "1".into(), "0".into()],
    }
}

fn g2(point: &G2Affine) -> [Pair; 3] {
    let pair = |part: Fq2| [part.c0.to_string(), part.c1.to_string()];
    let (zero, one) = (Fq2::default(), Fq2::new(1.into(), 0.into()));
    match point.xy() {
        Some((x, y)) => [pair(x), pair(y), pair(one)],
        None => [pair(zero), pair(one), pair(zero)],
    }
}

fn coordinate(text: &str) -> Result<Fq> {
    whole_256(text).and_then(|limbs| Fq::from_bigint(BigInt(limbs))).ok_or_else(no_coordinate)
}

fn no_coordinate() -> Error {
    Error::new(Code::BadPoint, "a coordinate is no number below the curve's modulus.")
}

/// Only the affine form: snarkjs writes no other.
fn affine(z: bool) -> Result<()> {
    let fault = "a point's Z is not 1: write points in affine form.";
    if z { Ok(()) } else { Err(Error::new(Code::BadPoint, fault)) }
}

fn off_subgroup() -> Error {
    Error::new(Code::BadPoint, "a point is not of the curve's subgroup.")
}

fn to_g1([x, y, z]: &[String; 3]) -> Result<G1Affine> {
    affine(z == "1")?;
    on_curve(coordinate(x)?, coordinate(y)?)
}

fn on_curve(x: Fq, y: Fq) -> Result<G1Affine> {
    let point = G1Affine::new_unchecked(x, y);
    if point.is_on_curve() { Ok(point) } else { Err(off_subgroup()) }
}

fn to_g2([x, y, z]: &[Pair; 3]) -> Result<G2Affine> {
    affine(z[0] == "1" && z[1] == "0")?;
    let pair = |[c0, c1]: &Pair| Ok::<_, Error>(Fq2::new(coordinate(c0)?, coordinate(c1)?));
    in_subgroup(pair(x)?, pair(y)?)
}

fn in_subgroup(x: Fq2, y: Fq2) -> Result<G2Affine> {
    let point = G2Affine::new_unchecked(x, y);
    let good = point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve();
    if good { Ok(point) } else { Err(off_subgroup()) }
}
