//! Selects the file with the word vectors in a ZIP archive, as which GloVe and fastText are published.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::PathBuf;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use crate::embeddings::error::{ArchiveError, EmbeddingsError};
use crate::embeddings::source::VectorFile;
use crate::files::FileError;
use crate::zip_archive::{begins_with, is_file};

pub(super) type Archive = ZipArchive<BufReader<File>>;

/// Opens an archive. Returns `None` for other files, which must not have a member.
pub(super) fn open(file: &VectorFile) -> Result<Option<Archive>, EmbeddingsError> {
    if let Some(source) = open_archive(file)? {
        let archive = ZipArchive::new(BufReader::new(source));
        return archive.map(Some).map_err(|error| invalid(file, error));
    }
    match &file.member {
        Some(member) => Err(failure(
            file,
            ArchiveError::NotAnArchive {
                member: member.clone(),
            },
        )),
        None => Ok(None),
    }
}

/// Opens a file if it is an archive. Does not open pipes: their first bytes can only be read once.
fn open_archive(file: &VectorFile) -> Result<Option<File>, FileError> {
    let path = &file.path;
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let mut source = File::open(path).map_err(FileError::context("open", path))?;
    let mut magic = Vec::new();
    let mut read_magic = || {
        source.by_ref().take(4).read_to_end(&mut magic)?;
        source.rewind()
    };
    read_magic().map_err(FileError::context("read", path))?;
    Ok(begins_with(&magic).then_some(source))
}

/// Opens the selected file of an archive, or else the only one. Returns its name in messages too.
pub(super) fn member<'a>(
    archive: &'a mut Archive,
    file: &VectorFile,
) -> Result<(PathBuf, ZipFile<'a, BufReader<File>>), EmbeddingsError> {
    let (index, member) = select(archive, file).map_err(|reason| failure(file, reason))?;
    let mut name = file.path.clone().into_os_string();
    name.push("/");
    name.push(member);
    let content = archive.by_index(index);
    Ok((name.into(), content.map_err(|error| invalid(file, error))?))
}

/// Returns the index and the name of the file to read.
fn select(archive: &Archive, file: &VectorFile) -> Result<(usize, String), ArchiveError> {
    let names = archive.file_names().zip(archive.file_names_raw());
    let names = names.map(|(name, raw)| match name {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(raw).into_owned(),
    });
    let mut files: Vec<(usize, String)> = names
        .enumerate()
        .filter(|(_, name)| is_file(name))
        .collect();
    let index = match &file.member {
        _ if files.is_empty() => return Err(ArchiveError::Empty),
        Some(member) => files.iter().position(|(_, name)| name == member),
        None => (files.len() == 1).then_some(0),
    };
    if let Some(index) = index {
        return Ok(files.swap_remove(index));
    }
    let members = files.into_iter().map(|(_, name)| name).collect();
    Err(match file.member.clone() {
        Some(member) => ArchiveError::NoMember { member, members },
        None => ArchiveError::SeveralMembers { members },
    })
}

fn failure(file: &VectorFile, reason: ArchiveError) -> EmbeddingsError {
    EmbeddingsError::Archive {
        path: file.path.clone(),
        reason,
    }
}

fn invalid(file: &VectorFile, error: ZipError) -> EmbeddingsError {
    let reason = error.to_string();
    failure(file, ArchiveError::Invalid { reason })
}
