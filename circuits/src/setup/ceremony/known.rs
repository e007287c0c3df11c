//! First phases whose ceremonies are published.

/// Of the perpetual powers of tau with Hermez's beacon, prepared for each power: the power, and BLAKE2b-512 of the file, as snarkjs's
/// README lists them (54 contributions and a beacon).
const HERMEZ: &str = include_str!("hermez.txt");

/// What a `.ptau` file with this BLAKE2b-512 (lower-case hex) is called, if its ceremony is known here.
pub fn known_phase1(blake2b: &str) -> Option<String> {
    let lines = HERMEZ.lines().filter_map(|line| line.split_once(' '));
    let (power, _) = lines.into_iter().find(|(_, digest)| *digest == blake2b)?;
    Some(format!("perpetual powers of tau, Hermez, 2^{power}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_power_from_8_to_28_is_there_once() {
        let powers: Vec<u32> = (HERMEZ.lines().filter_map(|line| line.split_once(' ')))
            .filter(|(_, digest)| {
                digest.len() == 128 && digest.bytes().all(|b| b"0123456789abcdef".contains(&b))
            })
            .filter_map(|(power, _)| power.parse().ok())
            .collect();
        assert_eq!(powers, (8..=28).collect::<Vec<_>>());
        let last = HERMEZ.lines().last().and_then(|line| line.split_once(' '));
        let (_, digest) = last.expect("a line");
        assert_eq!(known_phase1(digest).as_deref(), Some("perpetual powers of tau, Hermez, 2^28"));
        assert_eq!(known_phase1(&digest.replace('a', "b")), None);
        assert_eq!(known_phase1(""), None);
    }
}
