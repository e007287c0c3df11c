//! Who is in a sum: fixed before anybody blinds.

use crate::curve::{Point, subgroup_point};
use crate::error::{Code, Error, Result, message};
use crate::format::{Digest, check_name};
use crate::hash::F;
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use sha2::Digest as _;

/// Fewest members of a roster. Of two, each would learn the other's value from the sum.
pub const MIN_MEMBERS: usize = 3;

/// Most members of a roster: each member has a secret to compute with each other one.
pub const MAX_MEMBERS: usize = 4096;

/// The public half of a member's [`MaskKey`](crate::aggregate): a point of the prime subgroup, not the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskPublicKey(Point);

impl MaskPublicKey {
    /// A key from its coordinates.
    ///
    /// # Errors
    /// [`Code::BadKey`] for the identity and for what is no point of the subgroup of prime order.
    pub fn new(x: F, y: F) -> Result<Self> {
        let refusal = || {
            let message =
                "The mask key is not a point of Baby Jubjub's prime subgroup, or the identity.";
            Error::new(Code::BadKey, message)
        };
        subgroup_point(x, y).filter(|p| !p.is_zero()).map(Self).ok_or_else(refusal)
    }

    /// The point.
    pub fn point(&self) -> &Point {
        &self.0
    }

    #[cfg(feature = "prover")]
    pub(super) fn of_secret(secret: &crate::curve::Scalar) -> Self {
        use ark_ec::CurveGroup;
        Self((Point::generator() * *secret).into_affine())
    }
}

/// A member of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What people call it: 1 to 128 bytes. May be a pseudonym.
    pub name: String,
    /// What it shares masks by.
    pub key: MaskPublicKey,
}

/// The fixed list of a round's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    round: Digest,
    least: u32,
    members: Vec<Member>,
    digest: Digest,
}

impl Roster {
    /// A roster of these members, in this order. `round` is fresh random bytes; `least` the number of members that was promised
    /// to each of them, at least [`MIN_MEMBERS`].
    ///
    /// # Errors
    /// [`Code::BadRoster`] for too few members or too many, for a promise below the minimum, and for a name or key that occurs
    /// twice; [`Code::BadPolicy`] for a name that is empty, too long or has control characters.
    pub fn new(round: Digest, least: u32, members: Vec<Member>) -> Result<Self> {
        let refuse = |message| Err(Error::new(Code::BadRoster, message));
        let (count, promised) = (members.len(), least as usize);
        if promised < MIN_MEMBERS {
            return refuse(message!["least is ", least, ", below ", MIN_MEMBERS, "."]);
        }
        if count < promised || count > MAX_MEMBERS {
            return refuse(message![count, " members, not ", least, " to ", MAX_MEMBERS, "."]);
        }
        for member in &members {
            check_name("name", &member.name)?;
        }
        // Sorted, so that equals are neighbours: 4096 members have eight million pairs.
        let mut sorted: Vec<_> = members.iter().collect();
        sorted.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if let Some([a, _]) = neighbours(&sorted).find(|[a, b]| a.name == b.name) {
            return refuse(message!["the name \"", a.name, "\" occurs twice."]);
        }
        sorted.sort_unstable_by_key(|a| (a.key.0.x.into_bigint(), a.key.0.y.into_bigint()));
        if let Some([a, b]) = neighbours(&sorted).find(|[a, b]| a.key == b.key) {
            return refuse(message!["\"", a.name, "\" and \"", b.name, "\" have one mask key."]);
        }
        let digest = digest(&round, least, &members);
        Ok(Self { round, least, members, digest })
    }

    /// What tells this round from others.
    pub fn round(&self) -> &Digest {
        &self.round
    }

    /// The number of members that was promised to each.
    pub fn least(&self) -> u32 {
        self.least
    }

    /// The members in their order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// What shares name the roster by: SHA-256 of `wattproof/roster/1`, a zero byte, round, `least`, number of members, and for each
    /// the length of its name, the name, x and y. Numbers have four bytes, coordinates 32, big-endian.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

fn neighbours<'a, 'b>(
    list: &'a [&'b Member],
) -> impl Iterator<Item = [&'b Member; 2]> + use<'a, 'b> {
    list.windows(2).map(|pair| [pair[0], pair[1]])
}

fn digest(round: &Digest, least: u32, members: &[Member]) -> Digest {
    let mut hasher = sha2::Sha256::new_with_prefix("wattproof/roster/1\0");
    hasher.update(round.0);
    // At most 4096 members with names of at most 128 bytes.
    for n in [least, members.len() as u32] {
        hasher.update(n.to_be_bytes());
    }
    for Member { name, key } in members {
        hasher.update((name.len() as u32).to_be_bytes());
        hasher.update(name);
        hasher.update(key.0.x.into_bigint().to_bytes_be());
        hasher.update(key.0.y.into_bigint().to_bytes_be());
    }
    Digest(hasher.finalize().into())
}
