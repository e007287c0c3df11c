//! `cargo xtask bench --peers`: what the benchmarks measured beside others, as a page and a chart in docs/.

use std::fmt::Write as _;

use crate::bench::Record;
use crate::failure::{Result, write};
use crate::place::Place;

/// What the page shows: a record, and what it is in words. A record that was not measured (a peer that cannot be built here) has no row.
const ROWS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Proving, natively",
        &[
            ("prove-day-96x15m", "a day of quarters of an hour, witness included"),
            ("prove-day-96x15m-ark-groth16", "ark-groth16, same matrices and assignment"),
            ("prove-day-96x15m-vs-ark-groth16", "ours over ark-groth16"),
            ("prove-month-96x15m", "a month of quarters of an hour, witness included"),
            ("prove-month-96x15m-ark-groth16", "ark-groth16, same matrices and assignment"),
            ("prove-month-96x15m-vs-ark-groth16", "ours over ark-groth16"),
            ("peak-memory-month-setup-and-proof", "most memory, setup and proof of a month"),
            (
                "prove-process",
                "`wattproof prove`, a day, from files to a bundle: witness, proof, verification",
            ),
            (
                "prove-process-snarkjs",
                "snarkjs 0.7.6 in Node, same key and witness, from files to a proof",
            ),
            ("prove-snarkjs-vs-native", "snarkjs over ours"),
            ("prove-process-memory", "most memory, ours"),
            ("prove-process-snarkjs-memory", "most memory, snarkjs"),
        ],
    ),
    (
        "Proving in Chromium",
        &[
            ("prove-chromium-1", "a day, one thread"),
            ("prove-chromium-1-snarkjs", "snarkjs, one thread"),
            ("prove-chromium-1-snarkjs-vs-wattproof", "snarkjs over ours"),
            ("prove-chromium-2", "a day, two threads"),
            ("prove-chromium-2-snarkjs", "snarkjs, its workers on two processors"),
            ("prove-chromium-2-snarkjs-vs-wattproof", "snarkjs over ours"),
        ],
    ),
    (
        "Verifying",
        &[
            ("verify-native", "natively, from bytes"),
            ("verify-native-vs-ark-groth16", "ours over ark-groth16"),
            ("verify-native-batch-64-per-proof", "each of a batch of 64 over one alone"),
            (
                "warm-wattproof",
                "Chromium, warm: key held, bundle read, statement compared, proof checked",
            ),
            ("warm-mcl", "mcl-wasm with precomputed lines, the proof alone"),
            ("warm-mcl-vs-wattproof", "mcl-wasm over ours"),
            ("warm-snarkjs", "snarkjs, the proof alone"),
            ("warm-snarkjs-vs-wattproof", "snarkjs over ours"),
            (
                "cold-wattproof",
                "Chromium, cold: from navigation to the first verdict, less an empty page",
            ),
            ("cold-snarkjs", "snarkjs, cold"),
            ("cold-snarkjs-vs-wattproof", "snarkjs over ours"),
            ("cold-ark-vs-wattproof", "ark-groth16 in Wasm over ours, cold"),
            ("cold-mcl", "mcl-wasm, cold"),
        ],
    ),
    (
        "Size",
        &[
            ("web-verifier-brotli", "what a page downloads to verify, minified, by brotli"),
            ("download-snarkjs-brotli", "snarkjs' verifier, bundled alike"),
            ("download-mcl-brotli", "mcl-wasm, bundled alike"),
            ("download-ark-brotli", "ark-groth16 in Wasm"),
        ],
    ),
];

/// Writes docs/PEERS.md and, where the times against readings were measured, docs/proving-time.svg.
pub(crate) fn publish(place: &Place, records: &[Record]) -> Result<()> {
    let docs = place.root.join("docs");
    let points = points(records);
    let chart = (points.len() > 1).then(|| chart(&points));
    write(&docs.join("PEERS.md"), page(records, chart.is_some()))?;
    match chart {
        Some(chart) => write(&docs.join("proving-time.svg"), chart),
        None => Ok(()),
    }
}

fn page(records: &[Record], chart: bool) -> String {
    let find = |name: &str| records.iter().find(|record| record.name() == name);
    let mut page = "# Beside the peers\n\nWritten by `cargo xtask bench --peers`: ours and theirs in turn, in one run on one machine; medians. Times are that \
        machine's, ratios are what counts. [BENCHMARKS](BENCHMARKS.md) says how each is measured.\n"
        .to_owned();
    for (title, rows) in ROWS {
        let _ = write!(
            page,
            "\n## {title}\n\n| what | measured | bar | holds |\n| --- | --- | --- | --- |\n"
        );
        for (name, what) in rows {
            if let Some(record) = find(name) {
                let [value, bar, holds] = record.cells();
                let _ = writeln!(page, "| {what} | {value} | {bar} | {holds} |");
            }
        }
    }
    if chart {
        let slope = find("scale-slope").map(Record::cells);
        page.push_str("\n## Time against readings\n\n![Time of a proof against its readings](proving-time.svg)\n\n");
        page.push_str("| readings | rows | proof |\n| --- | --- | --- |\n");
        for (readings, _) in points(records) {
            let cell = |of: &str| {
                find(&format!("scale-{readings}-{of}"))
                    .map(|r| r.cells()[0].clone())
                    .unwrap_or_default()
            };
            let _ = writeln!(page, "| {readings} | {} | {} |", cell("rows"), cell("prove"));
        }
        if let Some([value, bar, _]) = slope {
            let _ = writeln!(
                page,
                "\nSlope of the nearest line, both axes logarithmic: {value} (bar {bar})."
            );
        }
    }
    page
}

