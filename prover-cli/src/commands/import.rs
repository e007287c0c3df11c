//! `wattproof import`.

use serde_json::json;
use wattproof_circuits::meter::{Direction, Unit};
use wattproof_intake::import::ocmf::PublicKey;
use wattproof_intake::import::{
    Conversion, ImportReport, Limits, Options, ReadingsFile, Series, SeriesReport, import,
};
use wattproof_intake::words::{clip, quantity, thousands};

use crate::args::ImportArgs;
use crate::failure::Result;
use crate::files::{Access, Draft, Existing, Files};
use crate::screen::{Report, Screen};
use std::io::Write;
use std::path::Path;

pub(super) fn run(args: ImportArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let ImportArgs { file, format, round, series, max_intervals, public_key, csv, registers, out } =
        args;
    let mut limits = Limits::default();
    limits.intervals = max_intervals.unwrap_or(limits.intervals);
    let options = Options {
        format: format.into(),
        rounding: round.map(Into::into).unwrap_or_default(),
        limits,
        series,
        csv: csv.into(),
        registers: registers.into(),
        public_key: public_key.map(|path| key(files, &path)).transpose()?,
    };
    let (input, length) = files.open(&file)?;
    let mut draft = Draft::create(&out, Access::Secret, Existing::Replace)?;
    let bar = screen.bytes(length.unwrap_or(0));
    let name = file.display().to_string();
    let imported = import(&name, input, &options, &mut |bytes| bar.at(bytes))?;
    drop(bar);
    let checked = imported.checked.clone();
    let readings = ReadingsFile::from(imported);
    let json = readings.to_json()?;
    draft.write_all(json.as_bytes()).map_err(crate::failure::Failure::unwritable(&out))?;
    draft.finish()?;
    let mut text = text(&readings);
    if let Some(checked) = &checked {
        text += &format!(
            "\n{} records, every signature checked: {}, key SHA-256 {}",
            checked.records, checked.algorithm, checked.key_sha256
        );
    }
    let ReadingsFile { source, series, report } = readings;
    let spans = series.iter().zip(&report.series).map(|(s, about)| {
        json!({
            "name": about.origin,
            "channel": s.channel,
            "interval_seconds": s.interval_seconds,
            "start": s.start.to_string(),
            "end": s.end().to_string(),
        })
    });
    let spans: Vec<_> = spans.collect();
    let json = json!({ "source": source, "series": spans, "report": report, "checked": checked, "out": out });
    Ok(Report::new(json, text).beside(&out))
}

/// A key is at most a certificate.
const KEY: usize = 64 * 1024;

fn key(files: &Files, path: &Path) -> Result<PublicKey> {
    let bytes = files.bytes(path, KEY)?;
    Ok(PublicKey::parse(&path.display().to_string(), &bytes)?)
}

fn text(readings: &ReadingsFile) -> String {
    let ReadingsFile { source, series, report } = readings;
    let mut lines =
        vec![format!("{} bytes, SHA-256 {}", thousands(source.bytes), source.file_sha256)];
    for (series, about) in series.iter().zip(&report.series) {
        lines.push(one(series, about));
    }
    for left in &report.left_out {
        let (origin, reason) = (clip(&left.origin), clip(&left.reason));
        lines.push(format!("left out: {origin}, {} readings: {reason}", left.rows));
    }
    lines.extend(summaries(report));
    lines.extend(report.notes.iter().map(|note| format!("note: {}", clip(note))));
    lines.join("\n")
}

fn one(series: &Series, about: &SeriesReport) -> String {
    let word = |direction: Direction| format!("{direction:?}").to_lowercase();
    let quantity_word = format!("{:?}", series.channel.quantity).to_lowercase();
    let mut sides = word(series.channel.direction);
    if let Some(market) = about.market_direction {
        sides += &format!(" of the household ({} of the market)", word(market));
    }
    let utc = |time: u64| {
        let local = wattproof_intake::words::local(time, &jiff::tz::TimeZone::UTC);
        local.unwrap_or_else(|_| time.to_string())
    };
    let mut text = format!(
        "{}: {quantity_word} {sides}\n  {} intervals of {} s, {} to {} UTC\n  {} measured, {} estimated, {} missing; {} in total",
        clip(&about.origin),
        thousands(about.intervals.into()),
        series.interval_seconds,
        utc(series.start),
        utc(series.end()),
        about.measured,
        about.estimated,
        about.missing,
        quantity(about.total_wh, Unit::Wh),
    );
    for gap in &about.gaps {
        let (start, end) = (utc(gap.start), utc(gap.end));
        text += &format!("\n  gap: {start} to {end} UTC, {} intervals", gap.count);
    }
    if let Some(Conversion { from, exponent }) = &about.conversion {
        text += &format!("\n  values in {}, each 10^{exponent} Wh", clip(from));
    }
    for reset in &about.resets {
        let at = utc(reset.at);
        text += &format!("\n  reset: {at} UTC, from {} to {}", reset.before, reset.after);
    }
    for (count, what) in [
        (about.duplicates, "identical duplicates dropped"),
        (about.overlaps, "readings replaced by later versions of the same intervals"),
        (about.out_of_order, "readings out of order, sorted"),
        (about.rounded_down, "values rounded down to whole Wh"),
    ] {
        if count > 0 {
            text += &format!("\n  {count} {what}");
        }
    }
    text
}

/// The file's own totals beside ours.
fn summaries(report: &ImportReport) -> impl Iterator<Item = String> + '_ {
    report.summaries.iter().map(|s| {
        let verdict = match (s.matches(), s.computed_wh) {
            (Some(true), _) => "agrees".into(),
            (_, Some(computed)) => {
                format!("the readings add up to {}", quantity(computed, Unit::Wh))
            }
            _ => "not comparable: the file does not hold exactly that period".into(),
        };
        format!(
            "the file states {}: {}; {verdict}",
            clip(&s.field),
            quantity(s.stated_wh, Unit::Wh)
        )
    })
}
