//! Ctrl-C: a run ends where it can be gone on from, and a second one ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// A flag that Ctrl-C sets; pressed again it ends the program at once.
pub fn on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    })
    .context("could not listen for Ctrl-C")?;
    Ok(flag)
}