/// Readings and milliseconds.
fn points(records: &[Record]) -> Vec<(u32, f64)> {
    let readings = |name: &str| name.strip_prefix("scale-")?.strip_suffix("-prove")?.parse().ok();
    records.iter().filter_map(|record| Some((readings(record.name())?, record.value()))).collect()
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 64.0;

/// Both axes logarithmic, a line for each power of ten.
fn chart(points: &[(u32, f64)]) -> String {
    let decades = |of: fn(&(u32, f64)) -> f64| {
        let logs = points.iter().map(|p| of(p).log10());
        let (least, most) = logs.fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)));
        (least.floor() as i32, most.ceil() as i32)
    };
    let (xs, ys) = (decades(|p| f64::from(p.0)), decades(|p| p.1));
    let scaled = |value: f64, (least, most): (i32, i32)| {
        (value.log10() - f64::from(least)) / f64::from(most - least)
    };
    let x = |value: f64| MARGIN + scaled(value, xs) * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - scaled(value, ys) * (HEIGHT - 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Time of a proof against its readings, both axes logarithmic</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    let (left, right, top, bottom) = (MARGIN, WIDTH - MARGIN, MARGIN, HEIGHT - MARGIN);
    for power in xs.0..=xs.1 {
        let (at, label) = (x(10_f64.powi(power)), 10_f64.powi(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"#d0d7de\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            bottom + 20.0
        );
    }
    for power in ys.0..=ys.1 {
        let (at, label) = (y(10_f64.powi(power)), 10_f64.powi(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#d0d7de\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            left - 8.0,
            at + 4.0
        );
    }
    let line: Vec<String> =
        points.iter().map(|(n, ms)| format!("{:.1} {:.1}", x(f64::from(*n)), y(*ms))).collect();
    let _ = writeln!(
        svg,
        "<path d=\"M{}\" fill=\"none\" stroke=\"#0b6e4f\" stroke-width=\"2\"/>",
        line.join("L")
    );
    for (readings, ms) in points {
        let (cx, cy) = (x(f64::from(*readings)), y(*ms));
        let _ = writeln!(
            svg,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"4\" fill=\"#0b6e4f\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{readings}: {ms:.0} ms</text>",
            cx - 8.0,
            cy - 8.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">readings</text>",
        WIDTH / 2.0,
        HEIGHT - 12.0
    );
    let _ = writeln!(svg, "<text x=\"16\" y=\"{}\">milliseconds</text>\n</svg>", MARGIN - 20.0);
    svg
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn records() -> Vec<Record> {
        let record = |name: &str, value: f64, unit: &str| {
            format!(r#"{{"name":"{name}","value":{value},"unit":"{unit}","bar":"<= 1.05"}}"#)
        };
        let list = [
            record("warm-mcl", 7.25, "ms"),
            record("scale-96-rows", 14478.0, "rows"),
            record("scale-96-prove", 200.0, "ms"),
            record("scale-2976-rows", 195_641.0, "rows"),
            record("scale-2976-prove", 1500.0, "ms"),
            record("scale-slope", 0.91, "x"),
        ];
        crate::bench::parse(&format!("[{}]", list.join(","))).unwrap()
    }

    #[test]
    fn the_page_shows_what_was_measured_and_no_more() {
        let page = page(&records(), true);
        assert!(
            page.contains(
                "| mcl-wasm with precomputed lines, the proof alone | 7.25 ms | <= 1.05 | NO |"
            ),
            "{page}"
        );
        assert!(page.contains("| 2976 | 195641 rows | 1500 ms |"), "{page}");
        assert!(page.contains("logarithmic: 0.9100 x (bar <= 1.05)"), "{page}");
        assert!(!page.contains("snarkjs over ours"), "{page}");
    }

    #[test]
    fn points_lie_on_the_chart() {
        let points = points(&records());
        assert_eq!(points, [(96, 200.0), (2976, 1500.0)]);
        let chart = chart(&points);
        // Two and four decades to the right; 2.3 and 3.2 up of two to four.
        assert!(chart.contains("96: 200 ms") && chart.contains("2976: 1500 ms"), "{chart}");
        assert_eq!(chart.matches("<circle").count(), 2);
        // 96 is just left of a hundred, a third of the way from ten to ten thousand.
        assert!(chart.contains("cx=\"231.6\""), "{chart}");
    }
}
