//! The progress of reading a corpus, shown on a terminal.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use sentiment::corpus::ReadProgress;

use super::console::Console;

/// The time after which the progress is shown.
const DELAY: Duration = Duration::from_secs(2);

/// The time between two updates.
const INTERVAL: Duration = Duration::from_millis(250);

/// Shows the rows that were read, rows per second and the time left, from two seconds after its creation until it is
/// dropped. Hidden if standard error is not a terminal.
pub struct ReadingProgress {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Console {
    /// Starts to show the progress of reading.
    pub fn reading_progress(&self, progress: ReadProgress) -> ReadingProgress {
        if self.quiet || !io::stderr().is_terminal() {
            return ReadingProgress { thread: None };
        }
        let console = *self;
        let (stop, stopped) = mpsc::channel();
        let show = move || {
            let begin = Instant::now();
            let is_stopped =
                |time| !matches!(stopped.recv_timeout(time), Err(RecvTimeoutError::Timeout));
            if is_stopped(DELAY) {
                return;
            }
            let bar = console.rows_progress(progress.total());
            loop {
                update(&bar, &progress, begin);
                if is_stopped(INTERVAL) {
                    return bar.finish_and_clear();
                }
            }
        };
        ReadingProgress {
            thread: Some((stop, thread::spawn(show))),
        }
    }
}

fn update(bar: &ProgressBar, progress: &ReadProgress, begin: Instant) {
    let rows = progress.rows();
    let speed = rows as f64 / begin.elapsed().as_secs_f64();
    bar.set_message(format!("{rows} rows, {speed:.0} rows/s,"));
    bar.set_position(progress.read());
}

impl Drop for ReadingProgress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            // The bar is removed before other messages are printed.
            let _ = thread.join();
        }
    }
}
