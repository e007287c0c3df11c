//! The policy: what both parties agreed on, its digest, and the words a verifier reads. Also the period and the context that a
//! claim under it is bound to.

mod calendar;
mod context;
mod document;
mod scope;
mod words;

pub use calendar::{Calendar, CalendarUnit, Period, fixed_offset};
pub use context::Context;
pub use document::Policy;
pub use scope::Scope;
pub use words::{ConditionWords, LevelWords};
