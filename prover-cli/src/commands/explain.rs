//! `wattproof policy explain`.

use wattproof_circuits::relation::{Relation, circuit_id};
use wattproof_intake::{Explanation, Unnamed};

use crate::args::ExplainArgs;
use crate::failure::Result;
use crate::files::Files;
use crate::screen::{Report, Screen};

pub(super) fn run(args: &ExplainArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let file = files.policy(&args.policy, args.period.as_deref(), Unnamed::Sampled)?;
    let mut explanation = Explanation::new(file);
    if args.circuit_id && explanation.circuit_id.is_none() {
        let _phase = screen.phase("Recording the circuit");
        let shape = &explanation.shape;
        let id = circuit_id(shape, &Relation::matrices(shape));
        explanation.circuit_id = Some(id.to_string());
    }
    Ok(Report::new(explanation.json(), explanation.text()?).essential())
}
