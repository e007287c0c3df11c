//! A member's secret for masks as a file, `mask-key/1`.

use super::device_key::{MAX_DEVICE_FILE, Seed};
use super::{decimal, parse_native};
use crate::aggregate::{MaskKey, MaskPublicKey};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const KIND: &str = "mask-key/1";

/// What a roster lists. Said next to the seed for people, and checked against it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicText {
    #[serde(with = "decimal::field")]
    x: F,
    #[serde(with = "decimal::field")]
    y: F,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wattproof: String,
    public_key: PublicText,
    seed: Seed,
}

impl MaskKey {
    /// Reads a `mask-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] if the public key is not the seed's.
    pub fn from_json(text: &str) -> Result<Self> {
        let Document { public_key: PublicText { x, y }, seed, .. } =
            parse_native(text, KIND, MAX_DEVICE_FILE)?;
        let key = Self::from_seed(*seed.0);
        if MaskPublicKey::new(x, y).map_err(|e| e.at(KIND))? != key.public() {
            return Err(Error::new(Code::BadKey, "public_key is not the seed's.").at(KIND));
        }
        Ok(key)
    }

    /// Writes a `mask-key/1` file: a secret.
    pub fn to_json(&self) -> Zeroizing<String> {
        let public = self.public();
        let document = Document {
            wattproof: KIND.into(),
            public_key: PublicText { x: public.point().x, y: public.point().y },
            seed: Seed(Zeroizing::new(*self.seed())),
        };
        let mut json = Zeroizing::new(serde_json::to_string_pretty(&document).unwrap_or_default());
        json.push('\n');
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_keys_come_back_and_stay_secret() {
        let key = MaskKey::generate().expect("random");
        let json = key.to_json();
        let back = MaskKey::from_json(&json).expect("own file");
        assert_eq!((back.seed(), back.public()), (key.seed(), key.public()));
        assert_eq!(format!("{key:?}"), "MaskKey(..)");

        let code = |text: &str| MaskKey::from_json(text).expect_err("refused").code();
        let other = MaskKey::generate().expect("random").public();
        let [x, y] = [key.public().point().x, key.public().point().y].map(|x| x.to_string());
        let swapped = json
            .replace(&x, &other.point().x.to_string())
            .replace(&y, &other.point().y.to_string());
        assert_eq!(code(&swapped), Code::BadKey);
        assert_eq!(code(&json.replace(&x, "0")), Code::BadKey);
        assert_eq!(code(&json.replace("key/1", "key/2")), Code::UnknownVersion);
        let seed = &json[json.rfind(": \"").expect("seed") + 3..][..64];
        let error = MaskKey::from_json(&json.replace(seed, &seed[2..])).expect_err("short");
        assert_eq!(error.code(), Code::Malformed);
        assert!(!error.to_string().contains(&seed[2..20]), "{error}");
    }
}
