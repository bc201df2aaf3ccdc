//! How much of the corpora was read.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The bytes and rows of corpora that were read so far. Clones share one count.
#[derive(Debug, Clone, Default)]
pub struct ReadProgress {
    read: Arc<AtomicU64>,
    rows: Arc<AtomicU64>,
    total: Option<u64>,
    /// Whether a file cannot tell how much of it was read.
    is_unknown: Arc<AtomicBool>,
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
            is_unknown: Arc::default(),
        }
    }

    /// Returns the number of bytes read so far. The rows of a Parquet file and the text in an archive have equal shares of
    /// the bytes of the file.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Returns the number of rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Estimates the number of bytes of the first `rows` rows that were read, of which a reader may be ahead.
    pub fn of_rows(&self, rows: u64) -> u64 {
        let (read, read_rows) = (self.read(), self.rows());
        match rows < read_rows {
            true => share(read, rows, read_rows),
            false => read,
        }
    }

    /// Returns the size of all files in bytes, if it is known. It is not for standard input, and not with a file that does not
    /// tell how much of it was read: Arrow and Excel.
    pub fn total(&self) -> Option<u64> {
        self.total
            .filter(|_| !self.is_unknown.load(Ordering::Relaxed))
    }

    pub(super) fn count_row(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a file does not tell how much of it was read.
    pub(super) fn set_unknown(&self) {
        self.is_unknown.store(true, Ordering::Relaxed);
    }

    /// Returns a reader of a file that counts its bytes.
    pub(super) fn counting(&self, file: File) -> impl Read + Send + 'static {
        let parts = file.metadata().map_or(0, |metadata| metadata.len());
        self.counting_share(file, parts)
    }

    /// Returns a reader of a file, which was extracted from one of `bytes` bytes. The bytes that it reads count as their share.
    pub(super) fn counting_share(&self, file: File, bytes: u64) -> impl Read + Send + 'static {
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut parts = self.parts(bytes, size);
        // The first bytes were read to tell the format.
        parts.count((&file).stream_position().unwrap_or(0));
        Counting { file, parts }
    }

    /// Returns the count of a file of `bytes` bytes with `parts` parts of equal size.
    pub(super) fn parts(&self, bytes: u64, parts: u64) -> Parts {
        Parts {
            progress: self.clone(),
            bytes,
            parts,
            done: 0,
        }
    }
}

/// Counts the parts of a file, such as rows, as shares of its bytes.
pub(super) struct Parts {
    progress: ReadProgress,
    bytes: u64,
    parts: u64,
    done: u64,
}

impl Parts {
    /// Counts further parts. A file that grows counts as the bytes that it had.
    pub(super) fn count(&mut self, parts: u64) {
        let before = share(self.bytes, self.done, self.parts);
        self.done = (self.done + parts).min(self.parts);
        let read = share(self.bytes, self.done, self.parts) - before;
        self.progress.read.fetch_add(read, Ordering::Relaxed);
    }
}

struct Counting {
    file: File,
    parts: Parts,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.parts.count(count as u64);
        Ok(count)
    }
}

/// Returns the bytes of the first parts of a file with parts of equal size.
fn share(bytes: u64, parts: u64, of: u64) -> u64 {
    let bytes = u128::from(bytes) * u128::from(parts) / u128::from(of.max(1));
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use super::super::{CorpusOptions, Kept, TableRows};

    /// Reads a corpus and returns its size and the bytes that are counted before the first row and after each.
    fn counted(path: &Path) -> (u64, Vec<u64>) {
        let rows = TableRows::open(&[path.into()], &CorpusOptions::default(), &Kept::All).unwrap();
        let progress = rows.progress();
        let mut counted = vec![progress.read()];
        for row in rows {
            row.unwrap();
            counted.push(progress.read());
        }
        (progress.total().unwrap(), counted)
    }

    #[test]
    fn text_in_an_archive_counts_as_its_share() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviews.zip");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("reviews.csv", options).unwrap();
        let row = "a good film with a plot that goes nowhere,positive\n";
        let text = format!("text,label\n{}", row.repeat(40_000));
        archive.write_all(text.as_bytes()).unwrap();
        archive.finish().unwrap();
        let (total, counted) = counted(&path);
        assert_eq!(counted.len(), 40_001);
        assert!(counted[0] < total / 2, "{} of {total}", counted[0]);
        assert_eq!(counted[40_000], total);
    }

    #[cfg(feature = "arrow")]
    #[test]
    fn rows_of_parquet_have_equal_shares() {
        use super::super::{Cell, CellKind, Column, ParquetWriter};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviews.parquet");
        let column = Column {
            name: "text".into(),
            kind: CellKind::Text,
        };
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = ParquetWriter::new(file, &[column]).unwrap();
        for _ in 0..4 {
            writer.write(&[Cell::Text("a film".into())]).unwrap();
        }
        writer.finish().unwrap();
        let (total, counted) = counted(&path);
        let share = |rows| total * rows / 4;
        assert_eq!(counted, [0, share(1), share(2), share(3), total]);
    }

    #[test]
    fn rows_that_a_reader_is_ahead_of_count_in_part() {
        let progress = super::ReadProgress::default();
        progress.parts(1_000, 1).count(1);
        (0..50).for_each(|_| progress.count_row());
        assert_eq!(
            [0, 10, 50, 60].map(|rows| progress.of_rows(rows)),
            [0, 200, 1_000, 1_000]
        );
    }
}
