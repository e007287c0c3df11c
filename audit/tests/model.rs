//! The model holds, and misses each of its rules; its rules are those of the code.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use wattproof_audit::model::{DROPPED, Property, Rule, Rules, SCENES, explore, page};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn every_property_holds_and_every_rule_is_missed() {
    let mut scenes = Vec::new();
    for scene in SCENES {
        let found = explore(scene, Rules::default(), &Property::ALL);
        println!(
            "{}: {} states, {} steps, {} claims",
            scene.name, found.states, found.steps, found.claims
        );
        assert!(found.broken.is_none(), "{}: {:#?}", scene.name, found.broken);
        assert!(found.claims > 100, "{}: hardly a claim is accepted", scene.name);
        scenes.push((scene, found));
    }
    let (mut dropped, mut wrong) = (Vec::new(), Vec::new());
    for case in DROPPED {
        let scene = SCENES.iter().find(|scene| scene.name == case.scene).unwrap();
        let found = explore(scene, Rules::without(case.rules), &[case.breaks]);
        let broken = found.broken.as_ref().map(|(property, _)| *property);
        if broken != Some(case.breaks) {
            wrong.push(format!("{:?} in {}: {broken:?}", case.rules, case.scene));
        }
        dropped.push((case, found));
    }
    assert_eq!(wrong, Vec::<String>::new());
    for rule in Rule::ALL {
        assert!(DROPPED.iter().any(|case| case.rules.contains(rule)), "{rule:?}: not taken away");
    }
    let path = root().join("docs/soundness/model.md");
    let page = page(&scenes, &dropped);
    if std::env::var_os("WATTPROOF_WRITE_AUDIT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    // How many states were seen when a property broke depends on the order of hashing no more than the trace does.
    assert_eq!(fs::read_to_string(&path).unwrap(), page, "make the page anew");
}

/// What the page says keeps a rule is there.
#[test]
fn rules_are_kept_where_they_say() {
    for place in Rule::ALL.iter().flat_map(|rule| rule.kept_by()) {
        let (path, words) = place.split_once("::").unwrap();
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert!(text.contains(words), "{place}");
    }
}
