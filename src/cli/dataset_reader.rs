//! Reads the data of `train` and `tune`.

use std::path::Path;

use sentiment::corpus::{self, Corpus, CorpusOptions};
use sentiment::training::{DataSource, Dataset};

use super::console::Console;

/// Reads the training set, the validation set and the unlabelled texts. Without a separate validation set, a
/// fraction of the corpus is held out.
pub fn read_dataset(
    source: &DataSource,
    options: &CorpusOptions,
    seed: u64,
    console: &Console,
) -> anyhow::Result<Dataset> {
    let corpus = read_corpus(source, options, console)?;
    let mut dataset = match &source.validation {
        None => {
            let dataset = Dataset::split(corpus, source.validation_split(), seed)?;
            note_repeated_texts(dataset.repeated_texts(), console);
            dataset
        }
        Some(path) => with_validation(corpus, path, options, console)?,
    };
    dataset.unlabelled = read_unlabelled(source, options, console)?;
    dataset.name = source.name();
    Ok(dataset)
}

/// Reads the corpus, by default the sample corpus.
pub fn read_corpus(
    source: &DataSource,
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

fn with_validation(
    corpus: Corpus,
    path: &Path,
    options: &CorpusOptions,
    console: &Console,
) -> anyhow::Result<Dataset> {
    let mut examples = corpus::open_labelled(path, options)?;
    let validation = examples.by_ref().collect::<Result<Vec<_>, _>>()?;
    console.note_skipped(examples.skipped());
    anyhow::ensure!(!validation.is_empty(), "{}: no examples", path.display());
    let name = path.display().to_string();
    let dataset = Dataset::with_validation(corpus, validation, &name)?;
    let copies = dataset.validation_texts_in_train();
    if copies > 0 {
        console.note(format!(
            "note: {copies} of {} validation texts {} also in the training set; the validation accuracy is too high",
            dataset.validation.texts.len(),
            if copies == 1 { "is" } else { "are" },
        ));
    }
    Ok(dataset)
}

/// Prints the number of texts that occur more than once, if any, before a split that keeps copies together.
pub fn note_repeated_texts(texts: usize, console: &Console) {
    match texts {
        0 => {}
        1 => console.note("note: 1 text occurs more than once; it stays on one side of the split"),
        _ => console.note(format!(
            "note: {texts} texts occur more than once; each stays on one side of the split"
        )),
    }
}

/// Reads the unlabelled texts, if given.
pub fn read_unlabelled(
    source: &DataSource,
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
