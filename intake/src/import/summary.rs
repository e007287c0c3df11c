//! Totals that a file states itself, beside the sums of its readings.

use wattproof_circuits::meter::Direction;

use super::decimal::{Decimal, Rounding};
use super::model::{ImportReport, Series, SummaryCheck};

/// A total stated by a usage summary, in units of 10^multiplier Wh.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) field: &'static str,
    /// Address of the usage point that it is for, where the feed says.
    pub(super) owner: Option<String>,
    pub(super) value: Decimal,
    pub(super) multiplier: i32,
    /// Start and end, where stated.
    pub(super) period: Option<(u64, u64)>,
    /// Whether the total is for that period: a running total of the current one is not.
    pub(super) last_period: bool,
}

/// Sets the file's own totals against those of its readings.
pub(super) fn check(summaries: &[Summary], series: &[Series], report: &mut ImportReport) {
    for summary in summaries {
        let Ok((stated_wh, _)) = summary.value.scale(summary.multiplier, Rounding::Down) else {
            report.notes.push(format!("{}: out of range, not compared", summary.field));
            continue;
        };
        let only = the_import(summary.owner.as_deref(), series, report);
        let computed_wh = only.and_then(|at| match summary.period {
            Some((start, end)) if summary.last_period => total_over(&series[at], start, end),
            // Without a period, a running total can only be for all that the file holds.
            None if !summary.last_period => Some(series[at].total()),
            _ => None,
        });
        let origin = only.map(|at| report.series[at].origin.clone());
        let field = summary.field.to_owned();
        let check = SummaryCheck { field, origin, stated_wh, computed_wh };
        if let (Some(false), Some(sum)) = (check.matches(), computed_wh) {
            report.notes.push(format!(
                "{}: states {stated_wh} Wh, its readings add up to {sum} Wh",
                summary.field
            ));
        }
        report.summaries.push(check);
    }
}

/// The one series of import under the summary's usage point, or in the whole file where no series is under it.
fn the_import(owner: Option<&str>, series: &[Series], report: &ImportReport) -> Option<usize> {
    let imports: Vec<usize> =
        (0..series.len()).filter(|&i| series[i].channel.direction == Direction::Import).collect();
    let under = |i: &usize| {
        let origin = &report.series[*i].origin;
        let rest = owner.and_then(|owner| origin.strip_prefix(owner));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let own: Vec<usize> = imports.iter().copied().filter(|i| under(i)).collect();
    match (&own[..], &imports[..]) {
        ([only], _) | ([], [only]) => Some(*only),
        _ => None,
    }
}

/// Sum over a period on the series' grid and within it; `None` otherwise.
fn total_over(series: &Series, start: u64, end: u64) -> Option<u64> {
    let step = u64::from(series.interval_seconds);
    let index = |t: u64| {
        let offset = t.checked_sub(series.start)?;
        (offset.is_multiple_of(step) && t <= series.end()).then_some((offset / step) as usize)
    };
    let readings = series.readings.get(index(start)?..index(end)?)?;
    Some(readings.iter().map(|r| u64::from(r.value)).sum())
}
