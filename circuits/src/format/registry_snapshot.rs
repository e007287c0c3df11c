//! A registry as bytes, entries and nodes: to be read back faster than it is built. Numbers are little-endian, elements canonical
//! integers of 32 bytes. Nothing here tells whose bytes they are; that is for whoever keeps the file.

use crate::error::{Code, Error, Result};
use crate::hash::{F, integer};
use crate::meter::{Entry, Leaf, Level, PublicKey, Registry, lengths};
use ark_ff::{BigInt, PrimeField};
use std::io::{self, Read, Write};

/// Bytes of an entry: four elements and the key's second, level, revoked, four times eight.
const ENTRY: u64 = 4 * 32 + 2 + 4 * 8;

/// How many bytes [`write_registry`] writes of a registry with so many entries.
pub fn snapshot_length(depth: u8, entries: u64) -> u64 {
    let leaves = usize::try_from(entries).unwrap_or(usize::MAX);
    let nodes = lengths(depth, leaves).fold(0u64, |sum, level| sum.saturating_add(level as u64));
    entries.saturating_mul(ENTRY).saturating_add(nodes.saturating_mul(32)).saturating_add(9)
}

/// Writes depth, number of entries, entries, and the nodes of each level from the leaves up.
///
/// # Errors
/// What the output gives.
pub fn write_registry(registry: &Registry, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[registry.depth()])?;
    out.write_all(&(registry.entries().len() as u64).to_le_bytes())?;
    for Entry { leaf, revoked, reach } in registry.entries() {
        let point = leaf.key.point();
        for x in [&point.x, &point.y, &leaf.meter_id, &leaf.nullifier_commitment] {
            write_element(x, out)?;
        }
        out.write_all(&[leaf.level as u8, u8::from(*revoked)])?;
        for number in [leaf.nameplate, leaf.valid_from, leaf.valid_until, *reach] {
            out.write_all(&number.to_le_bytes())?;
        }
    }
    registry.tree().levels().iter().flatten().try_for_each(|node| write_element(node, out))
}

/// Writes an element.
///
/// # Errors
/// What the output gives.
pub fn write_element(x: &F, out: &mut impl Write) -> io::Result<()> {
    integer(x).iter().try_for_each(|limb| out.write_all(&limb.to_le_bytes()))
}

/// Reads an element.
///
/// # Errors
/// [`Code::FieldRange`] if it is not below the modulus; [`Code::Malformed`] if the input ends.
pub fn read_element(input: &mut impl Read) -> Result<F> {
    let bytes: [u8; 32] = read(input)?;
    let limb = |i: usize| std::array::from_fn(|j| bytes[8 * i + j]);
    let integer = BigInt(std::array::from_fn(|i| u64::from_le_bytes(limb(i))));
    F::from_bigint(integer)
        .ok_or_else(|| Error::new(Code::FieldRange, "an element is not below the modulus."))
}

/// Reads what [`write_registry`] wrote. `length`: how many bytes there are; no more is allocated than they fill. Rules of enrolment are
/// checked again, nodes are not: see [`Registry::restore`].
///
/// # Errors
/// [`Code::OutOfRange`] if `length` does not fit the numbers; [`Code::Malformed`] if the input ends; what an entry or element may be refused
/// for.
pub fn read_registry(input: &mut impl Read, length: u64) -> Result<Registry> {
    let [depth] = read(input)?;
    let entries = read_number(input)?;
    let fits = (1..=16).contains(&depth)
        && entries <= 1 << (2 * depth)
        && snapshot_length(depth, entries) == length;
    if !fits {
        return Err(Error::new(Code::OutOfRange, "the length is not that of so many entries."));
    }
    let count = usize::try_from(entries)
        .map_err(|_| Error::new(Code::OutOfRange, "more entries than this machine can hold."))?;
    let list = read_list(count, || read_entry(input))?;
    let level = |length| read_list(length, || read_element(input));
    let levels = lengths(depth, count).map(level).collect::<Result<Vec<_>>>()?;
    Registry::restore(depth, list, levels)
}

/// A list of a length that the input's own length vouches for.
fn read_list<T>(length: usize, mut item: impl FnMut() -> Result<T>) -> Result<Vec<T>> {
    let mut list = Vec::with_capacity(length);
    for _ in 0..length {
        list.push(item()?);
    }
    Ok(list)
}

