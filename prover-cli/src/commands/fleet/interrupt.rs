//! Ctrl-C: the first ends what was begun, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Result;

/// Whether somebody wants it to end.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches for SIGINT and SIGTERM from now on.
    pub(super) fn watch() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&flag);
        wattproof_service::on_interrupt(move || {
            if seen.swap(true, Ordering::Relaxed) {
                // As the shell knows it of SIGINT. A service that was started here sees its standard input end.
                std::process::exit(130);
            }
        })
        .map_err(wattproof_service::ServeError::System)?;
        Ok(Self(flag))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
