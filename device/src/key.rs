//! The device's key: EdDSA over Baby Jubjub with Poseidon, byte for byte what `circuits` and `@zk-kit/eddsa-poseidon` verify,
//! signed without a step that depends on a secret; and the salts of blocks.

use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

use crate::curve::{Addend, Extended, Point};
use crate::field::{F, Limbs, Scalar, select};
use crate::poseidon::hash_challenge;
use crate::tables::COMB;

/// A signature: `S Base8 = R + h 8A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Commitment to the nonce.
    pub r: Point,
    /// Response; canonical below the subgroup's order.
    pub s: Scalar,
}

/// The secret key. Wiped when dropped, never shown, never cloned.
pub struct SecretKey {
    seed: Zeroizing<[u8; 32]>,
    /// The secret scalar: an integer.
    scalar: Zeroizing<Limbs>,
    public: Point,
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl SecretKey {
    /// The key with this seed, which must come from a true source of randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let seed = Zeroizing::new(*seed);
        let scalar = Zeroizing::new(wide(&seed, b"key", &[]).integer());
        let public = multiple(&scalar);
        Self { seed, scalar, public }
    }

    /// The public key.
    pub fn public(&self) -> &Point {
        &self.public
    }

    /// The salt of one block: 248 bits that only the key's holder can compute.
    pub fn salt(&self, meter_config: &F, index: u32, start: u64) -> F {
        let mut hasher = Sha512::new_with_prefix("wattproof/salt/1/");
        hasher.update(self.seed.as_ref());
        hasher.update(meter_config.to_bytes());
        hasher.update(index.to_le_bytes());
        hasher.update(start.to_le_bytes());
        let digest = Zeroizing::new(<[u8; 64]>::from(hasher.finalize()));
        F::from_bytes_reduced(&digest[..31])
    }

    /// Signs. The nonce is a function of key and message, so that no two messages share one.
    pub fn sign(&self, message: &F) -> Signature {
        let mut attempt = 0u64;
        loop {
            let (bytes, count) = (message.to_bytes(), attempt.to_le_bytes());
            let nonce = Zeroizing::new(wide(&self.seed, b"nonce", &[&bytes, &count]).integer());
            let r = multiple(&nonce);
            let challenge = hash_challenge(&[r.x, r.y, self.public.x, self.public.y, *message]);
            let h = Scalar::from_integer(&challenge.integer()) * Scalar::from_u64(8);
            let s = Scalar::from_integer(&nonce) + h * Scalar::from_integer(&self.scalar);
            if is_provable(&challenge, &s) {
                return Signature { r, s };
            }
            attempt += 1;
        }
    }
}

fn wide(seed: &[u8; 32], purpose: &[u8], more: &[&[u8]]) -> Scalar {
    let mut hasher = Sha512::new_with_prefix("wattproof/eddsa/1/");
    hasher.update(purpose);
    hasher.update(seed);
    for bytes in more {
        hasher.update(bytes);
    }
    let digest = Zeroizing::new(<[u8; 64]>::from(hasher.finalize()));
    Scalar::from_bytes_reduced(digest.as_ref())
}

/// `scalar Base8`, for a scalar below 2^252: 63 doublings and 63 additions, each of an entry that is picked by reading all.
fn multiple(scalar: &Limbs) -> Point {
    let bit = |i: usize| scalar[i / 32] >> (i % 32) & 1;
    let mut sum = Extended::IDENTITY;
    for i in (0..63).rev() {
        let mut index = bit(i) | bit(i + 63) << 1 | bit(i + 126) << 2 | bit(i + 189) << 3;
        let mut picked = [[0; 8]; 3];
        for (entry, coordinates) in (0u32..).zip(&COMB) {
            let other = entry ^ index;
            // 1 where they are the same: only 0 - 1 has the top bit.
            let same = other.wrapping_sub(1) >> 31;
            for (picked, coordinate) in picked.iter_mut().zip(coordinates) {
                *picked = select(picked, coordinate, same);
            }
        }
        let [x, y, dt] = picked.map(F::from_raw);
        sum = sum.double().add(&Addend { x, y, dt });
        picked.zeroize();
        index.zeroize();
    }
    sum.affine()
}

/// Whether the circuit accepts a signature with this challenge and response, both public: all but one in 2^62. The three numbers are
/// those of `wattproof_circuits::gadget::is_provable`, whose circuit compares no more than top bits.
pub fn is_provable(challenge: &F, s: &Scalar) -> bool {
    /// `11 l - 2^254`; then the top bits of it, of it plus r, and of l.
    const LIFT: Limbs = [
        0x746c_ac5b,
        0x71ec_8676,
        0x746a_3a72,
        0x5bb4_36ea,
        0xf211_d980,
        0x5d6e_5fda,
        0xf5a4_3c39,
        0x0289_ebdd,
    ];
    const LOW: u64 = 0x0a27_af77_d690_f0e5;
    const HIGH: u64 = 0xcbb8_e943_5b57_718c;
    const ORDER: u64 = 0xc191_39cb_84c6_80a6;
    let (mut lifted, mut carry) = ([0; 8], 0);
    for (i, x) in challenge.integer().iter().enumerate() {
        let sum = u64::from(*x) + u64::from(LIFT[i]) + carry;
        lifted[i] = sum as u32;
        carry = sum >> 32;
    }
    let top = top(&lifted, 190);
    LOW < top && top < HIGH && self::top(&s.integer(), 187) < ORDER
}

/// 64 bits from bit `from` on; `from` is not a multiple of 32.
fn top(limbs: &Limbs, from: usize) -> u64 {
    let limb = |i: usize| limbs.get(i).map_or(0, |limb| u128::from(*limb));
    let i = from / 32;
    ((limb(i) | limb(i + 1) << 32 | limb(i + 2) << 64) >> (from % 32)) as u64
}
