//! An archive: the files of a model in one file, a tar archive compressed by Zstandard.
//!
//! Nothing is unpacked: a file is read where it stands, by name, up to the size that a model may have. So an archive from
//! anywhere cannot write outside a folder or fill a disk. config.json is its first file, and has the digests of the others.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::folder::NamedFile;
use crate::files::FileError;

/// The end of an archive's name.
pub const ARCHIVE_ENDING: &str = ".sentiment";

/// The maximum number of bytes that are decompressed in search of a file: more than all files of the largest model have.
const MAX_DECOMPRESSED: u64 = 6 << 30;

/// The maximum memory of Zstandard's window in bytes, as a power of two: that of its own program.
const MAX_WINDOW: u32 = 27;

/// The permissions of each file.
const MODE: u32 = 0o644;

/// Returns an archive of files. The same files give the same bytes.
pub(crate) fn archive(files: &[NamedFile]) -> io::Result<Vec<u8>> {
    let mut encoder =
        zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    let mut archive = tar::Builder::new(encoder);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(MODE);
        header.set_mtime(0);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    archive.into_inner()?.finish()
}

/// Calls `read` with the content of a file of an archive and its size in bytes. Returns `None` if the archive has no such
/// file.
pub(super) fn read_member<T>(
    path: &Path,
    name: &str,
    read: impl FnOnce(&mut dyn Read, u64) -> T,
) -> Result<Option<T>, FileError> {
    let context = |action| FileError::context(action, path);
    let file = File::open(path).map_err(context("open"))?;
    let mut decoder = zstd::stream::read::Decoder::new(file).map_err(context("read"))?;
    decoder
        .window_log_max(MAX_WINDOW)
        .map_err(context("read"))?;
    let mut archive = tar::Archive::new(decoder.take(MAX_DECOMPRESSED));
    // Raw: headers of long names and extensions, which the archive of a model does not have, would be read whole.
    let entries = archive.entries().map_err(context("read"))?.raw(true);
    for entry in entries {
        let mut entry = entry.map_err(context("read"))?;
        let is_file = entry.header().entry_type().is_file();
        if is_file && *entry.path_bytes() == *name.as_bytes() {
            let size = entry.size();
            return Ok(Some(read(&mut entry, size)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(path: &Path, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        read_member(path, name, |file, size| {
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            assert_eq!(size, content.len() as u64);
            content
        })
    }

    #[test]
    fn a_file_is_read_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sentiment");
        let files = [("config.json", b"{}".to_vec()), ("b", vec![7; 100_000])];
        std::fs::write(&path, archive(&files).unwrap()).unwrap();
        for (name, expected) in files {
            assert_eq!(content(&path, name).unwrap(), Some(expected));
        }
        assert_eq!(content(&path, "c").unwrap(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_file_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.sentiment");
            std::fs::write(&path, zstd::encode_all(bytes.as_slice(), 1).unwrap()).unwrap();
            let _ = read_member(&path, "config.json", |file, _| io::copy(file, &mut io::sink()));
            std::fs::write(&path, bytes).unwrap();
            let _ = read_member(&path, "config.json", |_, _| ());
        }
    }
}
