//! A period as the circuit sees it: its slots, with their local times.

use wattproof_circuits::policy::Period;

use super::fault::{Fault, Result};
use super::header::Header;
use super::tree::View;
use super::windows::{Slot, local};
use wattproof_circuits::error::Code;

/// The slots of one period.
pub(super) struct Scene {
    /// Start of the first block, Unix seconds: what lists over the grid are anchored to.
    pub(super) anchor: u64,
    pub(super) slots: Vec<Slot>,
}

impl Scene {
    /// # Errors
    /// If the period is off the meter's grid or does not fit the circuit; `view` is blamed.
    pub(super) fn new(header: &Header, period: Period, view: &View<'_>) -> Result<Self> {
        let (meter, geometry) = (&header.meter, &header.geometry);
        let interval = u64::from(meter.interval_seconds);
        let anchor = meter.block_start(geometry, period.start());
        let end = anchor + geometry.slots() as u64 * interval;
        let begin = period.start() - anchor;
        let off = |at: u64| {
            !at.is_multiple_of(interval)
                || (geometry.aligned && !at.is_multiple_of(meter.block_seconds(geometry)))
        };
        if off(begin) || off(period.end() - anchor) || period.end() > end {
            let (from, to) = (period.start(), period.end());
            let what =
                format!("the period from {from} to {to} (Unix seconds) is off the meter's grid");
            let remedy = "Set meter.grid to an offset from UTC at whose midnight the meter's days begin, or choose another period.";
            let code = Code::PeriodOffCalendar;
            return Err(Fault { code, ..view.fault(what, remedy) });
        }
        let slot = |i: usize| {
            let time = anchor + i as u64 * interval;
            let inside = (period.start()..period.end()).contains(&time);
            Slot { local: local(time, &header.clock, &header.holidays), inside }
        };
        let slots = (0..geometry.slots()).map(slot).collect();
        Ok(Self { anchor, slots })
    }
}
