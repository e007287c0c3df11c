//! File formats: strict JSON, decimal strings.

pub mod decimal;