fn read_entry(input: &mut impl Read) -> Result<Entry> {
    let [x, y, meter_id, nullifier_commitment] = read_elements(input)?;
    let [level, revoked] = read(input)?;
    let level = [Level::L0, Level::L1, Level::L2].into_iter().find(|known| *known as u8 == level);
    let malformed = || Error::new(Code::Malformed, "an entry has no level that is known.");
    let level = level.ok_or_else(malformed)?;
    if revoked > 1 {
        return Err(Error::new(Code::Malformed, "an entry is neither revoked nor not."));
    }
    let mut number = || read_number(input);
    let (nameplate, valid_from, valid_until, reach) = (number()?, number()?, number()?, number()?);
    let key = PublicKey::new(x, y)?;
    let leaf =
        Leaf { key, meter_id, nullifier_commitment, level, nameplate, valid_from, valid_until };
    Ok(Entry { leaf, revoked: revoked == 1, reach })
}

fn read_elements<const N: usize>(input: &mut impl Read) -> Result<[F; N]> {
    let mut elements = [F::default(); N];
    for x in &mut elements {
        *x = read_element(input)?;
    }
    Ok(elements)
}

/// Reads a number of 64 bits.
///
/// # Errors
/// [`Code::Malformed`] if the input ends.
pub fn read_number(input: &mut impl Read) -> Result<u64> {
    Ok(u64::from_le_bytes(read(input)?))
}

fn read<const N: usize>(input: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let cut = |e| Error::new(Code::Malformed, format!("the snapshot cannot be read on: {e}."));
    input.read_exact(&mut bytes).map_err(cut)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::SecretKey;

    fn registry() -> Registry {
        let mut registry = Registry::new(3).expect("depth");
        for meter in 0..7u64 {
            let leaf = Leaf {
                key: SecretKey::from_seed([1; 32]).public(),
                meter_id: F::from(meter),
                nullifier_commitment: F::from(meter + 1),
                level: Level::L2,
                nameplate: 5_000,
                valid_from: 10,
                valid_until: 20,
            };
            registry.add(leaf).expect("room");
        }
        registry.change(|roll| roll.revoke(3, 15)).expect("there");
        registry
    }

    fn bytes(registry: &Registry) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_registry(registry, &mut bytes).expect("memory");
        bytes
    }

    #[test]
    fn registries_come_back_with_all_their_nodes() {
        for registry in [Registry::new(2).expect("depth"), registry()] {
            let bytes = bytes(&registry);
            assert_eq!(
                bytes.len() as u64,
                snapshot_length(registry.depth(), registry.entries().len() as u64)
            );
            let mut back = read_registry(&mut &bytes[..], bytes.len() as u64).expect("own bytes");
            assert_eq!((back.root(), back.entries()), (registry.root(), registry.entries()));
            assert!(back.is_sound());
            let leaf = Leaf { meter_id: F::from(99), ..self::registry().entries()[0].leaf.clone() };
            let mut grown = registry.clone();
            grown.add(leaf.clone()).expect("room");
            back.add(leaf).expect("room");
            assert_eq!(back.root(), grown.root());
        }
    }

    #[test]
    fn what_no_registry_wrote_is_refused_or_unsound() {
        let good = bytes(&registry());
        let length = good.len() as u64;
        for cut in 0..good.len() {
            assert!(read_registry(&mut &good[..cut], length).is_err(), "{cut}");
            assert!(read_registry(&mut &good[..cut], cut as u64).is_err(), "{cut}");
        }
        // A claim of 4^16 entries allocates nothing.
        let mut vast = vec![16];
        vast.extend((1u64 << 32).to_le_bytes());
        assert!(read_registry(&mut &vast[..], 9).is_err());
        let root = registry().root();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            // What is read in spite of that shows when its nodes are compared, but for what no leaf holds: how far a revocation reaches,
            // and what a revoked entry said.
            if let Ok(back) = read_registry(&mut &bad[..], length) {
                let silent = back.root() == root && back.is_sound();
                assert!(!silent || back.entries() != registry().entries(), "{place}");
            }
        }
    }
}
