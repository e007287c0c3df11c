//! Bytes in JSON: base64url without padding, as in every file of ours.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

pub(crate) fn deserialize<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<Vec<u8>>,
{
    let text = std::borrow::Cow::<str>::deserialize(d)?;
    // The text itself stays out of the message: it may be a secret.
    let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes());
    let bytes = bytes.map_err(|_| de::Error::custom("not base64url"))?;
    T::try_from(bytes).map_err(|_| de::Error::custom("not as many bytes as it should be"))
}
