//! How much of the corpora was read.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes and rows of corpora that were read so far. Clones share one count.
#[derive(Debug, Clone, Default)]
pub struct ReadProgress {
    read: Arc<AtomicU64>,
    rows: Arc<AtomicU64>,
    total: Option<u64>,
}

impl ReadProgress {
    /// Starts at 0 of the size of the files; the size is unknown if one of them is not a file.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let size = |path: &PathBuf| {
            let metadata = path.metadata().ok()?;
            metadata.is_file().then_some(metadata.len())
        };
        Self {
            read: Arc::default(),
            rows: Arc::default(),
            total: paths.iter().map(size).sum(),
        }
    }

    /// Returns the number of bytes read so far. Files that are not text count when they are opened.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Returns the number of rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Returns the size of all files in bytes, if it is known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn count_row(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns a reader of a file that counts its bytes.
    pub(super) fn counting(&self, file: File) -> impl Read + Send + 'static {
        Counting {
            file,
            progress: self.clone(),
        }
    }
}

struct Counting {
    file: File,
    progress: ReadProgress,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.progress.add(count as u64);
        Ok(count)
    }
}
