//! Reads corpora and prints the notes on how they were read.

use std::path::{Path, PathBuf};

use sentiment::corpus::{
    self, Corpus, CorpusOptions, Examples, LabelledTable, Rows, SoftLabelledRows,
};
use sentiment::model::OutputKind;
use sentiment::training::{DataSource, Dataset, Recipe};

use super::console::Console;
use super::corpus_args::CorpusArgs;

/// Reads corpora with the options of the command line.
pub struct DatasetReader<'a> {
    args: &'a CorpusArgs,
    options: CorpusOptions,
    soft_labels: bool,
    console: &'a Console,
}

impl<'a> DatasetReader<'a> {
    pub fn new(args: &'a CorpusArgs, console: &'a Console) -> Self {
        Self {
            args,
            options: args.options(),
            soft_labels: false,
            console,
        }
    }

    /// Reads the probabilities of labels instead of labels, if `soft_labels` is set.
    pub fn with_soft_labels(self, soft_labels: bool) -> Self {
        Self {
            soft_labels,
            ..self
        }
    }

    /// Reads the labels of texts as a model with this kind of output needs them.
    pub fn for_output(mut self, output: OutputKind) -> Self {
        let is_multi_label = output == OutputKind::MultiLabel;
        self.options.several_labels = is_multi_label.then(|| self.args.several_labels());
        self
    }

    /// Divides a corpus into a training set and a validation set, and reads the other texts. Without a separate validation
    /// set, a fraction of the corpus is held out, unless the recipe selects by cross-validation.
    pub fn dataset(
        &self,
        corpus: Corpus,
        source: &DataSource,
        recipe: &Recipe,
    ) -> anyhow::Result<Dataset> {
        let mut dataset = match (&source.validation, held_out_fraction(source, recipe)) {
            (Some(path), _) => self.with_validation(corpus, path)?,
            (None, None) => Dataset::whole(corpus)?,
            (None, Some(fraction)) => {
                let dataset = Dataset::split(corpus, fraction, recipe.seed)?;
                self.note_repeated_texts(dataset.repeated_texts());
                dataset
            }
        };
        dataset.unlabelled = self.unlabelled(source)?;
        dataset.name = source.name();
        Ok(dataset)
    }

    /// Reads the corpus to train on, by default the sample corpus.
    pub fn training_corpus(&self, source: &DataSource) -> anyhow::Result<Corpus> {
        match source.corpus.as_slice() {
            [] => Ok(Corpus::collect(corpus::sample()?)?),
            paths => self.corpus(paths),
        }
    }

    /// Reads a labelled corpus.
    pub fn corpus(&self, paths: &[PathBuf]) -> anyhow::Result<Corpus> {
        self.corpus_of(&self.args.files(paths, self.console)?)
    }

    /// Reads a labelled corpus to validate with.
    pub fn validation_corpus(&self, path: &Path) -> anyhow::Result<Corpus> {
        self.corpus_of(&self.args.validation_files(path, self.console)?)
    }

    fn corpus_of(&self, files: &[PathBuf]) -> anyhow::Result<Corpus> {
        let (corpus, progress) = if self.soft_labels {
            let rows = SoftLabelledRows::open(files, &self.options)?;
            let progress = self.console.reading_progress(rows.progress());
            (rows.collect()?, progress)
        } else {
            let examples = corpus::open_all_labelled(files, &self.options)?;
            let progress = self.console.reading_progress(examples.progress());
            (Corpus::collect(examples)?, progress)
        };
        drop(progress);
        self.console.note_reading(&corpus.notes, &corpus.skipped);
        Ok(corpus)
    }

    /// Reads a labelled corpus with all of its columns.
    pub fn labelled_table(&self, paths: &[PathBuf]) -> anyhow::Result<LabelledTable> {
        let files = self.args.files(paths, self.console)?;
        let examples = corpus::open_labelled_table(&files, &self.options)?;
        let progress = self.console.reading_progress(examples.progress());
        let table = LabelledTable::collect(examples)?;
        drop(progress);
        self.console
            .note_reading(&table.corpus.notes, &table.corpus.skipped);
        Ok(table)
    }

