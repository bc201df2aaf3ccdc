//! `sentiment explain`: the weights of the words of a text, of each row of a table, or of a corpus.

mod corpus;
mod overview;
mod rows;
mod terminal;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use sentiment::classifier::Classifier;
use sentiment::explain::{Basis, Explanation, Method, Request, explain, explanation_page};
use sentiment::files::write_whole;
use sentiment::printable::grouped;
use serde::Serialize;

use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::model_args::ModelArgs;
use super::prediction_output::OutputFormat;
use super::styled_text::styled_output;
use terminal::write_explanation;

/// The maximum length of a text on standard input.
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// With fewer words, LIME has hardly any samples near the text to compare.
const FEW_WORDS: usize = 3;

const OVER_ROWS: &str = "For each row of a table";
const OVER_A_CORPUS: &str = "Over a corpus";

/// The explanation of weights and colours in the help.
const HELP_FOOTER: &str = "A weight is the word's contribution to the label's probability; for attention, its attention \
                      weight. For the labels positive and negative, blue words weigh towards positive and orange \
                      ones (red with 16 colours) towards negative. For other labels, words with a solid line weigh \
                      for the label and words with a dotted one against it. Without colours these are words with \
                      [+] and [−]. A stronger colour or more signs are a larger weight. Without --class, --json and \
                      --html explain all labels, at most the ten most probable.";

/// The arguments of `sentiment explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP_FOOTER)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["text", "input", "corpus"]))]
pub struct ExplainArgs {
    /// Text to explain; `-` reads standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,

    /// Explain each row; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = OVER_ROWS)]
    input: Vec<PathBuf>,

    /// Output file: .csv, .tsv, .jsonl or .parquet
    #[arg(long, value_name = "FILE", requires = "input", help_heading = OVER_ROWS)]
    output: Option<PathBuf>,

    /// Format: text, csv, tsv, jsonl or parquet [default: text]
    #[arg(long, value_name = "FORMAT", requires = "input", help_heading = OVER_ROWS)]
    format: Option<OutputFormat>,

    /// Explain texts of a corpus and summarise their words
    #[arg(long, value_name = "FILE", help_heading = OVER_A_CORPUS)]
    corpus: Option<PathBuf>,

    /// Explanation method
    #[arg(long, value_enum, default_value_t)]
    method: MethodName,

    /// lime: number of samples [default: until stable, at most 5,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    samples: Option<u32>,

    /// gradient: integration steps [default: 64 to 512, until completeness error < 1%]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    steps: Option<u32>,

    /// Number of words to show for each label
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    features: u32,

    /// Weight each occurrence of a word separately
    #[arg(long, conflicts_with = "corpus")]
    positions: bool,

    /// Explain this label; repeatable [default: the predicted label]
    #[arg(long = "class", value_name = "LABEL")]
    classes: Vec<String>,

    /// Number of words for each label over all texts
    #[arg(long, value_name = "N", default_value_t = 30, conflicts_with_all = ["text", "input"], help_heading = OVER_A_CORPUS)]
    top: usize,

    /// Number of randomly sampled texts to explain
    #[arg(long, value_name = "N", default_value_t = 200, conflicts_with_all = ["text", "input"], help_heading = OVER_A_CORPUS, value_parser = clap::value_parser!(u32).range(1..))]
    texts: u32,

    /// Number of representative texts to show
    #[arg(long, value_name = "N", default_value_t = 5, conflicts_with_all = ["text", "input"], help_heading = OVER_A_CORPUS)]
    representatives: usize,

    /// Random seed
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,

    /// Print explanations as JSON with byte offsets
    #[arg(long, conflicts_with = "input")]
    json: bool,

    /// Write a self-contained HTML page
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    html: Option<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    corpus_args: CorpusArgs,
}

/// The explanation methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum MethodName {
    /// Linear model of predictions with words removed
    #[default]
    Lime,
    /// Integrated gradients from unknown words to the text
    Gradient,
    /// Attention weights, for models with attention pooling
    Attention,
}

