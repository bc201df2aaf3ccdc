//! Ctrl-C and SIGTERM: a run ends where it can be gone on from, and a second one ends it at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use thiserror::Error;

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

/// A run was interrupted.
#[derive(Debug, Error)]
#[error("training was interrupted; its state is saved in {}", folder.display())]
pub struct Interrupted {
    folder: PathBuf,
    /// The command that resumes it.
    pub command: String,
}

impl Interrupted {
    /// The interruption of the run in `folder`, which the program's own command line resumes.
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
    // With NUL allowed every word can be quoted.
    quoter
        .join(words.iter().map(String::as_str))
        .unwrap_or_default()
}
