//! `sentiment eval`: evaluate a classifier, compare it with another, choose its decision threshold.

mod corpus_labels;
mod multi_label;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::corpus::Example;
use sentiment::evaluation::{Comparison, Disagreements, Evaluation, Mistakes, ScoredText};
#[cfg(feature = "report")]
use sentiment::evaluation::{Intervals, Mistake};
use sentiment::files::{write_whole, write_whole_with};
use sentiment::model::folder::{self, FolderLock};
use sentiment::model::{Decision, ModelLocation, OutputKind, config_file};
use serde::Serialize;

use crate::cli::comparison::{SHOWN_DISAGREEMENTS, write_comparison};
use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;
use crate::cli::dataset_reader::DatasetReader;
use crate::cli::evaluation_table::{
    Detail, write_evaluation, write_groups_and_pairs, write_mistakes,
};
use crate::cli::find_threshold::{best_thresholds, missed_goals, write_thresholds};
use crate::cli::model_args::ModelArgs;
use crate::cli::model_location::model_location;
#[cfg(feature = "report")]
use crate::cli::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel, file_names};
use crate::cli::scored_writer::ScoredWriter;
use crate::cli::styled_text::styled_output;
use crate::cli::threshold_args::{LabelGoal, thresholds_note};

/// The number of mistakes shown in the terminal.
const SHOWN_MISTAKES: usize = 5;

/// The note after the main metrics.
#[cfg(feature = "report")]
const MORE_FIGURES: &str = "more figures: -v; charts and mistakes: --report FILE";
#[cfg(not(feature = "report"))]
const MORE_FIGURES: &str = "more figures: -v";

/// The number of mistakes to keep.
#[cfg(feature = "report")]
const KEPT_MISTAKES: usize = REPORTED_MISTAKES;
#[cfg(not(feature = "report"))]
const KEPT_MISTAKES: usize = SHOWN_MISTAKES;

