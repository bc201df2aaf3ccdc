//! `sentiment eval`: how good a classifier is on labelled texts, where it fails, and whether it is better than
//! another.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::corpus::{self, Example};
use sentiment::evaluation::{Comparison, Evaluation, Goal, Mistakes, Scored};
#[cfg(feature = "report")]
use sentiment::evaluation::{Intervals, Mistake};
use sentiment::files::{write_whole, write_whole_with};
use sentiment::model::folder::{self, FolderLock};
use sentiment::model::{Decision, config_file};
use serde::Serialize;

use super::comparison::{Compared, write_comparison};
use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::evaluation_table::{write_details, write_evaluation};
use super::model_args::ModelArgs;
use super::predict::write_csv;
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel};
use super::styled_text::{LABEL_CHARACTERS, cut, styled_output};

/// Mistakes that are shown in the terminal.
const SHOWN_MISTAKES: usize = 5;

/// The number of mistakes to keep.
#[cfg(feature = "report")]
const KEPT_MISTAKES: usize = REPORTED_MISTAKES;
#[cfg(not(feature = "report"))]
const KEPT_MISTAKES: usize = SHOWN_MISTAKES;

/// The arguments of `sentiment eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// The labelled corpus: a file, or a folder with a folder per label
    corpus: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Write the figures as JSON, with scikit-learn's keys; `-` is standard output, in place of the
    /// table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write every text with its label, the answer and the probabilities, as CSV
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,

    #[cfg(feature = "report")]
    #[command(flatten)]
    report: ReportArgs,

    /// Compare with another model on the same texts
    #[arg(long, value_name = "DIR")]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    compare: Option<PathBuf>,

    /// Find the threshold that serves a goal best on these texts, and write it into the model: f1, accuracy,
    /// precision=SHARE or recall=SHARE, of the second label
    #[arg(
        long,
        value_name = "GOAL",
        conflicts_with_all = ["threshold", "json", "compare"],
        requires = "model"
    )]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    find_threshold: Option<Goal>,

    /// What decides the draws that intervals come from
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment eval`.
pub fn run(args: &EvalArgs, console: &Console) -> anyhow::Result<()> {
    // A threshold is of the model that is measured: nobody may exchange it meanwhile.
    let _lock = match args.find_threshold.and(args.model.folder()) {
        Some(model) => Some(FolderLock::take(model)?),
        None => None,
    };
    let classifier = args.model.load(console)?;
    let mut mistakes = Mistakes::new(KEPT_MISTAKES);
    let evaluation = match &args.predictions {
        None => args.evaluate(&classifier, console, |example, row| {
            mistakes.see(&example.text, row);
            Ok(())
        })?,
        Some(file) => write_whole_with(file, |out| {
            begin_predictions(out, classifier.labels())?;
            args.evaluate(&classifier, console, |example, row| {
                mistakes.see(&example.text, row);
                write_prediction(out, classifier.labels(), example, row)
            })
        })?,
    };
    if let Some(goal) = args.find_threshold {
        return args.find_threshold(goal, &classifier, &evaluation);
    }
    if let Some(folder) = &args.compare {
        return args.compare(folder, &evaluation, console);
    }
    let intervals = evaluation.intervals(args.seed);
    #[cfg(feature = "report")]
    args.write_report(
        &classifier,
        &evaluation,
        &intervals,
        mistakes.surest(),
        console,
    )?;
    if args.write_json(&evaluation.summary(Some(intervals)))? {
        return Ok(());
    }
    if let (Some(threshold), [_, second]) =
        (classifier.config().decision.threshold, classifier.labels())
    {
        let second = cut(second, LABEL_CHARACTERS);
        console.note(format!(
            "{second} is the answer from a probability of {threshold:.4} on"
        ));
    }
    let mut out = styled_output();
    write_evaluation(&mut out, &evaluation, &intervals)?;
    let surest = mistakes.surest();
    let shown = &surest[..surest.len().min(SHOWN_MISTAKES)];
    write_details(&mut out, &evaluation, shown)?;
    Ok(())
}

impl EvalArgs {
    /// Writes the page and the charts.
    #[cfg(feature = "report")]
    fn write_report(
        &self,
        classifier: &Classifier,
        evaluation: &Evaluation,
        intervals: &Intervals,
        mistakes: &[Mistake],
        console: &Console,
    ) -> anyhow::Result<()> {
        let model = ReportedModel {
            title: format!(
                "Evaluation of {} on {}",
                self.model.name(),
                self.corpus.display()
            ),
            classifier,
            folder: self.model.folder(),
            intervals,
        };
        self.report.write(&model, evaluation, mistakes, console)
    }

    /// Measures a classifier on the corpus.
    fn evaluate(
        &self,
        classifier: &Classifier,
        console: &Console,
        each: impl FnMut(&Example, &Scored) -> anyhow::Result<()>,
    ) -> anyhow::Result<Evaluation> {
        let mut examples = corpus::open_labelled(&self.corpus, &self.reading.options())?;
        let evaluation = Evaluation::of(classifier, examples.by_ref(), each)?;
        console.note_skipped(examples.skipped());
        anyhow::ensure!(
            !evaluation.rows.is_empty(),
            "{}: there is no example to measure on",
            self.corpus.display()
        );
        Ok(evaluation)
    }

    /// Writes figures as JSON where that was asked for, and tells whether they went to standard output.
    fn write_json(&self, figures: &impl Serialize) -> anyhow::Result<bool> {
        let Some(file) = &self.json else {
            return Ok(false);
        };
        let json = serde_json::to_string_pretty(figures).context("could not write the figures")?;
        let is_output = file == Path::new("-");
        match is_output {
            true => writeln!(io::stdout().lock(), "{json}")?,
            false => write_whole(file, |out| writeln!(out, "{json}"))?,
        }
        Ok(is_output)
    }

    /// Measures another model on the same texts and shows the two side by side.
    fn compare(&self, folder: &Path, first: &Evaluation, console: &Console) -> anyhow::Result<()> {
        let other = self.model.load_other(folder, console)?;
        anyhow::ensure!(
            other.labels() == first.labels,
            "{}: its labels are {}, and those of {} are {}",
            folder.display(),
            other.labels().join(", "),
            self.model.name(),
            first.labels.join(", ")
        );
        let mut compared = Compared::new(first);
        let second = self.evaluate(&other, console, |example, row| {
            compared.see(&example.text, row);
            Ok(())
        })?;
        let same = first.rows.iter().map(|row| row.actual);
        anyhow::ensure!(
            same.eq(second.rows.iter().map(|row| row.actual)),
            "{}: it is read once for each model, and was not the same the second time",
            self.corpus.display()
        );
        let names = [self.model.name(), folder.display().to_string()];
        let comparison = Comparison::new(first, &second, self.seed);
        if !self.write_json(&comparison)? {
            write_comparison(&mut styled_output(), &names, &compared, &comparison)?;
        }
        Ok(())
    }

    /// Finds a threshold and writes it into the model's configuration.
    fn find_threshold(
        &self,
        goal: Goal,
        classifier: &Classifier,
        evaluation: &Evaluation,
    ) -> anyhow::Result<()> {
        let labels = classifier.labels();
        anyhow::ensure!(
            labels.len() == 2,
            "a threshold is for two labels, and the model has {}",
            labels.len()
        );
        let reached = goal
            .best(evaluation)
            .with_context(|| format!("{}: no threshold reaches the goal", self.corpus.display()))?;
        let decision = Decision {
            threshold: Some(reached.threshold),
            ..classifier.config().decision
        };
        let config = classifier.config().with_decision(decision);
        let Some(model) = self.model.folder() else {
            unreachable!("the command line asks for a folder");
        };
        folder::replace(model, &config_file(&config))?;
        writeln!(
            styled_output(),
            "{} from a probability of {:.4} on: precision {:.4}, recall {:.4} on these texts\nwritten into {}",
            labels[1],
            reached.threshold,
            reached.precision,
            reached.recall,
            model.display()
        )?;
        Ok(())
    }
}

fn begin_predictions(out: &mut dyn Write, labels: &[String]) -> anyhow::Result<()> {
    let names = labels.iter().map(|label| format!("probability_{label}"));
    let before = ["text", "label", "predicted", "score"].map(String::from);
    write_csv(out, before.into_iter().chain(names))
}

fn write_prediction(
    out: &mut dyn Write,
    labels: &[String],
    example: &Example,
    Scored { prediction, .. }: &Scored,
) -> anyhow::Result<()> {
    let fields = [
        example.text.clone(),
        example.label.clone(),
        labels[prediction.label].clone(),
        prediction.score().to_string(),
    ];
    let probabilities = prediction.probabilities.iter().map(f64::to_string);
    write_csv(out, fields.into_iter().chain(probabilities))
}