/// Runs `sentiment explain`.
pub fn run(args: &ExplainArgs, console: &Console) -> anyhow::Result<()> {
    match (&args.corpus, &args.text) {
        (Some(corpus), _) => corpus::run(args, corpus, console),
        (None, Some(text)) => args.explain(&read(text, console)?, console),
        (None, None) => rows::run(args, console),
    }
}

/// Returns the text of the command line or of standard input, without trailing line endings.
fn read(text: &str, console: &Console) -> anyhow::Result<String> {
    if text != "-" {
        if Path::new(text).is_file() {
            console.note(format!(
                "explaining the name {text}; to explain the file's contents, use `explain - < {text}`, or --input {text} for each row"
            ));
        }
        return Ok(text.into());
    }
    let mut text = String::new();
    let mut input = io::stdin().lock().take(MAX_TEXT_BYTES + 1);
    input
        .read_to_string(&mut text)
        .context("could not read standard input")?;
    anyhow::ensure!(
        text.len() as u64 <= MAX_TEXT_BYTES,
        "standard input: the text is longer than 16 MiB; --input FILE explains each row of a file"
    );
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

impl ExplainArgs {
    fn request(&self, classifier: &Classifier) -> anyhow::Result<Request> {
        anyhow::ensure!(
            self.samples.is_none() || self.method == MethodName::Lime,
            "--samples requires --method lime"
        );
        anyhow::ensure!(
            self.steps.is_none() || self.method == MethodName::Gradient,
            "--steps requires --method gradient"
        );
        let model_labels = classifier.labels();
        let mut labels: Vec<usize> = Vec::new();
        for class in &self.classes {
            let label = model_labels.iter().position(|label| label == class);
            let label = label.with_context(|| {
                format!(
                    "the model has no label {class:?}: it has {}",
                    model_labels.join(", ")
                )
            })?;
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        Ok(Request {
            method: match self.method {
                MethodName::Lime => Method::Lime {
                    samples: self.samples.map(|samples| samples as usize),
                    seed: self.seed,
                },
                MethodName::Gradient => Method::Gradient {
                    steps: self.steps.map(|steps| steps as usize),
                },
                MethodName::Attention => Method::Attention,
            },
            labels,
            words: self.features as usize,
            by_position: self.positions,
        })
    }

    fn explain(&self, text: &str, console: &Console) -> anyhow::Result<()> {
        let location = self.model.given_or_for([text], console)?;
        let classifier = &self.model.load(&location, console)?;
        let mut request = self.request(classifier)?;
        if request.labels.is_empty() && !self.json && self.html.is_none() {
            request.labels = vec![classifier.predict_one(text)?.class];
        }
        let explanation = explain(classifier, text, &request)?;
        self.note_limits(&explanation, console);
        match self.json {
            true => write_json(&explanation)?,
            false => write_explanation(&mut styled_output(), &explanation)?,
        }
        self.write_page(console, || explanation_page(&explanation))
    }

    /// Prints notes on the limits of the explanation.
    fn note_limits(&self, explanation: &Explanation, console: &Console) {
        if let Some(reason) = &explanation.reason {
            console.note(format!("{reason}: the prediction is unreliable"));
        }
        let few = explanation.answer().weights.len() < FEW_WORDS;
        if self.method == MethodName::Lime && self.features as usize >= FEW_WORDS && few {
            console.note("lime is imprecise for one or two words: use --method gradient");
        }
        if let Basis::Lime {
            stability: Some(stability),
            ..
        } = explanation.basis
            && stability < Basis::STABLE
        {
            console.note("the weights are not stable: increase --samples");
        }
        if explanation.unread_tokens > 0 {
            let unread = grouped(explanation.unread_tokens);
            console.note(format!(
                "the model ignores the first {unread} tokens of this text"
            ));
        }
    }

    /// Writes the HTML page if requested.
    fn write_page(&self, console: &Console, page: impl FnOnce() -> String) -> anyhow::Result<()> {
        if let Some(file) = &self.html {
            write_whole(file, |out| out.write_all(page().as_bytes()))?;
            console.note(format!("wrote the page to {}", file.display()));
        }
        Ok(())
    }
}

fn write_json(value: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(value).context("could not write the explanation")?;
    Ok(writeln!(io::stdout().lock(), "{json}")?)
}
