//! What `train` and `tune` learn from, read as their arguments say.

use std::path::Path;

use sentiment::corpus::{self, Corpus, CorpusOptions};
use sentiment::training::{Dataset, Vectors};

use super::console::Console;
use super::recipe_args::SourceArgs;

/// The share of a corpus that is held back for validation.
const VALIDATION_SHARE: f64 = 0.1;

/// Reads what a run trains on, and what it validates on if that is another corpus or else a part held back.
pub fn read_dataset(
    source: &SourceArgs,
    options: &CorpusOptions,
    seed: u64,
    console: &Console,
) -> anyhow::Result<Dataset> {
    let corpus = read_corpus(source, options, console)?;
    let mut dataset = match &source.validation {
        None => Dataset::split(corpus, validation_share(source), seed)?,
        Some(path) => with_validation(corpus, path, options, console)?,
    };
    dataset.unlabelled = read_unlabelled(source, options, console)?;
    dataset.name = name(source);
    Ok(dataset)
}

/// What the corpus is called.
pub fn name(source: &SourceArgs) -> String {
    let corpus = source.corpus.as_ref();
    corpus.map_or("the sample corpus".into(), |path| {
        path.display().to_string()
    })
}

/// Reads the corpus, or takes the sample.
pub fn read_corpus(
    source: &SourceArgs,
    options: &CorpusOptions,
    console: &Console,
) -> anyhow::Result<Corpus> {
    let corpus = match &source.corpus {
        Some(path) => corpus::read_labelled(path, options)?,
        None => Corpus::collect(corpus::sample()?)?,
    };
    console.note_skipped(&corpus.skipped);
    Ok(corpus)
}

/// The share of the corpus that is held back.
pub fn validation_share(source: &SourceArgs) -> f64 {
    source.validation_split.unwrap_or(VALIDATION_SHARE)
}

fn with_validation(
    corpus: Corpus,
    path: &Path,
    options: &CorpusOptions,
    console: &Console,
) -> anyhow::Result<Dataset> {
    let mut examples = corpus::open_labelled(path, options)?;
    let validation = examples.by_ref().collect::<Result<Vec<_>, _>>()?;
    console.note_skipped(examples.skipped());
    anyhow::ensure!(
        !validation.is_empty(),
        "{}: there is no example in it",
        path.display()
    );
    Ok(Dataset::with_validation(
        corpus,
        validation,
        &path.display().to_string(),
    )?)
}

/// Reads the texts that pre-training has beside the corpus, if there are any.
pub fn read_unlabelled(
    source: &SourceArgs,
    options: &CorpusOptions,
    console: &Console,
) -> anyhow::Result<Vec<String>> {
    let Some(path) = &source.unlabelled else {
        return Ok(Vec::new());
    };
    let mut rows = corpus::open_texts(path, options)?;
    let texts = rows
        .by_ref()
        .map(|row| Ok(row?.text))
        .collect::<anyhow::Result<_>>()?;
    console.note_skipped(rows.skipped());
    Ok(texts)
}

/// Where the run's word vectors come from.
pub fn vectors(source: &SourceArgs) -> Vectors {
    match &source.embeddings {
        Some(name) if name == Path::new("none") => Vectors::Random,
        Some(name) if name == Path::new("sample") => Vectors::Sample,
        Some(path) => Vectors::File(path.clone()),
        None if source.corpus.is_none() => Vectors::Sample,
        None => Vectors::Random,
    }
}
