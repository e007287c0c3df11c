//! The schemas in `schemas/` are those of the kinds' tables.

use std::path::Path;

use serde_json::Value;
use wattproof_intake::agreement::{agreement_schema, policy_schema};

/// Run with WATTPROOF_WRITE_SCHEMAS=1 to write them anew.
#[test]
fn schemas_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let schemas: [(&str, Value); 2] =
        [("agreement.schema.json", agreement_schema()), ("policy.schema.json", policy_schema())];
    for (name, schema) in schemas {
        let path = folder.join(name);
        let text = format!("{schema:#}\n");
        if std::env::var_os("WATTPROOF_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, text).expect("written");
            continue;
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{name} is stale: run with WATTPROOF_WRITE_SCHEMAS=1");
    }
}
