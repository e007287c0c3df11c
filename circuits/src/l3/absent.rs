//! A build without L3: its types have no values, and files that hold some are refused.

use super::not_built_in;
use crate::format::{Fault, FromJson, ToJson, Value};
use crate::meter::Level;
use crate::relation::Trust;
use serde::{Serialize, Serializer};

/// There is none in this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceSignature {}

/// There is none in this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedDevice {}

macro_rules! refused {
    ($($type:ty),+) => { $(
        impl FromJson for $type {
            fn read(value: &Value) -> Result<Self, Fault> {
                Err(value.fault(not_built_in()))
            }
        }
    )+ };
}

refused!(DeviceSignature, TrustedDevice, Trust);

macro_rules! never_written {
    ($($type:ty),+) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                match *self {}
            }
        }

        impl ToJson for $type {
            fn write(&self, _: &mut String) {
                match *self {}
            }
        }
    )+ };
}

never_written!(DeviceSignature, TrustedDevice);

impl FromJson for Level {
    fn read(value: &Value) -> Result<Self, Fault> {
        let known = [Self::L0, Self::L1, Self::L2];
        let level = known.get(value.one_of(&["L0", "L1", "L2", "L3"])?);
        level.copied().ok_or_else(|| value.fault(not_built_in()))
    }
}
