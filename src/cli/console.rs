//! Notes and progress on standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use sentiment::corpus::{Note, Skipped};
use sentiment::embeddings::VectorNote;
use sentiment::embeddings::training::VectorProgress;

use super::arguments;
use super::columns::error_columns;
use super::message_lines::wrapped;

/// The time between two progress lines of a long stage, if no progress bar is shown.
pub const PROGRESS_LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The bars on the terminal, which are hidden while a line is printed.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The verbosity of the messages on standard error.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// Whether to print only errors.
    pub quiet: bool,
    /// Whether to print details too.
    pub verbose: bool,
}

impl Console {
    /// Prints a message unless `quiet`.
    pub fn note(&self, message: impl AsRef<str>) {
        if !self.quiet {
            print_message(message.as_ref(), arguments());
        }
    }

    /// Prints a message if `verbose`.
    pub fn detail(&self, message: impl AsRef<str>) {
        if self.verbose {
            print_message(message.as_ref(), arguments());
        }
    }

    /// Prints the notes on how a corpus was read, and the number of skipped rows, if any, with the first reasons.
    pub fn note_reading(&self, notes: &[Note], skipped: &Skipped) {
        for note in notes {
            self.note(format!("note: {note}"));
        }
        if skipped.rows > 0 {
            self.note(format!(
                "bad rows skipped: {} of {}, first: {}",
                skipped.rows,
                skipped.of,
                skipped.first_reasons.join("; ")
            ));
        }
    }

    /// Prints the notes about a vector file.
    pub fn note_vectors(&self, notes: &[VectorNote]) {
        for note in notes {
            self.note(note.to_string());
        }
    }

    /// Returns a display of the progress of word vector training.
    pub fn vectors_progress(&self) -> VectorsProgress {
        VectorsProgress {
            bar: self.bar("{prefix} {human_pos} words {per_sec}"),
            console: *self,
            last_line: Instant::now(),
        }
    }

    /// Returns a display of rows that are read from files of a size in bytes, if it is known.
    pub fn rows_progress(&self, bytes: Option<u64>) -> ProgressBar {
        let bar = self.bar(match bytes {
            Some(_) => "{wide_bar} {percent:>3}% {msg} {eta} left",
            None => "{spinner} {msg}",
        });
        bar.set_length(bytes.unwrap_or_default());
        bar
    }

    /// Returns a bar that counts finished items up to `total`.
    pub fn counter(&self, label: &str, total: usize) -> ProgressBar {
        let bar = self.bar("{prefix} {wide_bar} {pos}/{len} {eta} left");
        bar.set_prefix(label.to_string());
        bar.set_length(total as u64);
        bar
    }

    /// Returns a bar that is hidden if standard error is not a terminal.
    pub fn bar(&self, template: &str) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = BARS.add(ProgressBar::no_length());
        bar.set_style(style(template));
        bar.enable_steady_tick(Duration::from_millis(250));
        bar
    }
}

fn style(template: &str) -> ProgressStyle {
    let words_per_second = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // Writing to a string never fails.
        let _ = write!(out, "{:.0}k words/s", state.per_sec() / 1000.0);
    };
    // Never fails: the templates are constants.
    let style = ProgressStyle::with_template(template).expect("a valid template");
    style.with_key("per_sec", words_per_second)
}

/// Prints a message to standard error, on a terminal with line breaks between words, but not within `names`.
pub fn print_message(message: &str, names: impl Iterator<Item = String>) {
    match error_columns() {
        Some(columns) => {
            let names: Vec<String> = names.collect();
            print_line(&wrapped(message, columns, &names));
        }
        None => print_line(message),
    }
}

/// Prints a line to standard error. Ignores a closed pipe, on which `eprintln!` panics.
fn print_line(line: &str) {
    BARS.suspend(|| {
        let _ = writeln!(io::stderr(), "{line}");
    });
}

/// Displays the progress that [`sentiment::embeddings::training::train`] reports.
pub struct VectorsProgress {
    bar: ProgressBar,
    console: Console,
    /// The time of the last progress line, if no bar is shown.
    last_line: Instant,
}

impl VectorsProgress {
    /// Displays a progress report.
    pub fn show(&mut self, VectorProgress { stage, tokens, of }: VectorProgress) {
        if self.bar.prefix() != stage {
            self.bar.reset();
            self.bar.set_prefix(stage);
            if let Some(of) = of {
                self.bar.set_length(of);
                let template = "{prefix} {wide_bar} {percent:>3}% {per_sec} {eta} left";
                self.bar.set_style(style(template));
            }
        }
        self.bar.set_position(tokens);
        if self.bar.is_hidden() && self.last_line.elapsed() >= PROGRESS_LINE_INTERVAL {
            self.last_line = Instant::now();
            let done = of.map_or(format!("{tokens} words"), |of| {
                format!("{}%", 100 * tokens / of.max(1))
            });
            let speed = tokens as f64 / self.bar.elapsed().as_secs_f64() / 1000.0;
            self.console
                .note(format!("{stage}: {done}, {speed:.0}k words/s"));
        }
    }
}

impl Drop for VectorsProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
