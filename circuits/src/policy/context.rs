//! What a claim is for. It is under the signer's signature, so that a claim cannot be redirected.

use crate::error::{Error, Result};
use crate::format::{
    Fault, FromJson, Prefixed, ToJson, Value, check_name, decimal, parse_part, read, write_object,
};
use crate::hash::{F, from_digest};
use serde::{Deserialize, Serialize};
use tiny_keccak::{Hasher, Keccak};

/// A verifier's challenge, or a settlement on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Context {
    /// For one contract, payee and order.
    Settlement {
        /// EIP-155 chain id.
        #[serde(with = "decimal")]
        chain_id: u64,
        /// Contract that settles.
        contract: Prefixed<20>,
        /// Who is paid.
        payee: Prefixed<20>,
        /// What is paid for.
        order: Prefixed<32>,
    },
    /// For one verifier, once.
    Challenge {
        /// The verifier's name; 1 to 128 bytes.
        verifier: String,
        /// What the verifier drew at random.
        nonce: Prefixed<32>,
    },
}

fn keccak(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Keccak::v256();
    let mut digest = [0; 32];
    hasher.update(bytes);
    hasher.finalize(&mut digest);
    digest
}

/// `bytes` at the end of a 32-byte word: how `abi.encode` writes integers and addresses.
fn word(bytes: &[u8], words: &mut Vec<u8>) {
    words.resize(words.len() + 32_usize.saturating_sub(bytes.len()), 0);
    words.extend_from_slice(bytes);
}

/// Most bytes of a context on its own.
const MAX_CONTEXT: usize = 4 << 10;

impl FromJson for Context {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (tag, kind) = value.tag("kind")?;
        match kind {
            "settlement" => {
                read! { value.read_tagged("kind") => chain_id, contract, payee, order }
                Ok(Self::Settlement { chain_id, contract, payee, order })
            }
            "challenge" => {
                read! { value.read_tagged("kind") => verifier, nonce }
                Ok(Self::Challenge { verifier, nonce })
            }
            other => Err(tag.unknown(other).within("kind")),
        }
    }
}

impl ToJson for Context {
    fn write(&self, json: &mut String) {
        match self {
            Self::Settlement { chain_id, contract, payee, order } => write_object(
                json,
                &[
                    ("kind", &"settlement"),
                    ("chain_id", chain_id),
                    ("contract", contract),
                    ("payee", payee),
                    ("order", order),
                ],
            ),
            Self::Challenge { verifier, nonce } => {
                let kind = &"challenge";
                write_object(json, &[("kind", kind), ("verifier", verifier), ("nonce", nonce)]);
            }
        }
    }
}

impl Context {
    /// Reads a context on its own.
    ///
    /// # Errors
    /// [`Code::TooLarge`](crate::error::Code::TooLarge), [`Code::Malformed`](crate::error::Code::Malformed) with line and
    /// column, or as [`Context::check`].
    pub fn from_json(text: &str) -> Result<Self> {
        let context: Self = parse_part(text, "context", MAX_CONTEXT)?;
        context.check()?;
        Ok(context)
    }

    /// Refuses a verifier without a name.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Settlement { .. } => Ok(()),
            Self::Challenge { verifier, .. } => check_name("context.verifier", verifier),
        }
    }

    /// The public input: `keccak256(abi.encode(domain, kind, ...)) >> 8`.
    pub fn field(&self) -> F {
        let mut words = keccak(b"wattproof/context/1").to_vec();
        match self {
            Self::Settlement { chain_id, contract, payee, order } => {
                word(&[1], &mut words);
                word(&chain_id.to_be_bytes(), &mut words);
                word(&contract.0, &mut words);
                word(&payee.0, &mut words);
                word(&order.0, &mut words);
            }
            Self::Challenge { verifier, nonce } => {
                word(&[2], &mut words);
                word(&keccak(verifier.as_bytes()), &mut words);
                word(&nonce.0, &mut words);
            }
        }
        from_digest(&keccak(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::decimal::field_string;

    fn settlement() -> Context {
        let order = core::array::from_fn(|i| i as u8);
        Context::Settlement {
            chain_id: 31_337,
            contract: Prefixed([0x11; 20]),
            payee: Prefixed([0x22; 20]),
            order: Prefixed(order),
        }
    }

    fn challenge() -> Context {
        Context::Challenge { verifier: "example-utility".into(), nonce: Prefixed([0xab; 32]) }
    }

    #[test]
    fn agrees_with_an_independent_abi_encoder() {
        // Made once with Python's eth-abi and pycryptodome: int(keccak256(abi.encode(...))) >> 8.
        assert_eq!(
            field_string(&settlement().field()),
            "150906123837532837514965826662345038504880293812181334201117762185993453737"
        );
        assert_eq!(
            field_string(&challenge().field()),
            "45251954598825360505682688669932878821347863654458282986002866051480424394"
        );
    }

    #[test]
    fn every_member_is_bound() {
        let Context::Settlement { chain_id, contract, payee, order } = settlement() else {
            unreachable!()
        };
        let one = Prefixed([1; 20]);
        let all = [
            settlement(),
            challenge(),
            Context::Settlement { chain_id: 1, contract, payee, order },
            Context::Settlement { chain_id, contract: one, payee, order },
            Context::Settlement { chain_id, contract, payee: one, order },
            Context::Settlement { chain_id, contract, payee, order: Prefixed([1; 32]) },
            Context::Challenge { verifier: "other".into(), nonce: Prefixed([0xab; 32]) },
            Context::Challenge { verifier: "example-utility".into(), nonce: Prefixed([0; 32]) },
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                assert_ne!(a.field(), b.field(), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn json_is_strict() {
        let json = serde_json::to_string(&settlement()).expect("string");
        let read = |json: &str| crate::format::parse::<Context>(json, "context", 4096);
        assert_eq!(read(&json).expect("back"), settlement());
        assert_eq!(serde_json::from_str::<Context>(&json).expect("back"), settlement());
        for (from, to) in [
            ("\"31337\"", "31337"),
            ("\"31337\"", "\"031337\""),
            ("settlement", "payment"),
            ("0x1111", "0X1111"),
            ("0x1111", "0x11"),
            ("\"order\"", "\"orders\""),
            ("\"order\"", "\"nonce\":\"0x00\",\"order\""),
            ("\"order\"", "\"chain_id\":\"1\",\"order\""),
        ] {
            let bad = json.replace(from, to);
            assert!(read(&bad).is_err() && serde_json::from_str::<Context>(&bad).is_err(), "{bad}");
        }
        let nameless = Context::Challenge { verifier: String::new(), nonce: Prefixed([0; 32]) };
        assert!(nameless.check().is_err());
    }
}
