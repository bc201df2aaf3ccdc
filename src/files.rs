//! Reading files with transparent decompression, and writing files atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use thiserror::Error;

const BUFFER_BYTES: usize = 1 << 18;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The name prefix of temporary files.
pub(crate) const UNFINISHED: &str = ".sentiment-";

/// A failed file operation.
#[derive(Debug, Error)]
#[error("could not {action} {}: {source}", path.display())]
pub struct FileError {
    /// The operation, as a verb: `open`, `write`, …
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

impl FileError {
    /// Returns a function for `map_err` that adds the operation and the file to an I/O error.
    pub fn context(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Opens a file for reading. Detects gzip and Zstandard by their first bytes and decompresses them.
///
/// A truncated compressed file gives an error of kind [`io::ErrorKind::UnexpectedEof`], not a silent end of
/// file.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, FileError> {
    let file = File::open(path).map_err(FileError::context("open", path))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(FileError::context("open", path)(source));
    }
    decompress(file).map_err(FileError::context("read", path))
}

/// Decompresses a stream if its first bytes are those of gzip or Zstandard; returns other streams unchanged.
pub fn decompress<'a>(source: impl Read + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut whole = BufReader::with_capacity(BUFFER_BYTES, source);
    let start = fill(&mut whole)?;
    if (1..ZSTD_MAGIC.len()).contains(&start.len()) {
        return decompress_short(whole);
    }
    let (is_gzip, is_zstd) = (
        start.starts_with(&GZIP_MAGIC),
        start.starts_with(&ZSTD_MAGIC),
    );
    decompressor(whole, is_gzip, is_zstd)
}

/// Decompresses a stream whose first read returned fewer bytes than a magic number has.
fn decompress_short<'a>(
    mut source: impl Read + Send + 'a,
) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    source
        .by_ref()
        .take(ZSTD_MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    let (is_gzip, is_zstd) = (
        magic.starts_with(&GZIP_MAGIC),
        magic.starts_with(&ZSTD_MAGIC),
    );
    let whole = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(magic).chain(source));
    decompressor(whole, is_gzip, is_zstd)
}

/// Returns the buffered bytes, filling an empty buffer first; empty at the end of the file.
pub(crate) fn fill(reader: &mut dyn BufRead) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    reader.fill_buf()
}

fn decompressor<'a>(
    whole: impl BufRead + Send + 'a,
    is_gzip: bool,
    is_zstd: bool,
) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(
            BUFFER_BYTES,
            MultiGzDecoder::new(whole),
        ))
    } else if is_zstd {
        let decoder = zstd::stream::read::Decoder::with_buffer(whole)?;
        Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
    } else {
        Box::new(whole)
    })
}

/// The temporary files of this process that are being written.
static BEING_WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the temporary files that are being written, before the program ends at a signal.
pub fn remove_temporary_files() {
    let files = BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    for file in &*files {
        // A file that is gone needs no removal.
        let _ = fs::remove_file(file);
    }
}

/// Lists a temporary file while it is being written.
struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        let mut files = BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut files = BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|file| *file != self.0);
    }
}

/// Writes a file atomically: to a temporary file in the same folder, which is synced and renamed. Readers see the old
/// file or the new one, never a part.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), FileError> {
    write_whole_with(path, |out| {
        write(out).map_err(FileError::context("write", path))
    })
}

/// Copies a file atomically.
pub fn copy_whole(from: &Path, to: &Path) -> Result<(), FileError> {
    let mut source = File::open(from).map_err(FileError::context("open", from))?;
    write_whole(to, |file| io::copy(&mut source, file).map(drop))
}

/// Returns a file name without the extension of a compression, `.gz` or `.zst`.
pub fn without_compression(name: &str) -> &str {
    let bare = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
    bare.unwrap_or(name)
}

/// Returns a list of paths without their folders: reports and model cards go to others.
pub(crate) fn file_names(paths: &str) -> String {
    let names = paths.split(", ");
    let names = names.map(|path| {
        let path = path.trim_end_matches(['/', '\\']);
        path.rsplit(['/', '\\']).next().unwrap_or(path)
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Like [`write_whole`], with any error type and a return value.
pub fn write_whole_with<T, E: From<FileError>>(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, E>,
) -> Result<T, E> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let context = || FileError::context("write", path);
    // `tempfile` would make the file readable by its owner only, which breaks shared folders, and its errors name the
    // temporary file, which the user does not know.
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    let mut beside = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .make_in(folder, create)
        .map_err(context())?;
    let _listed = Listed::new(beside.path());
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, beside.as_file_mut());
    let result = write(&mut writer)?;
    writer.flush().map_err(context())?;
    drop(writer);
    let finish = || -> io::Result<()> {
        beside.as_file().sync_all()?;
        beside.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    finish().map_err(context())?;
    Ok(result)
}

/// Like [`write_whole`], with compression if the name ends in `.gz` (gzip) or `.zst` (Zstandard), at the default level
/// of the respective program. The same content gives the same bytes.
pub fn write_compressed(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), FileError> {
    let name = path.to_string_lossy().to_lowercase();
    write_whole(path, |file| {
        if name.ends_with(".gz") {
            let mut encoder = GzEncoder::new(file, flate2::Compression::default());
            write(&mut encoder)?;
            encoder.finish().map(drop)
        } else if name.ends_with(".zst") {
            let mut encoder =
                zstd::stream::write::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            write(&mut encoder)?;
            encoder.finish().map(drop)
        } else {
            write(file)
        }
    })
}

/// Removes temporary files and folders of a killed program: those in `folder` whose names start with `prefix`. Does
/// nothing if the folder does not exist.
pub(crate) fn remove_unfinished(folder: &Path, prefix: &str) -> Result<(), FileError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(FileError::context("clear", folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(FileError::context("clear", folder))?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(prefix.as_bytes()) {
            let path = entry.path();
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            removed.map_err(FileError::context("remove", &path))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out() {
        assert_eq!(file_names("/home/ada/a.csv, b.csv"), "a.csv, b.csv");
        assert_eq!(file_names("reviews/"), "reviews");
        assert_eq!(file_names("the sample corpus"), "the sample corpus");
    }
}
