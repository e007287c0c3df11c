//! What a format's reader makes of one document, before anything is contiguous.

use super::error::{Fault, Problem, Result, clip};
use super::model::LeftOut;
use super::nem12_register::Register;
use super::normalize::Rows;
use super::summary::Summary;

/// A series as its reader keeps it.
pub(super) enum Found {
    Rows(Rows),
    /// Days are smaller than their rows, which are made when their turn comes.
    Days(Register),
}

impl Found {
    pub(super) fn into_rows(self) -> Rows {
        match self {
            Self::Rows(rows) => rows,
            Self::Days(register) => register.into_rows(),
        }
    }

    /// How many readings.
    pub(super) fn rows(&self) -> u32 {
        match self {
            Self::Rows(rows) => rows.rows.len() as u32,
            Self::Days(register) => register.readings.len() as u32,
        }
    }

    pub(super) fn each_line(&mut self, mut change: impl FnMut(&mut u64)) {
        match self {
            Self::Rows(rows) => rows.rows.iter_mut().for_each(|row| change(&mut row.line)),
            Self::Days(register) => register.days.iter_mut().for_each(|day| change(&mut day.line)),
        }
    }

    /// Whether another file's series is more of this one.
    pub(super) fn is_same_series(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => {
                (a.channel, &a.origin, a.exponent, a.interval)
                    == (b.channel, &b.origin, b.exponent, b.interval)
            }
            (Self::Days(a), Self::Days(b)) => a.is_same(b),
            _ => false,
        }
    }

    /// Takes over the readings of another file's series that is the same.
    pub(super) fn extend(&mut self, other: Self) {
        match (self, other) {
            (Self::Rows(known), Self::Rows(more)) => {
                known.rows.extend(more.rows);
                known.about.add(more.about);
            }
            (Self::Days(known), Self::Days(more)) => known.extend(more),
            _ => {}
        }
    }
}

#[derive(Default)]
pub(super) struct Document {
    pub(super) found: Vec<Found>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) summaries: Vec<Summary>,
    pub(super) notes: Vec<String>,
    /// Names of series that were not asked for; the first few.
    pub(super) unchosen: Vec<String>,
    /// What was signed.
    #[cfg(feature = "signatures")]
    pub(super) checked: Option<super::ocmf::Checked>,
}

impl Document {
    /// There must be something to import; if there is not, `why`.
    pub(super) fn usable(self, choice: &Choice) -> Result<Self> {
        if !self.found.is_empty() {
            return Ok(self);
        }
        let list = |all: &[String]| all.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let problem = if !self.left_out.is_empty() {
            let why: Vec<_> = self
                .left_out
                .iter()
                .map(|l| format!("{}: {} readings left out: {}", l.origin, l.rows, l.reason))
                .collect();
            Problem::NothingUsable(list(&why))
        } else if let (Some(asked), false) = (choice.name(), self.unchosen.is_empty()) {
            Problem::NoSuchSeries { asked: clip(asked), has: clip(&list(&self.unchosen)) }
        } else {
            Problem::NoReadings
        };
        Err(Fault::file(problem))
    }

    /// Remembers a series that was not asked for.
    pub(super) fn unchosen(&mut self, origin: &str) {
        if self.unchosen.len() < 4 && !self.unchosen.iter().any(|known| known == origin) {
            self.unchosen.push(origin.to_owned());
        }
    }
}

/// Which series are asked for: all, or those of a name or under it.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice(Option<String>);

impl Choice {
    pub(super) fn new(asked: Option<&str>) -> Self {
        Self(asked.map(|name| name.trim_matches('/').to_owned()))
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(super) fn takes(&self, origin: &str) -> bool {
        self.name().is_none_or(|name| {
            origin.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Choice;

    #[test]
    fn choice_goes_by_whole_segments() {
        let takes = |asked, origin| Choice::new(Some(asked)).takes(origin);
        assert!(takes("NEM1", "NEM1/E1/30") && takes("NEM1/E1", "NEM1/E1/30"));
        assert!(takes("/NEM1/E1/30/", "NEM1/E1/30"));
        assert!(!takes("NEM1", "NEM12/E1/30") && !takes("NEM1/E1/3", "NEM1/E1/30"));
        assert!(Choice::new(None).takes("anything"));
    }
}
