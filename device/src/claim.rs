//! What a device is asked to sign, and what its owner lets it sign.

use tiny_keccak::{Hasher, Keccak};

use crate::field::F;
use crate::poseidon::{Tag, hash_tagged};

/// Who a claim may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payee {
    /// Somebody paid by a contract on a chain, for whatever order.
    Settlement {
        /// EIP-155 chain id.
        chain_id: u64,
        /// Contract that settles.
        contract: [u8; 20],
        /// Who is paid.
        payee: [u8; 20],
    },
    /// A verifier, for whatever it challenges with.
    Verifier {
        /// Keccak-256 of its name.
        name: [u8; 32],
    },
}

impl Payee {
    /// The verifier of this name.
    pub fn verifier(name: &str) -> Self {
        let mut keccak = Keccak::v256();
        keccak.update(name.as_bytes());
        Self::Verifier { name: finish(keccak) }
    }

    /// What identifies it in the log: a digest, so that all take the same room.
    pub(crate) fn id(&self) -> [u8; 32] {
        finish(self.absorb(b"wattproof/payee/1"))
    }

    /// `abi.encode` of the domain, the kind and the parts.
    fn absorb(&self, domain: &[u8]) -> Keccak {
        let mut keccak = Keccak::v256();
        let mut digest = Keccak::v256();
        digest.update(domain);
        keccak.update(&finish(digest));
        match self {
            Self::Settlement { chain_id, contract, payee } => {
                word(&mut keccak, &[1]);
                word(&mut keccak, &chain_id.to_be_bytes());
                word(&mut keccak, contract);
                word(&mut keccak, payee);
            }
            Self::Verifier { name } => {
                word(&mut keccak, &[2]);
                word(&mut keccak, name);
            }
        }
        keccak
    }

    /// The context that a claim for it is bound to: `keccak256(abi.encode(domain, kind, ...)) >> 8`; `once` is the order or the
    /// verifier's nonce.
    fn context(&self, once: &[u8; 32]) -> F {
        let mut keccak = self.absorb(b"wattproof/context/1");
        keccak.update(once);
        let mut digest = finish(keccak);
        digest.reverse();
        F::from_bytes_reduced(&digest[1..])
    }
}

fn finish(keccak: Keccak) -> [u8; 32] {
    let mut digest = [0; 32];
    keccak.finalize(&mut digest);
    digest
}

/// Bytes at the end of a word of 32.
fn word(keccak: &mut Keccak, bytes: &[u8]) {
    keccak.update([0; 32].get(bytes.len()..).unwrap_or_default());
    keccak.update(bytes);
}

/// One policy that may be claimed under, for one payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The policy's digest.
    pub policy: F,
    /// Who it may be claimed for.
    pub payee: Payee,
}

impl Grant {
    pub(crate) fn to_bytes(self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.policy.to_bytes());
        bytes[32..].copy_from_slice(&self.payee.id());
        bytes
    }
}

/// A claim to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The policy's digest.
    pub policy: F,
    /// Begin of the period, Unix seconds.
    pub start: u64,
    /// Its end, exclusive.
    pub end: u64,
    /// Who it is for.
    pub payee: Payee,
    /// The order, or the verifier's nonce.
    pub once: [u8; 32],
}

impl Claim {
    pub(crate) fn grant(&self) -> Grant {
        Grant { policy: self.policy, payee: self.payee }
    }

    /// What is signed: `H(ATTEST, head, policy, period, context, meter_config)`.
    pub(crate) fn message(&self, head: F, config: F) -> F {
        let limb = |x: u64, i: u32| (x >> (32 * i)) as u32;
        let (start, end) = (self.start, self.end);
        let period = F::from_integer(&[
            limb(start, 0),
            limb(start, 1),
            limb(end, 0),
            limb(end, 1),
            0,
            0,
            0,
            0,
        ]);
        let context = self.payee.context(&self.once);
        hash_tagged(Tag::Attest, &[head, self.policy, period, context, config])
    }
}
