//! `sentiment eval`: how good a classifier is on labelled texts.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::corpus;
use sentiment::evaluation::Evaluation;
use sentiment::files::write_whole;

use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::model_args::ModelArgs;
use super::report::write_evaluation;

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

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment eval`.
pub fn run(args: &EvalArgs, console: &Console) -> anyhow::Result<()> {
    let classifier = args.model.load(console)?;
    let mut examples = corpus::open_labelled(&args.corpus, &args.reading.options())?;
    let evaluation = Evaluation::of(&classifier, examples.by_ref())?;
    console.note_skipped(examples.skipped());
    anyhow::ensure!(
        evaluation.confusion_matrix.total() > 0,
        "{}: there is no example to measure on",
        args.corpus.display()
    );
    let json = || serde_json::to_string_pretty(&evaluation).context("could not write the figures");
    match &args.json {
        Some(file) if file == Path::new("-") => writeln!(io::stdout().lock(), "{}", json()?)?,
        Some(file) => {
            let json = json()?;
            write_whole(file, |out| writeln!(out, "{json}"))?;
            write_evaluation(&mut io::stdout().lock(), &evaluation)?;
        }
        None => write_evaluation(&mut io::stdout().lock(), &evaluation)?,
    }
    Ok(())
}
