//! The files that a run reads.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::initial_vectors::InitialVectors;
use crate::embeddings::VectorFile;

/// The corpora and word vectors of a run, as named in a TOML file or on the command line.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataSource {
    /// The files and folders of the labelled corpus; the sample corpus by default.
    #[serde(deserialize_with = "one_or_several")]
    pub corpus: Vec<PathBuf>,
    /// The validation set; by default a fraction of the corpus is held out.
    pub validation: Option<PathBuf>,
    /// The fraction of the corpus held out for validation.
    pub validation_split: Option<f64>,
    /// Unlabelled texts for pre-training and self-training.
    pub unlabelled: Option<PathBuf>,
    /// The trained model to start from: the name of a built-in model, a folder, an archive or what `--model` downloads.
    pub from: Option<String>,
    /// The teacher, whose probabilities are a part of the targets of `train`, named as [`DataSource::from`].
    pub distil_from: Option<String>,
    /// A file of word vectors, `sample` or `none`.
    pub embeddings: Option<PathBuf>,
    /// The file of word vectors in a ZIP archive that has several files.
    pub member: Option<String>,
}

/// Reads a path or a list of paths.
fn one_or_several<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Paths {
        One(PathBuf),
        Several(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(source)? {
        Paths::One(path) => vec![path],
        Paths::Several(paths) => paths,
    })
}

impl DataSource {
    /// The names of the fields in a TOML file.
    pub(crate) const NAMES: [&str; 8] = [
        "corpus",
        "validation",
        "validation-split",
        "unlabelled",
        "from",
        "distil-from",
        "embeddings",
        "member",
    ];

    /// The default held-out fraction.
    pub const VALIDATION_SPLIT: f64 = 0.1;

    /// Returns the name of the corpus to display.
    pub fn name(&self) -> String {
        if self.corpus.is_empty() {
            return "the sample corpus".into();
        }
        let paths = self.corpus.iter().map(|path| path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }

    /// Returns the fraction of the corpus to hold out for validation.
    pub fn validation_split(&self) -> f64 {
        self.validation_split.unwrap_or(Self::VALIDATION_SPLIT)
    }

    /// Returns the source of the initial word vectors. The default is the GloVe sample; a run from a trained model has its
    /// vectors.
    pub fn vectors(&self) -> InitialVectors {
        match &self.embeddings {
            Some(name) if name == Path::new("none") => InitialVectors::Random,
            Some(name) if name == Path::new("sample") => InitialVectors::Sample,
            Some(path) => InitialVectors::File(VectorFile {
                path: path.clone(),
                member: self.member.clone(),
            }),
            None if self.from.is_some() => InitialVectors::Random,
            None => InitialVectors::Sample,
        }
    }
}
