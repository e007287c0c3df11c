//! The audit: evidence that a yes means yes, made by commands that anyone can run (`cargo xtask audit`).

#![deny(missing_docs)]

pub mod acceptance;
pub mod deletion;
pub mod differential;
pub mod model;
pub mod mutation;
pub mod stage;
pub mod uniqueness;

use wattproof_circuits::error::Result;
use wattproof_circuits::policy::Policy;
use wattproof_circuits::relation::{Shape, catalogue};

/// The circuits that are audited, by name: the catalogue, and a day whose total is hidden, since commitments have gadgets of their own.
///
/// # Errors
/// None in practice: shapes and policy are data of this project.
pub fn circuits() -> Result<Vec<(String, Shape)>> {
    let mut circuits: Vec<_> =
        catalogue().iter().map(|listed| (listed.name.to_owned(), listed.shape.clone())).collect();
    let hidden = Policy::from_json(&DAY.replace("\"exact\"", "\"hidden\""))?;
    circuits.push(("day-hidden".to_owned(), hidden.shape()));
    Ok(circuits)
}

/// Any error: the callers only show it.
pub type Any<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const DAY: &str = include_str!("../../tests/data/policies/day-sdge.json");
