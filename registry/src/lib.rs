//! The registry of meters as files. What an entry means and which may be added is in `wattproof-circuits`; here is how it is kept.
//!
//! | file | what | whose |
//! | --- | --- | --- |
//! | `NAME` | the log: every event, chained by SHA-256; all else follows from it | public |
//! | `NAME.snapshot` | entries and nodes at one place of the log, so that nobody need build them anew | a cache |
//! | `NAME.serials` | which serial each meter id was made of | the registrar's secret |
//!
//! [`Store`] opens a log, judges and commits changes, and tells which roots are accepted. [`sync`] brings another's log here.
#![deny(missing_docs)]

mod error;
mod lines;
mod log;
mod serials;
mod snapshot;
mod store;
mod sync;

pub use error::{Error, Result};
pub use log::{Log, RootSpan};
pub use store::{Audit, Change, Mode, Store};
pub use sync::{Synced, sync};

/// Told how many bytes of how many are done.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);
