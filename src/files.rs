//! Files as the rest of the crate sees them: read as a stream whatever their compression, written
//! whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use thiserror::Error;

const BUFFER_BYTES: usize = 1 << 18;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How the name of a file begins that is not written whole yet.
pub(crate) const UNFINISHED: &str = ".sentiment-";

/// A file operation that failed: what was being done, to which file, and why.
#[derive(Debug, Error)]
#[error("could not {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was being done, as a verb: `open`, `write`, …
    pub action: &'static str,
    /// The file it was done to.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: gives an I/O error its action and its file.
    pub fn context(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Opens a file for reading, decompressing gzip and Zstandard, which are known by their first bytes.
///
/// A truncated compressed file gives an error of kind [`io::ErrorKind::UnexpectedEof`] where the
/// data ends, never a silent end of file.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, FileError> {
    let file = File::open(path).map_err(FileError::context("open", path))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(FileError::context("open", path)(source));
    }
    decompress(file).map_err(FileError::context("read", path))
}

/// Decompresses a stream whose first bytes are those of gzip or Zstandard; passes others through.
pub fn decompress(source: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut source = source;
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    source
        .by_ref()
        .take(ZSTD_MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    let is_gzip = magic.starts_with(&GZIP_MAGIC);
    let is_zstd = magic.starts_with(&ZSTD_MAGIC);
    let whole = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(magic).chain(source));
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

/// Writes a file beside its place, syncs it and renames it into place, so that a reader sees the
/// old file or the new one and never a part of either.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    write_whole_with(path, |out| {
        write(out).map_err(FileError::context("write", path))
    })
}

/// As [`write_whole`], where what writes can fail for reasons of its own, and gives something.
pub fn write_whole_with<T, E: From<FileError>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let context = || FileError::context("write", path);
    // `tempfile` would keep the file to its owner, which surprises whoever shares a folder, and its errors name the file,
    // which the user has never seen.
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    let mut beside = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .make_in(folder, create)
        .map_err(context())?;
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

/// As [`write_whole`], compressed where the name ends in `.gz` (gzip) or `.zst` (Zstandard), each at
/// its program's default level. The same content gives the same bytes.
pub fn write_compressed(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
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

/// Removes the files and folders in a folder whose names begin with `prefix`: what a program that was killed left half
/// written. A folder that is not there holds none.
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
