//! How a process learns that it is to end.

use std::io::{self, Read};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

/// Calls `seen` whenever this process is sent SIGINT or SIGTERM, which do not end it any more.
///
/// # Errors
/// If the system gives no thread or no signals.
pub fn on_interrupt(mut seen: impl FnMut() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                let more = tokio::select! {
                    more = interrupt.recv() => more,
                    more = terminate.recv() => more,
                };
                match more {
                    Some(()) => seen(),
                    None => break,
                }
            }
        });
    })?;
    Ok(())
}

/// Sends this process SIGTERM once `input` ends: whoever holds its other end need not be alive to say so.
///
/// # Errors
/// If the system gives no thread.
pub fn end_with(mut input: impl Read + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("leash".into()).spawn(move || {
        let mut rest = [0; 64];
        while matches!(input.read(&mut rest), Ok(1..)) {}
        // Without a signal nothing ends; and there is nobody left to tell.
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
    })?;
    Ok(())
}
