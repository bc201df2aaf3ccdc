//! `sentiment data inspect`: statistics, duplicates and leakage of a corpus.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use sentiment::corpus;
use sentiment::text::Preprocessor;
use sentiment::training::Recipe;

use crate::cli::audit_table::write_audit;
use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;
use crate::cli::dataset_reader::DatasetReader;

/// The arguments of `sentiment data inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// Labelled corpus: files, folder per label, or hf:OWNER/NAME
    #[arg(required = true)]
    corpus: Vec<PathBuf>,

    /// Validation corpus to check for overlap
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,

    /// Maximum tokens per text, to measure truncation
    #[arg(long, value_name = "N", default_value_t = Recipe::default().max_length, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    max_length: usize,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment data inspect`.
pub fn run(args: &InspectArgs, console: &Console) -> anyhow::Result<()> {
    let reader = DatasetReader::new(&args.reading, console);
    let train = reader.corpus(&args.corpus)?;
    let validation = match &args.validation {
        Some(path) => Some(reader.validation_corpus(path)?),
        None => None,
    };
    let mut recipe = Recipe::default();
    let texts = train.examples.iter().map(|example| example.text.as_str());
    if let Some(choice) = recipe.choose_tokenizer(texts) {
        console.note(choice.to_string());
    }
    let preprocessor = Preprocessor::new(recipe.preprocessing())?;
    let bar = console.bar("{spinner} searching for duplicates, {elapsed}");
    let audit = corpus::audit(&train, validation.as_ref(), &preprocessor, args.max_length);
    bar.finish_and_clear();
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        serde_json::to_writer_pretty(&mut out, &audit).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write_audit(&mut out, &audit)?;
    }
    out.flush()?;
    Ok(())
}
