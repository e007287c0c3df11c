//! Which readings other than measured ones a condition lets pass.

use crate::meter::Quality;
use serde::{Deserialize, Serialize};

/// Which readings other than measured ones a condition lets pass. By default any such reading in the period fails it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Quality>", into = "Vec<Quality>")]
pub struct Tolerance {
    /// Estimated readings are taken at their value.
    pub estimated: bool,
    /// Missing readings are treated as the condition says.
    pub missing: bool,
}

impl TryFrom<Vec<Quality>> for Tolerance {
    type Error = &'static str;

    fn try_from(list: Vec<Quality>) -> Result<Self, Self::Error> {
        let mut tolerance = Self::default();
        for quality in list {
            let flag = match quality {
                Quality::Estimated => &mut tolerance.estimated,
                Quality::Missing => &mut tolerance.missing,
                Quality::Measured => return Err("measured readings need no tolerance"),
            };
            if *flag {
                return Err("a quality is listed twice");
            }
            *flag = true;
        }
        Ok(tolerance)
    }
}

impl From<Tolerance> for Vec<Quality> {
    fn from(tolerance: Tolerance) -> Self {
        let estimated = tolerance.estimated.then_some(Quality::Estimated);
        estimated.into_iter().chain(tolerance.missing.then_some(Quality::Missing)).collect()
    }
}
