#![allow(clippy::unwrap_used)]
use super::*;
use crate::condition::{Bound, ConditionShape};

fn shape(name: &str) -> Shape {
    Shape {
        geometry: Geometry::named(name).unwrap(),
        channels: 1,
        conditions: vec![
            ConditionShape::Completeness,
            ConditionShape::Volume { channel: 0, reveal: true },
            ConditionShape::Limit { channel: 0, bound: Bound::AtMost, schedule: false },
        ],
    }
}

#[test]
fn sizes() {
    for name in ["day-24x1h", "day-96x15m", "month-24x1h", "week-96x15m"] {
        let t = std::time::Instant::now();
        let m = Relation::matrices(&shape(name));
        println!("{name}: {} constraints, {} variables, {:?} entries, {} coefficients, {:?}", m.constraints(), m.variables, m.sides.each_ref().map(|s| s.entries()), m.coefficients.len(), t.elapsed());
        let mut by = std::collections::BTreeMap::<&str, usize>::new();
        for n in &m.names { *by.entry(n.split(':').next().unwrap()).or_default() += 1; }
        println!("{by:?}");
    }
}
