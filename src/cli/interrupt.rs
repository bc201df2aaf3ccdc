//! Ctrl-C and SIGTERM. They end the program and remove its temporary files. In a command that can resume, the first
//! ends the run after a checkpoint, and the second ends the program at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use sentiment::files::remove_temporary_files;
use thiserror::Error;

use super::{arguments, print_error};

/// Returns a flag that the first interruption sets. A second one ends the program at once.
pub fn on_interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    set_on_interrupt(&flag);
    flag
}

/// Makes the next interruption set a flag.
pub fn set_on_interrupt(flag: &Arc<AtomicBool>) {
    let flag = Arc::clone(flag);
    call_on_interrupt(move || flag.store(true, Ordering::Relaxed));
}

/// Makes the next interruption end the program at once, with this error.
pub fn end_on_interrupt(error: Interrupted) {
    call_on_interrupt(move || {
        remove_temporary_files();
        print_error(&error.into());
        std::process::exit(1);
    });
}

/// Makes interruptions end the program at once, as at its start.
pub fn forget_interrupt() {
    let mut on_interrupt = ON_INTERRUPT.lock().unwrap_or_else(PoisonError::into_inner);
    *on_interrupt = None;
}

/// What the first interruption does; by default it ends the program.
static ON_INTERRUPT: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// Listens for interruptions. Called once, before the command.
pub fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let call = ON_INTERRUPT
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match call {
            Some(call) => call(),
            None => {
                remove_temporary_files();
                std::process::exit(1);
            }
        }
    })
    .context("could not listen for Ctrl-C")
}

/// Calls a function at the first interruption. A second one ends the program at once.
pub fn call_on_interrupt(call: impl FnOnce() + Send + 'static) {
    let mut on_interrupt = ON_INTERRUPT.lock().unwrap_or_else(PoisonError::into_inner);
    *on_interrupt = Some(Box::new(call));
}

/// The error of an interrupted run.
#[derive(Debug, Error)]
#[error("interrupted; {} has what is finished", path.display())]
pub struct Interrupted {
    /// The folder with the checkpoint, or the unfinished output.
    path: PathBuf,
    /// The command that resumes the run.
    pub command: String,
}

impl Interrupted {
    /// Returns the error for the checkpoint or the output at `path`, with the current command line and `--resume`.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            command: resuming_command(arguments()),
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
