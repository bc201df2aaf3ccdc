//! A folder per label with a file per text, the layout of the Large Movie Review Dataset:
//! `pos/0_9.txt`, `neg/0_3.txt`.
//!
//! If the corpus contains a `train` folder, only that folder is read. The path of the `test` folder reads
//! the test set. Hidden folders and `unsup`, the unlabelled texts of that dataset, are ignored.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io, vec};

use super::format::without_compression;
use super::{CorpusError, CorpusRowError, MAX_ROW_BYTES, Row, RowLocation};
use crate::files::{self, FileError};

const TRAIN_FOLDER: &str = "train";
const UNLABELLED_FOLDER: &str = "unsup";

/// The texts of a folder corpus, sorted by label and then by file name.
pub(super) struct FolderRows {
    labels: vec::IntoIter<PathBuf>,
    /// The unread files of the current label folder.
    files: vec::IntoIter<PathBuf>,
}

impl FolderRows {
    pub(super) fn open(path: &Path) -> Result<Self, CorpusError> {
        let train = path.join(TRAIN_FOLDER);
        let root = if train.is_dir() { &train } else { path };
        let mut labels = sorted_entries(root)?;
        labels.retain(|entry| {
            let name = file_name(entry);
            entry.is_dir() && name != UNLABELLED_FOLDER && !name.starts_with('.')
        });
        let mut labels = labels.into_iter();
        let files = next_texts(&mut labels)?.ok_or_else(|| CorpusError::NoLabelFolders {
            path: path.to_owned(),
        })?;
        Ok(Self { labels, files })
    }

    fn next_file(&mut self) -> Result<Option<PathBuf>, CorpusError> {
        if let Some(file) = self.files.next() {
            return Ok(Some(file));
        }
        match next_texts(&mut self.labels)? {
            Some(files) => self.files = files,
            None => return Ok(None),
        }
        Ok(self.files.next())
    }
}

impl Iterator for FolderRows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_file() {
            Ok(file) => Some(read_text(&file?)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Returns the text files of the next label folder that contains any.
fn next_texts(
    labels: &mut vec::IntoIter<PathBuf>,
) -> Result<Option<vec::IntoIter<PathBuf>>, CorpusError> {
    for folder in labels {
        let mut files = sorted_entries(&folder)?;
        files.retain(|file| without_compression(&file_name(file)).ends_with(".txt"));
        if !files.is_empty() {
            return Ok(Some(files.into_iter()));
        }
    }
    Ok(None)
}

fn read_text(file: &Path) -> Result<Row, CorpusError> {
    let location = RowLocation::file(file);
    let mut bytes = Vec::new();
    let mut limited = files::open(file)?.take(MAX_ROW_BYTES as u64 + 1);
    if let Err(error) = limited.read_to_end(&mut bytes) {
        return Err(CorpusError::reading(location)(error));
    }
    if bytes.len() > MAX_ROW_BYTES {
        let error = CorpusRowError::TooLong;
        return Err(CorpusError::BadRow { location, error });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        let error = CorpusRowError::InvalidUtf8;
        return Err(CorpusError::BadRow { location, error });
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    let label = file.parent().map(|folder| file_name(folder).into_owned());
    Ok(Row {
        location,
        text,
        label,
    })
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut entries = fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        entries.sort();
        Ok(entries)
    };
    list().map_err(FileError::context("list", folder))
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}
