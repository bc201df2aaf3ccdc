//! Zip archives with one corpus.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;
use zip::ZipArchive;

use super::notes::{NoteKind, ReadingNotes};
use super::{CorpusError, MAX_COPY_BYTES};
use crate::files::FileError;
use crate::zip_archive::is_file;

/// The file that every Excel workbook contains.
const WORKBOOK: &str = "xl/workbook.xml";

/// The maximum number of members that a message lists.
const SHOWN_MEMBERS: usize = 10;

/// A member of an archive, in a temporary file.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) file: NamedTempFile,
}

/// Returns whether a zip archive is an Excel workbook.
pub(super) fn is_spreadsheet(path: &Path) -> bool {
    let archive = File::open(path).ok().map(ZipArchive::new);
    archive.is_some_and(|archive| {
        archive.is_ok_and(|archive| archive.index_for_name(WORKBOOK).is_some())
    })
}

/// Extracts a member of an archive to a temporary file: the one of the given name, or the only one.
pub(super) fn extract(
    path: &Path,
    name: &Path,
    wanted: Option<&str>,
    notes: &ReadingNotes,
) -> Result<Member, CorpusError> {
    let damaged = |error: zip::result::ZipError| CorpusError::Archive {
        path: name.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(FileError::context("open", name))?;
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let names = archive.file_names().map(|name| Ok(name?.into_owned()));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(damaged)?;
    let files: Vec<&String> = names.iter().filter(|name| is_file(name)).collect();
    let member = match wanted {
        Some(member) if !files.is_empty() => {
            let unknown = || CorpusError::NoMember {
                path: name.to_owned(),
                member: member.to_owned(),
                members: listing(&files),
            };
            let mut names = names.iter();
            names.find(|name| *name == member).ok_or_else(unknown)?
        }
        _ => match files.as_slice() {
            [member] => member,
            _ => {
                return Err(CorpusError::Members {
                    path: name.to_owned(),
                    count: files.len(),
                    members: listing(&files),
                });
            }
        },
    };
    notes.add(&name.into(), NoteKind::Member(member.clone()));
    let mut content = archive.by_name(member).map_err(damaged)?;
    let mut file = NamedTempFile::new().map_err(FileError::context("extract", name))?;
    copy_bounded(&mut content, file.as_file_mut(), MAX_COPY_BYTES, name)?;
    Ok(Member {
        name: member.clone(),
        file,
    })
}

/// Lists the first files for a message.
fn listing(files: &[&String]) -> String {
    let shown = files.iter().take(SHOWN_MEMBERS);
    shown
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Copies a stream to a temporary file. Fails if it is longer than `limit` bytes; messages call it `name`.
pub(super) fn copy_bounded(
    source: &mut impl Read,
    copy: &mut impl Write,
    limit: u64,
    name: &Path,
) -> Result<(), CorpusError> {
    let copied = io::copy(&mut source.take(limit + 1), copy);
    match copied.map_err(FileError::context("extract", name))? > limit {
        true => Err(CorpusError::CopyTooLarge {
            path: name.to_owned(),
        }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_longer_than_the_limit_is_not_copied() {
        let copy = |length: u64| {
            let mut copy = Vec::new();
            let mut source = io::repeat(b'a').take(length);
            let copied = copy_bounded(&mut source, &mut copy, 10, Path::new("bomb.zip"));
            (copied.map_err(|error| error.to_string()), copy.len())
        };
        assert_eq!(copy(10), (Ok(()), 10));
        let error = "bomb.zip: the content is larger than 64 GiB after decompression";
        assert_eq!(copy(1 << 20), (Err(error.to_owned()), 11));
    }
}
