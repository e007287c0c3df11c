//! Public keys of charging meters.

use ecdsa::VerifyingKey;
use ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::signature::{Algorithm, hex};
use super::split;
use crate::import::error::{Fault, ImportError, Problem, Result, clip};

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const BRAINPOOL256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const BRAINPOOL384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11");
const SECP192R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1");
const SECP192K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.31");

/// Longest file that is taken for a key.
const LIMIT: usize = 64 * 1024;

/// A meter's public key. Whose it is, is for the caller to know: nothing of a certificate but the key is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey {
    point: Point,
    fingerprint: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Point {
    Secp256r1(VerifyingKey<p256::NistP256>),
    Secp256k1(VerifyingKey<k256::Secp256k1>),
    Brainpool256r1(VerifyingKey<bp256::BrainpoolP256r1>),
    Secp384r1(VerifyingKey<p384::NistP384>),
    Brainpool384r1(VerifyingKey<bp384::BrainpoolP384r1>),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo or an X.509 certificate: DER, PEM, hex or base64. `name` is what errors call the file.
    ///
    /// # Errors
    /// `bad-public-key`, or `unsupported-algorithm` for a curve that is not checked here, with its name.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ImportError> {
        Self::read(bytes).map_err(|problem| ImportError::new(name, Fault::file(problem)))
    }

    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let bad = |why: &str| Problem::BadKey(why.into());
        if bytes.len() > LIMIT {
            return Err(bad("longer than any key"));
        }
        // A SEQUENCE, which as text would be the digit 0.
        if bytes.first() == Some(&0x30) && std::str::from_utf8(bytes).is_err() {
            return Self::from_der(bytes);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| bad("neither DER nor text"))?.trim();
        let der = match text.strip_prefix("-----BEGIN ") {
            Some(pem) => pem_body(pem)
                .and_then(split::base64)
                .ok_or_else(|| bad("not one PEM block of a PUBLIC KEY or a CERTIFICATE"))?,
            None => split::hex(text)
                .or_else(|| split::base64(text))
                .ok_or_else(|| bad("neither hex nor base64"))?,
        };
        Self::from_der(&der)
    }

    fn from_der(der: &[u8]) -> Result<Self, Problem> {
        if let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) {
            return Self::from_info(info, der);
        }
        let bad =
            |_| Problem::BadKey("neither a SubjectPublicKeyInfo nor an X.509 certificate".into());
        let certificate = Certificate::from_der(der).map_err(bad)?;
        let info = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(bad)?;
        Self::from_info(SubjectPublicKeyInfoRef::from_der(&info).map_err(bad)?, &info)
    }

    fn from_info(info: SubjectPublicKeyInfoRef<'_>, der: &[u8]) -> Result<Self, Problem> {
        let bad = |why: &str| Problem::BadKey(why.into());
        if info.algorithm.oid != EC {
            return Err(Problem::UnsupportedAlgorithm(format!(
                "of a key that is not one for ECDSA ({})",
                info.algorithm.oid
            )));
        }
        let curve = info.algorithm.parameters_oid().map_err(|_| bad("its curve is not named"))?;
        let point = info.subject_public_key.as_bytes().unwrap_or_default();
        // A compressed point would give the same key a second fingerprint.
        if point.first() != Some(&4) {
            return Err(bad("its point is not uncompressed"));
        }
        let off = |_| bad("its point is not on its curve");
        let point = match curve {
            SECP256R1 => Point::Secp256r1(VerifyingKey::from_sec1_bytes(point).map_err(off)?),
            SECP256K1 => Point::Secp256k1(VerifyingKey::from_sec1_bytes(point).map_err(off)?),
            BRAINPOOL256R1 => {
                Point::Brainpool256r1(VerifyingKey::from_sec1_bytes(point).map_err(off)?)
            }
            SECP384R1 => Point::Secp384r1(VerifyingKey::from_sec1_bytes(point).map_err(off)?),
            BRAINPOOL384R1 => {
                Point::Brainpool384r1(VerifyingKey::from_sec1_bytes(point).map_err(off)?)
            }
            SECP192R1 => {
                return Err(Problem::UnsupportedAlgorithm("ECDSA-secp192r1-SHA256".into()));
            }
            SECP192K1 => {
                return Err(Problem::UnsupportedAlgorithm("ECDSA-secp192k1-SHA256".into()));
            }
            other => {
                let name = format!("of a key on the curve {}", clip(&other.to_string()));
                return Err(Problem::UnsupportedAlgorithm(name));
            }
        };
        Ok(Self { point, fingerprint: hex(&Sha256::digest(der)) })
    }

    /// What it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.point {
            Point::Secp256r1(_) => Algorithm::Secp256r1,
            Point::Secp256k1(_) => Algorithm::Secp256k1,
            Point::Brainpool256r1(_) => Algorithm::Brainpool256r1,
            Point::Secp384r1(_) => Algorithm::Secp384r1,
            Point::Brainpool384r1(_) => Algorithm::Brainpool384r1,
        }
    }

    /// SHA-256 of its SubjectPublicKeyInfo (DER), lower-case hex.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// Whether a DER signature fits a SHA-256. Of the two signatures that anybody can make of one, both do.
    pub(super) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        macro_rules! verifies {
            ($key:expr) => {
                ecdsa::Signature::from_der(signature)
                    .is_ok_and(|signature| $key.verify_prehash(digest, &signature).is_ok())
            };
        }
        match &self.point {
            Point::Secp256r1(key) => verifies!(key),
            // This library takes low values of s only; meters sign with either.
            Point::Secp256k1(key) => ecdsa::Signature::from_der(signature).is_ok_and(|signature| {
                key.verify_prehash(digest, &signature.normalize_s()).is_ok()
            }),
            Point::Brainpool256r1(key) => verifies!(key),
            Point::Secp384r1(key) => verifies!(key),
            Point::Brainpool384r1(key) => verifies!(key),
        }
    }
}

/// What is between the lines of the only block, after its first `-----BEGIN `.
fn pem_body(pem: &str) -> Option<&str> {
    let (label, rest) = pem.split_once("-----")?;
    let (body, end) = rest.split_once("-----END ")?;
    let known = matches!(label, "PUBLIC KEY" | "CERTIFICATE");
    let closed = end.strip_prefix(label)?.strip_prefix("-----")?;
    (known && closed.is_empty()).then_some(body)
}