/// The arguments of `sentiment eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// Labelled corpus: files, folder per label, or hf:OWNER/NAME
    #[arg(required = true)]
    corpus: Vec<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    /// Write metrics as JSON; `-` prints them instead of tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write texts, labels, predictions and probabilities as CSV
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,

    #[cfg(feature = "report")]
    #[command(flatten)]
    report: ReportArgs,

    /// Second model to compare with: general, chinese or a folder
    #[arg(long, value_name = "MODEL")]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    compare: Option<PathBuf>,

    /// Save the best threshold: [LABEL=]f1, accuracy, precision=MIN, recall=MIN
    #[arg(
        long,
        value_name = "GOAL",
        conflicts_with_all = ["threshold", "two_classes", "json", "compare"],
        requires = "model"
    )]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    find_threshold: Vec<LabelGoal>,

    /// Random seed of the confidence intervals
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment eval`.
pub fn run(args: &EvalArgs, console: &Console) -> anyhow::Result<()> {
    // The threshold is saved in the evaluated model, so no other process may replace that model meanwhile.
    let location = &args.model_location(console)?;
    anyhow::ensure!(
        args.find_threshold.is_empty() || !args.model.is_downloaded(),
        "--find-threshold saves thresholds in a model's folder, but {location} is in the cache of downloads; copy it first"
    );
    let _lock = match (&*args.find_threshold, location) {
        ([_, ..], ModelLocation::Folder(folder)) => Some(FolderLock::take(folder)?),
        ([_, ..], ModelLocation::BuiltIn(_) | ModelLocation::Archive(_)) => {
            anyhow::bail!(
                "--find-threshold saves thresholds in a model's folder, but {location} has none"
            )
        }
        ([], _) => None,
    };
    let classifier = args.model.load(location, console)?;
    if classifier.config().decision.output == OutputKind::MultiLabel {
        return args.run_multi_label(&classifier, location, console);
    }
    anyhow::ensure!(
        !args.reading.is_multi_label(),
        "{location} predicts one label a text; omit --multi-label"
    );
    let classifier = args.restricted_to_corpus(classifier, console)?;
    let mut mistakes = Mistakes::new(KEPT_MISTAKES);
    let evaluation = match &args.predictions {
        None => args.evaluate(&classifier, console, |example, row| {
            mistakes.record(&example.text, row);
            Ok(())
        })?,
        Some(file) => write_whole_with(file, |out| {
            let mut table = ScoredWriter::new(out, classifier.labels())?;
            let evaluation = args.evaluate(&classifier, console, |example, row| {
                mistakes.record(&example.text, row);
                Ok(table.write(example, row)?)
            })?;
            table.finish()?;
            anyhow::Ok(evaluation)
        })?,
    };
    args.note_missing_neutral(&classifier, &evaluation, console);
    args.note_foreign(&evaluation, console);
    if !args.find_threshold.is_empty() {
        return args.find_threshold(&classifier, location, evaluation, console);
    }
    if let Some(other) = &args.compare {
        return args.compare(
            [location, &model_location(other, console)?],
            &evaluation,
            console,
        );
    }
    let intervals = evaluation.intervals(args.seed);
    #[cfg(feature = "report")]
    args.write_report(
        &classifier,
        location,
        &evaluation,
        &intervals,
        mistakes.most_confident(),
        console,
    )?;
    if args.write_json(&evaluation.summary(Some(intervals)))? {
        return Ok(());
    }
    if let Some(note) = thresholds_note(&classifier.config().decision.thresholds) {
        console.note(note);
    }
    let mut out = styled_output();
    let detail = Detail::of(console);
    write_evaluation(&mut out, &evaluation, &intervals, detail)?;
    if detail == Detail::All {
        write_groups_and_pairs(&mut out, &evaluation)?;
    }
    let mistakes = mistakes.most_confident();
    let shown = &mistakes[..mistakes.len().min(SHOWN_MISTAKES)];
    write_mistakes(&mut out, &evaluation.labels, shown)?;
    if detail == Detail::Summary {
        console.note(MORE_FIGURES);
    }
    Ok(())
}

impl EvalArgs {
    /// Writes the page and the charts.
    #[cfg(feature = "report")]
    fn write_report(
        &self,
        classifier: &Classifier,
        location: &ModelLocation,
        evaluation: &Evaluation,
        intervals: &Intervals,
        mistakes: &[Mistake],
        console: &Console,
    ) -> anyhow::Result<()> {
        let model = ReportedModel {
            title: format!(
                "Evaluation of {} on {}",
                match location.folder() {
                    Some(folder) => file_names([folder]),
                    None => location.to_string(),
                },
                file_names(self.corpus.iter().map(PathBuf::as_path))
            ),
            classifier,
            folder: location.folder(),
            intervals,
        };
        self.report.write(&model, evaluation, mistakes, console)
    }

    /// Returns the name of the corpus for messages.
    fn corpus_name(&self) -> String {
        let paths = self.corpus.iter().map(|path| path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }

    /// Measures a classifier on the corpus.
    fn evaluate(
        &self,
        classifier: &Classifier,
        console: &Console,
        each: impl FnMut(&Example, &ScoredText) -> anyhow::Result<()>,
    ) -> anyhow::Result<Evaluation> {
        let reader = DatasetReader::new(&self.reading, console);
        let mut examples = reader.with_labels(&self.corpus, classifier.labels())?;
        let progress = console.reading_progress(examples.progress());
        let evaluation = Evaluation::of(classifier, examples.by_ref(), each)?;
        drop(progress);
        reader.note_examples(&examples);
        anyhow::ensure!(
            !evaluation.rows.is_empty(),
            "{}: no examples to evaluate on",
            self.corpus_name()
        );
        Ok(evaluation)
    }

    /// Writes metrics as JSON if requested. Returns whether they went to standard output.
    fn write_json(&self, metrics: &impl Serialize) -> anyhow::Result<bool> {
        let Some(file) = &self.json else {
            return Ok(false);
        };
        let json = serde_json::to_string_pretty(metrics).context("could not write the metrics")?;
        let is_output = file == Path::new("-");
        match is_output {
            true => writeln!(io::stdout().lock(), "{json}")?,
            false => write_whole(file, |out| writeln!(out, "{json}"))?,
        }
        Ok(is_output)
    }

    /// Evaluates a second model on the same texts and prints the comparison.
    fn compare(
        &self,
        locations: [&ModelLocation; 2],
        first: &Evaluation,
        console: &Console,
    ) -> anyhow::Result<()> {
        let [location, other_location] = locations;
        let other = self
            .model
            .load_other(other_location, &first.labels, console)?;
        anyhow::ensure!(
            *other.labels() == first.labels,
            "{other_location} has the labels {}, but {location} has the labels {}",
            other.labels().join(", "),
            first.labels.join(", ")
        );
        let mut disagreements = Disagreements::new(first, SHOWN_DISAGREEMENTS);
        let second = self.evaluate(&other, console, |example, row| {
            disagreements.record(&example.text, row);
            Ok(())
        })?;
        let same = first.rows.iter().map(|row| row.actual);
        anyhow::ensure!(
            same.eq(second.rows.iter().map(|row| row.actual)),
            "{}: the corpus changed between the evaluations of the two models",
            self.corpus_name()
        );
        let names = locations.map(ToString::to_string);
        let comparison = Comparison::new(first, &second, self.seed);
        if !self.write_json(&comparison)? {
            write_comparison(&mut styled_output(), &names, &disagreements, &comparison)?;
        }
        Ok(())
    }

    /// Chooses thresholds and saves them in the model's configuration.
    fn find_threshold(
        &self,
        classifier: &Classifier,
        location: &ModelLocation,
        mut evaluation: Evaluation,
        console: &Console,
    ) -> anyhow::Result<()> {
        let config = classifier.config();
        let decision = best_thresholds(
            &self.find_threshold,
            &config.decision,
            &evaluation,
            &self.corpus_name(),
        )?;
        let Some(model) = location.folder() else {
            unreachable!("a built-in model was refused");
        };
        folder::replace(model, &config_file(&config.with_decision(decision.clone())))?;
        evaluation.decide(&Decision::default());
        let before = evaluation.confusion_matrix();
        evaluation.decide(&decision);
        let mut out = styled_output();
        write_thresholds(&mut out, &decision.thresholds, &before, &evaluation)?;
        writeln!(out, "saved in {}", model.display())?;
        for note in missed_goals(&self.find_threshold, &evaluation) {
            console.note(note);
        }
        Ok(())
    }
}
