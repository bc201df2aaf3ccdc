//! Folders: one per label with a file per text, the layout of the Large Movie Review Dataset (`pos/0_9.txt`,
//! `neg/0_3.txt`), or one flat folder of texts without labels.
//!
//! If the corpus contains a `train` folder, only that folder is read. The path of the `test` folder reads
//! the test set. Hidden folders and `unsup`, the unlabelled texts of that dataset, are ignored.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io, vec};

use super::notes::ReadingNotes;
use super::table::{Table, collect_cells};
use super::{
    Cell, CorpusError, CorpusRowError, Encoding, MAX_ROW_BYTES, Record, RowLocation, encoding,
};
use crate::files::{self, FileError, without_compression};

const TRAIN_FOLDER: &str = "train";
const UNLABELLED_FOLDER: &str = "unsup";

/// Opens a folder. A folder of texts without label folders has the columns `file` and `text`.
pub(super) fn open(
    path: &Path,
    labels_needed: bool,
    encoding: Option<Encoding>,
    notes: &ReadingNotes,
) -> Result<Table, CorpusError> {
    let train = path.join(TRAIN_FOLDER);
    let root = if train.is_dir() { &train } else { path };
    let entries = sorted_entries(root)?;
    let mut label_folders = entries.clone();
    label_folders.retain(|entry| {
        let name = file_name(entry);
        entry.is_dir() && name != UNLABELLED_FOLDER && !name.starts_with('.')
    });
    let mut label_folders = label_folders.into_iter();
    let reader = TextReader {
        root: root.to_owned(),
        encoding,
        notes: notes.clone(),
    };
    if let Some(files) = next_label_files(&mut label_folders)? {
        let rows = FolderRows {
            label_folders,
            files,
            has_labels: true,
            reader,
        };
        return Ok(Table::of_records(&["file", "label", "text"], rows));
    }
    let files: Vec<PathBuf> = entries.into_iter().filter(|file| is_text(file)).collect();
    if files.is_empty() || labels_needed {
        return Err(CorpusError::NoLabelFolders {
            path: path.to_owned(),
        });
    }
    let rows = FolderRows {
        label_folders,
        files: files.into_iter(),
        has_labels: false,
        reader,
    };
    Ok(Table::of_records(&["file", "text"], rows))
}

/// The texts of a folder, sorted by label and then by file name.
struct FolderRows {
    label_folders: vec::IntoIter<PathBuf>,
    /// The unread files of the current folder.
    files: vec::IntoIter<PathBuf>,
    has_labels: bool,
    reader: TextReader,
}

impl FolderRows {
    fn next_file(&mut self) -> Result<Option<PathBuf>, CorpusError> {
        if let Some(file) = self.files.next() {
            return Ok(Some(file));
        }
        match next_label_files(&mut self.label_folders)? {
            Some(files) => self.files = files,
            None => return Ok(None),
        }
        Ok(self.files.next())
    }
}

impl Iterator for FolderRows {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_file() {
            Ok(file) => Some(self.reader.record(&file?, self.has_labels)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Reads the files of a folder.
struct TextReader {
    root: PathBuf,
    encoding: Option<Encoding>,
    notes: ReadingNotes,
}

impl TextReader {
    fn record(&self, file: &Path, has_label: bool) -> Result<Record, CorpusError> {
        let location = RowLocation::file(file);
        let name = file.strip_prefix(&self.root).unwrap_or(file);
        let name = Cell::Text(name.to_string_lossy().into_owned());
        let label = file
            .parent()
            .map(|folder| Cell::Text(file_name(folder).into_owned()));
        let label = label.filter(|_| has_label);
        let text = self.text(file)?;
        let cells = [Ok(name)].into_iter().chain(label.map(Ok));
        let cells = collect_cells(cells.chain([text.map(Cell::Text)]));
        Ok(Record { location, cells })
    }

    fn text(&self, file: &Path) -> Result<Result<String, CorpusRowError>, CorpusError> {
        let failed = || CorpusError::reading(RowLocation::file(file));
        let mut bytes = Vec::new();
        let mut limited = files::open(file)?.take(MAX_ROW_BYTES as u64 + 1);
        limited.read_to_end(&mut bytes).map_err(failed())?;
        if bytes.len() > MAX_ROW_BYTES {
            return Ok(Err(CorpusRowError::TooLong));
        }
        let bytes = encoding::decode(bytes, file, self.encoding, &self.notes).map_err(failed())?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Err(CorpusRowError::InvalidUtf8));
        };
        Ok(Ok(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// Returns the text files of the next label folder that contains any.
fn next_label_files(
    label_folders: &mut vec::IntoIter<PathBuf>,
) -> Result<Option<vec::IntoIter<PathBuf>>, CorpusError> {
    for folder in label_folders {
        let mut files = sorted_entries(&folder)?;
        files.retain(|file| is_text(file));
        if !files.is_empty() {
            return Ok(Some(files.into_iter()));
        }
    }
    Ok(None)
}

fn is_text(file: &Path) -> bool {
    without_compression(&file_name(file)).ends_with(".txt")
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
