//! Ctrl-C and SIGTERM: a run ends where it can be gone on from, and a second one ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// A flag that an interruption sets; a second one ends the program at once.
pub fn on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    call_on_interrupt(move || seen.store(true, Ordering::Relaxed))?;
    Ok(flag)
}

/// Calls a function on an interruption; a second one ends the program at once.
pub fn call_on_interrupt(call: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let interrupted = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
        call();
    })
    .context("could not listen for Ctrl-C")
}
