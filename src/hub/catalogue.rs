//! Corpora and word vectors with short names, and their public addresses.
//!
//! No digest is written down here, because none could be checked when this was written. Files of the hub are verified with
//! the SHA-256 that the hub states, and word vectors with the size that the server states and the archive's checksum.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::{DatasetName, HubError};
use crate::files::{FileError, write_whole_with};

/// The server of the GloVe project.
const GLOVE_ADDRESS: &str = "https://nlp.stanford.edu/data";

/// The largest file taken out of an archive.
const MAX_MEMBER_BYTES: u64 = 1 << 33;

/// A published corpus or file of word vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownDownload {
    /// A dataset on the hub.
    Dataset(DatasetName),
    /// Word vectors in a zip archive.
    Vectors(ArchiveMember),
}

/// A file in a published zip archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveMember {
    /// The file name of the archive.
    pub archive: &'static str,
    /// The name of the file in the archive.
    pub member: &'static str,
}

/// Names of datasets on the hub.
const DATASETS: [(&str, &str); 2] = [("imdb", "stanfordnlp/imdb"), ("sst2", "stanfordnlp/sst2")];

/// Names and files of word vectors: 400,000 lower-case words, trained on 6 billion tokens.
const GLOVE: [(&str, &str); 4] = [
    ("glove.6B.50d", "glove.6B.50d.txt"),
    ("glove.6B.100d", "glove.6B.100d.txt"),
    ("glove.6B.200d", "glove.6B.200d.txt"),
    ("glove.6B.300d", "glove.6B.300d.txt"),
];

impl KnownDownload {
    /// Finds a download by its short name.
    pub fn find(name: &str) -> Result<Self, HubError> {
        if let Some((_, dataset)) = DATASETS.iter().find(|(known, _)| *known == name) {
            return Ok(Self::Dataset(dataset.parse()?));
        }
        let vectors = GLOVE.iter().find(|(known, _)| *known == name);
        let &(_, member) = vectors.ok_or_else(|| HubError::UnknownDownload {
            name: name.to_owned(),
            known: Self::names().collect::<Vec<_>>().join(", "),
        })?;
        let archive = "glove.6B.zip";
        Ok(Self::Vectors(ArchiveMember { archive, member }))
    }

    /// Returns the short names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        DATASETS.iter().chain(&GLOVE).map(|(name, _)| *name)
    }
}

impl ArchiveMember {
    /// Returns the address of the archive, on the mirror `endpoint` if there is one.
    pub(super) fn url(&self, endpoint: Option<&str>) -> String {
        format!("{}/{}", endpoint.unwrap_or(GLOVE_ADDRESS), self.archive)
    }

    /// Writes the file in the archive into the folder of the archive. Its checksum is verified.
    pub(super) fn extract(&self, archive: &Path) -> Result<PathBuf, HubError> {
        let damaged = |reason: String| HubError::Archive {
            archive: archive.to_owned(),
            reason,
        };
        let file = File::open(archive).map_err(FileError::context("open", archive))?;
        let mut zip = ZipArchive::new(BufReader::new(file))
            .map_err(|error| damaged(format!("not a valid zip archive: {error}")))?;
        let mut member = zip
            .by_name(self.member)
            .map_err(|error| damaged(format!("could not find {}: {error}", self.member)))?;
        if member.size() > MAX_MEMBER_BYTES {
            return Err(damaged(format!("{} is too large", self.member)));
        }
        let path = archive.with_file_name(self.member);
        write_whole_with(&path, |out| {
            let mut limited = Read::take(&mut member, MAX_MEMBER_BYTES);
            copy(&mut limited, out, &path, |error| {
                damaged(format!("could not extract {}: {error}", self.member))
            })
        })?;
        Ok(path)
    }
}

/// Copies a stream. Distinguishes a damaged source from a failure to write.
fn copy(
    source: &mut dyn Read,
    out: &mut dyn Write,
    path: &Path,
    damaged: impl FnOnce(io::Error) -> HubError,
) -> Result<(), HubError> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => out
                .write_all(&buffer[..count])
                .map_err(FileError::context("write", path))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damaged(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_others_are_listed() {
        for name in KnownDownload::names() {
            assert!(KnownDownload::find(name).is_ok(), "{name}");
        }
        let error = KnownDownload::find("glove").unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown download \"glove\"; the known downloads are imdb, sst2, glove.6B.50d, glove.6B.100d, \
             glove.6B.200d, glove.6B.300d"
        );
    }
}