    /// Opens a corpus with the labels of a model.
    pub fn with_labels(&self, paths: &[PathBuf], labels: &[String]) -> anyhow::Result<Examples> {
        let files = self.args.files(paths, self.console)?;
        Ok(corpus::open_with_labels(&files, &self.options, labels)?)
    }

    /// Opens a corpus whose rows may lack a label.
    pub fn texts(&self, paths: &[PathBuf]) -> anyhow::Result<Rows> {
        let files = self.args.files(paths, self.console)?;
        Ok(corpus::open_all_texts(&files, &self.options)?)
    }

    /// Prints the notes on a corpus that was read.
    pub fn note_texts(&self, rows: &Rows) {
        self.console.note_reading(&rows.notes(), rows.skipped());
    }

    /// Prints the notes on a labelled corpus that was read.
    pub fn note_examples(&self, examples: &Examples) {
        self.console
            .note_reading(&examples.notes(), examples.skipped());
    }

    fn with_validation(&self, corpus: Corpus, path: &Path) -> anyhow::Result<Dataset> {
        let name = path.display().to_string();
        if self.soft_labels {
            let validation = self.validation_corpus(path)?;
            let dataset = Dataset::with_soft_validation(corpus, validation, &name)?;
            self.note_shared_texts(&dataset);
            return Ok(dataset);
        }
        let labels = corpus.labels.clone();
        let files = self.args.validation_files(path, self.console)?;
        let mut examples = corpus::open_with_labels(&files, &self.options, &labels)?;
        let progress = self.console.reading_progress(examples.progress());
        let validation = examples.by_ref().collect::<Result<Vec<_>, _>>()?;
        drop(progress);
        self.note_examples(&examples);
        anyhow::ensure!(!validation.is_empty(), "{}: no examples", path.display());
        let dataset = Dataset::with_validation(corpus, validation, &name)?;
        self.note_shared_texts(&dataset);
        Ok(dataset)
    }

    /// Prints the number of validation texts that are also in the training set, if any.
    fn note_shared_texts(&self, dataset: &Dataset) {
        let copies = dataset.validation_texts_in_train();
        if copies > 0 {
            self.console.note(format!(
                "note: {copies} of {} validation texts {} also in the training set; the validation accuracy is too high",
                dataset.validation.texts.len(),
                if copies == 1 { "is" } else { "are" },
            ));
        }
    }

    /// Prints the number of texts that occur more than once, if any, before a split that keeps copies together.
    pub fn note_repeated_texts(&self, texts: usize) {
        match texts {
            0 => {}
            1 => self
                .console
                .note("note: 1 text occurs more than once; it stays on one side of the split"),
            _ => self.console.note(format!(
                "note: {texts} texts occur more than once; each stays on one side of the split"
            )),
        }
    }

    /// Reads the unlabelled texts, if given.
    pub fn unlabelled(&self, source: &DataSource) -> anyhow::Result<Vec<String>> {
        let Some(path) = &source.unlabelled else {
            return Ok(Vec::new());
        };
        let mut rows = self.texts(std::slice::from_ref(path))?;
        let progress = self.console.reading_progress(rows.progress());
        let texts = rows
            .by_ref()
            .map(|row| Ok(row?.text))
            .collect::<anyhow::Result<_>>()?;
        drop(progress);
        self.note_texts(&rows);
        Ok(texts)
    }
}

/// Returns the fraction of a corpus to hold out, or `None` if the recipe selects by cross-validation.
pub fn held_out_fraction(source: &DataSource, recipe: &Recipe) -> Option<f64> {
    match source.validation_split {
        None if recipe.freeze_encoder => None,
        _ => Some(source.validation_split()),
    }
}
