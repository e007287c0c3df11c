//! The member's side: masks that cancel.
//!
//! With a and A a member's secret and public key, B another's, the two share the point `a B`. A mask is SHA-256 of
//!
//! `wattproof/mask/1`, a zero byte, x and y of that point, roster digest, policy digest, period start and end, output, the lower
//! and the higher of the two members' places, and a label.
//!
//! Coordinates and digests have 32 bytes, times eight, other numbers four, big-endian; the label is one byte. Labels 0 and 1
//! give the 64 bytes of the blinding's mask, a big-endian number taken modulo l; the first eight bytes of label 2 are the
//! value's mask.

use super::{MaskPublicKey, Roster, Share, Subject};
use crate::commitment::{Blinding, commit};
use crate::curve::Scalar;
use crate::error::{Code, Error, Result};
use ark_ec::CurveGroup;
use ark_ff::{BigInteger, PrimeField, Zero};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// A member's secret for masks, for all its rounds. Wiped when dropped, never shown, never cloned.
pub struct MaskKey {
    seed: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaskKey(..)")
    }
}

impl MaskKey {
    /// A fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// If there is none.
    pub fn generate() -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        crate::random::fill(seed.as_mut())?;
        Ok(Self { seed })
    }

    /// The key with this seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed: Zeroizing::new(seed) }
    }

    /// The seed, to be stored with care.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    fn secret(&self) -> Zeroizing<Scalar> {
        let hasher = Sha512::new_with_prefix("wattproof/mask-key/1\0");
        let digest: Zeroizing<[u8; 64]> =
            Zeroizing::new(hasher.chain_update(self.seed.as_ref()).finalize().into());
        Zeroizing::new(Scalar::from_be_bytes_mod_order(digest.as_ref()))
    }

    /// What a roster lists: the secret times Base8.
    pub fn public(&self) -> MaskPublicKey {
        MaskPublicKey::of_secret(&self.secret())
    }

    /// The masks for one value: the same whenever asked for the same roster and subject, so they must never serve another value.
    ///
    /// Before it comes to this the member should know that the roster's names are whom it means to be summed with: a roster full
    /// of one stranger's keys lays its value open.
    ///
    /// # Errors
    /// [`Code::MemberMissing`] if the roster does not list the key.
    pub fn masks(&self, roster: &Roster, subject: &Subject) -> Result<Masks> {
        let (own, members) = (self.public(), roster.members());
        let place = members.iter().position(|member| member.key == own).ok_or_else(|| {
            Error::new(Code::MemberMissing, "the roster does not list this mask key.")
        })?;
        let secret = self.secret();
        let mut blinding = Zeroizing::new(Scalar::zero());
        let mut value = Zeroizing::new(0_u64);
        for (other, member) in members.iter().enumerate().filter(|(other, _)| *other != place) {
            let mut shared = (*member.key.point() * *secret).into_affine();
            let (low, high) = (place.min(other), place.max(other));
            let hasher = Sha256::new_with_prefix("wattproof/mask/1\0")
                .chain_update(&*Zeroizing::new(shared.x.into_bigint().to_bytes_be()))
                .chain_update(&*Zeroizing::new(shared.y.into_bigint().to_bytes_be()))
                .chain_update(roster.digest().0)
                .chain_update(subject.policy_digest.into_bigint().to_bytes_be())
                .chain_update(subject.period.start().to_be_bytes())
                .chain_update(subject.period.end().to_be_bytes())
                .chain_update(subject.output.to_be_bytes())
                // A roster has at most 4096 members.
                .chain_update((low as u32).to_be_bytes())
                .chain_update((high as u32).to_be_bytes());
            shared.zeroize();
            let mut wide = Zeroizing::new([0; 64]);
            wide[..32].copy_from_slice(&hasher.clone().chain_update([0]).finalize());
            wide[32..].copy_from_slice(&hasher.clone().chain_update([1]).finalize());
            let scalar = Zeroizing::new(Scalar::from_be_bytes_mod_order(wide.as_ref()));
            let third = hasher.chain_update([2]).finalize();
            let number = third[..8].iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
            if place < other {
                *blinding += *scalar;
                *value = value.wrapping_add(number);
            } else {
                *blinding -= *scalar;
                *value = value.wrapping_sub(number);
            }
        }
        let roster = *roster.digest();
        let blinding = Blinding::from_scalar(*blinding);
        // Both places fit, as above.
        Ok(Masks { roster, subject: *subject, member: place as u32, blinding, value })
    }
}

/// A member's masks for one value. Wiped when dropped, never shown, never cloned.
#[must_use]
pub struct Masks {
    roster: crate::format::Digest,
    subject: Subject,
    member: u32,
    blinding: Blinding,
    value: Zeroizing<u64>,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masks").field("member", &self.member).finish_non_exhaustive()
    }
}

impl Masks {
    /// The member's place in the roster.
    pub fn member(&self) -> u32 {
        self.member
    }

    /// What the proof commits under.
    pub fn blinding(&self) -> &Blinding {
        &self.blinding
    }

    /// The share, given for one value: that which the proof commits to.
    pub fn share(self, value: u64) -> Share {
        let Self { roster, subject, member, ref blinding, value: ref mask } = self;
        let commitment = commit(value, blinding);
        Share { roster, subject, member, commitment, masked: value.wrapping_add(**mask) }
    }
}
