//! Ctrl-C and SIGTERM: the first ends a run after a checkpoint, the second ends the program at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use thiserror::Error;

/// Returns a flag that the first interruption sets. A second one ends the program at once.
pub fn on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    call_on_interrupt(move || seen.store(true, Ordering::Relaxed))?;
    Ok(flag)
}

/// Calls a function at the first interruption. A second one ends the program at once.
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

/// The error of an interrupted run.
#[derive(Debug, Error)]
#[error("training interrupted; checkpoint saved in {}", folder.display())]
pub struct Interrupted {
    folder: PathBuf,
    /// The command that resumes the run.
    pub command: String,
}

impl Interrupted {
    /// Returns the error for the run in `folder`, with the current command line and `--resume`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            command: resuming_command(std::env::args()),
        }
    }
}

/// Returns the command with `--resume`, quoted for a shell.
fn resuming_command(arguments: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = arguments
        .filter(|argument| argument != "--resume")
        .collect();
    words.push("--resume".into());
    let quoter = shlex::Quoter::new().allow_nul(true);
    // With NUL allowed, every word can be quoted.
    quoter
        .join(words.iter().map(String::as_str))
        .unwrap_or_default()
}
