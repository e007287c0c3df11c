//! What the page of deleted constraints says of small circuits is what they are: a constraint that was noticed is.
#![allow(clippy::unwrap_used)]

use std::fs;
use wattproof_audit::deletion::argued::ARGUED;
use wattproof_audit::deletion::{Effort, delete, row};
use wattproof_audit::stage::stages;

/// One for each way to vouch.
const CIRCUITS: [&str; 2] = ["hour-15m-volume", "day-1h-home-l3"];

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../");

#[test]
fn lines_of_the_page_are_as_found() {
    let page = fs::read_to_string(format!("{ROOT}docs/soundness/deletion.md")).unwrap();
    for stage in stages().unwrap().iter().filter(|stage| CIRCUITS.contains(&stage.name.as_str())) {
        let found = delete(stage, Effort::QUICK).unwrap();
        let sum = found.sum();
        assert_eq!(sum.open, 0, "{}: {found:#?}", stage.name);
        assert!(sum.share() >= 98, "{}: {sum:?}", stage.name);
        let line = row(&stage.name, &sum);
        assert!(page.contains(&line), "{line}make the page anew");
    }
}

#[test]
fn tests_that_arguments_name_are_there() {
    for place in ARGUED.iter().flat_map(|argument| argument.tests) {
        let (path, name) = place.split_once("::").unwrap();
        let text = fs::read_to_string(format!("{ROOT}{path}")).unwrap();
        assert!(text.contains(&format!("fn {name}(")), "{place}");
    }
}
