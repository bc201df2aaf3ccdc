//! Exports of trained models to other programs.
//!
//! Preprocessing stays outside the exported networks. Beside them stand the vocabulary and reference tokenizations, which a
//! tokenizer in another language can be compared with.

mod error;
mod huggingface;
mod onnx;
mod pytorch;
mod reference;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use self::error::ExportError;
use crate::classifier::Classifier;
use crate::device::Device;
use crate::files::{FileError, write_whole};
use crate::model::folder::{FolderLock, NamedFile, has_model, remove_records, replace_together};
use crate::model::{
    ARCHIVE_ENDING, Implementation, ModelLocation, SavedModel, ScoringPrecision, archive,
    stored_files,
};
use crate::training::shared_metrics_file;

/// The format of an exported model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A graph of operators, for onnxruntime and other engines.
    Onnx,
    /// A folder with weights and a Python module that loads them.
    Pytorch,
    /// A folder as the Hugging Face hub has them, which this program reads too.
    HuggingFace,
    /// One file with all files of a model, which this program reads too.
    Archive,
}

impl ExportFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Onnx, Self::Pytorch, Self::HuggingFace, Self::Archive];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Pytorch => "pytorch",
            Self::HuggingFace => "huggingface",
            Self::Archive => "archive",
        }
    }

    /// Returns the end of a file's name, or `None` if the format is a folder.
    fn ending(self) -> Option<&'static str> {
        match self {
            Self::Onnx => Some(".onnx"),
            Self::Archive => Some(ARCHIVE_ENDING),
            Self::Pytorch | Self::HuggingFace => None,
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let format = Self::ALL.into_iter().find(|format| format.name() == name);
        format.ok_or_else(|| {
            format!("expected the format onnx, pytorch, huggingface or archive, got {name:?}")
        })
    }
}

/// Where and what to export.
#[derive(Clone, Copy, Debug)]
pub struct ExportRequest<'a> {
    /// The model.
    pub model: &'a ModelLocation,
    /// The format.
    pub format: ExportFormat,
    /// The file or folder to write.
    pub out: &'a Path,
    /// The texts of the reference tokenizations.
    pub texts: &'a [String],
    /// Whether to replace files that exist.
    pub replaces: bool,
}

/// Exports a model. Returns the written files.
///
/// # Errors
/// If the model cannot be read or does not fit into the format, or a file exists or cannot be written.
pub fn export(request: &ExportRequest) -> Result<Vec<PathBuf>, ExportError> {
    let ExportRequest { format, out, .. } = *request;
    if let Some(ending) = format.ending()
        && !out.to_string_lossy().ends_with(ending)
    {
        return Err(ExportError::Ending {
            path: out.into(),
            format: format.name(),
            ending,
        });
    }
    let saved = SavedModel::open(request.model, &Device::Cpu)?;
    let folder = match format.ending() {
        Some(_) => out.parent().unwrap_or(Path::new("")),
        None => out,
    };
    if matches!(format, ExportFormat::Onnx | ExportFormat::Pytorch) {
        if has_model(folder) {
            return Err(ExportError::OfModel {
                path: folder.into(),
            });
        }
        if !saved.config.char_ngrams.is_none() {
            let format = format.name();
            return Err(ExportError::CharNgrams { format });
        }
    }
    let files = match format {
        ExportFormat::Onnx => {
            let mut files = vec![(out.to_path_buf(), onnx::onnx_file(&saved)?)];
            files.extend(beside(folder, saved, request.texts)?);
            files
        }
        ExportFormat::Pytorch => {
            let mut files = pytorch::files(&saved)?
                .into_iter()
                .map(|(name, content)| (out.join(name), content))
                .collect::<Vec<_>>();
            files.extend(beside(out, saved, request.texts)?);
            files
        }
        ExportFormat::HuggingFace => {
            let files = huggingface::files(request.model, &saved.config, out)?;
            return write_model(out, &files, request.replaces);
        }
        ExportFormat::Archive => {
            let mut files = stored_files(request.model, &saved.config)?;
            // Before the large files: an archive is read from its start.
            let metrics = shared_metrics_file(request.model)?;
            files.splice(1..1, metrics);
            let context = FileError::context("write", out);
            vec![(out.into(), archive(&files).map_err(context)?)]
        }
    };
    write(files, request.replaces)
}

/// Returns the files beside an exported network: the vocabulary and the reference tokenizations.
fn beside(
    folder: &Path,
    saved: SavedModel,
    texts: &[String],
) -> Result<[(PathBuf, Vec<u8>); 2], ExportError> {
    let vocabulary = saved.vocabulary.to_file().into_bytes();
    let implementation = Implementation::on(&candle_core::Device::Cpu);
    // The exported network has the precision of its weights.
    let classifier = Classifier::scoring_in(ScoringPrecision::F32, saved, implementation)?;
    let references = reference::tokenizations(&classifier, texts)?;
    Ok([
        (folder.join("vocabulary.txt"), vocabulary),
        (folder.join("tokenizations.jsonl"), references),
    ])
}

/// Writes the files of a model together, and returns their paths.
fn write_model(
    folder: &Path,
    files: &[NamedFile],
    replaces: bool,
) -> Result<Vec<PathBuf>, ExportError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    check_replaced(&paths, replaces)?;
    let _lock = FolderLock::create(folder)?;
    remove_records(folder)?;
    replace_together(folder, files)?;
    Ok(paths)
}

/// Writes files, each whole, and returns their paths.
fn write(files: Vec<(PathBuf, Vec<u8>)>, replaces: bool) -> Result<Vec<PathBuf>, ExportError> {
    let (paths, contents): (Vec<PathBuf>, Vec<Vec<u8>>) = files.into_iter().unzip();
    check_replaced(&paths, replaces)?;
    for (path, content) in paths.iter().zip(&contents) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(FileError::context("create", folder))?;
        }
        write_whole(path, |out| out.write_all(content))?;
    }
    Ok(paths)
}

/// Checks that no file exists, or that files are replaced.
fn check_replaced(paths: &[PathBuf], replaces: bool) -> Result<(), ExportError> {
    match paths.iter().find(|path| path.exists()) {
        Some(path) if !replaces => Err(ExportError::Exists { path: path.clone() }),
        _ => Ok(()),
    }
}
