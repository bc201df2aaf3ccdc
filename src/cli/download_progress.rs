//! The display of downloads on standard error.

use std::time::Instant;

use indicatif::{DecimalBytes, ProgressBar};
use sentiment::hub::DownloadProgress;

use super::console::{Console, PROGRESS_LINE_INTERVAL};

/// Displays the progress of downloads, one file after another: a bar on a terminal, or lines.
pub struct DownloadDisplay {
    bar: ProgressBar,
    console: Console,
    /// The time of the last progress line, if no bar is shown.
    last_line: Instant,
}

impl Console {
    /// Returns a display of the progress of downloads.
    pub fn download_progress(&self) -> DownloadDisplay {
        DownloadDisplay {
            bar: self.bar("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left"),
            console: *self,
            last_line: Instant::now(),
        }
    }
}

impl DownloadDisplay {
    /// Displays a progress report.
    pub fn show(&mut self, progress: &DownloadProgress<'_>) {
        let &DownloadProgress {
            file,
            bytes,
            length,
        } = progress;
        if self.bar.prefix() != file {
            self.bar.set_length(length);
            self.bar.set_prefix(file.to_owned());
            self.bar.set_position(bytes);
            self.bar.reset_eta();
            self.note(format!("downloading {file}, {}", DecimalBytes(length)));
        }
        self.bar.set_position(bytes);
        if self.last_line.elapsed() >= PROGRESS_LINE_INTERVAL {
            let percent = 100 * u128::from(bytes) / u128::from(length.max(1));
            self.note(format!("{file}: {percent}%"));
        }
    }

    /// Prints a line if no bar is shown.
    fn note(&mut self, line: String) {
        self.last_line = Instant::now();
        if self.bar.is_hidden() {
            self.console.note(line);
        }
    }
}

impl Drop for DownloadDisplay {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
