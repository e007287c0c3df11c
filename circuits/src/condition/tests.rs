//! What every kind's table must be, and what the tests of one kind share.

mod availability;
mod band;
mod bars;
mod bill;
mod carbon;
mod limit;
mod matching;
mod netting;
mod oracle;
mod peak;
mod plausibility;
mod ramp;
mod random;
mod reduction;
mod review;
mod sentences;
mod session;
mod stage;
mod storage;
mod volume;

use super::*;
use std::collections::BTreeSet;

/// Tables that contradict themselves would make digests ambiguous.
#[test]
fn tables_are_sound() {
    let geometry = crate::relation::Geometry::named("month-96x15m").expect("named");
    let codes: BTreeSet<_> = KINDS.iter().map(|kind| kind.code).collect();
    let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!((codes.len(), names.len()), (KINDS.len(), KINDS.len()));
    assert!(KINDS.windows(2).all(|pair| pair[0].code < pair[1].code));
    for kind in KINDS {
        let members: BTreeSet<_> = kind.members.iter().map(|member| member.name).collect();
        assert_eq!(members.len(), kind.members.len(), "{}", kind.name);
        assert_eq!(kind.output.is_some(), members.contains("reveal"), "{}", kind.name);
        for member in kind.members {
            let place = format!("{}.{}", kind.name, member.name);
            assert!(!["kind", "tolerate", "off"].contains(&member.name), "{place}");
            assert!(!member.about.is_empty(), "{place}");
            if let Some(list) = member.unless {
                assert!(kind.place(list).is_some_and(|i| kind.members[i].is_list()), "{place}");
            }
            // A lane holds every value of its form.
            let (least, most) = member.form.range(&geometry);
            if let Some((bits, lanes)) = member.lanes(&geometry) {
                assert!(lanes >= 1 && (most - least) >> bits.min(63) == 0, "{place}");
            }
        }
        // Every blank of a sentence is a member, and every member is said or is one that needs no saying.
        for blank in kind.sentence.split(['{', '[', '|']).skip(1) {
            let name: String =
                blank.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let closed = blank[name.len()..].starts_with('}');
            assert!(
                !closed || name == "interval" || members.contains(name.as_str()),
                "{}: {name}",
                kind.name
            );
        }
    }
}
