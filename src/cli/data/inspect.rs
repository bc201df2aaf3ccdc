//! `sentiment data inspect`: statistics, duplicates and leakage of a corpus.

use std::io::{self, Write};
use std::path::PathBuf;

use sentiment::corpus;
use sentiment::text::{Preprocessor, PreprocessorConfig};

use super::read;
use crate::cli::audit_table::write_audit;
use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;

/// The arguments of `sentiment data inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// Labelled corpus: file, folder per label, or hf:OWNER/NAME
    corpus: PathBuf,

    /// Validation corpus to check for overlap
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,

    /// Split of an hf: dataset [default: train]
    #[arg(long, value_name = "NAME")]
    split: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment data inspect`.
pub fn run(args: &InspectArgs, console: &Console) -> anyhow::Result<()> {
    let train = read(&args.corpus, args.split.as_deref(), &args.reading, console)?;
    let validation = match &args.validation {
        Some(path) => Some(read(path, None, &args.reading, console)?),
        None => None,
    };
    let preprocessor = Preprocessor::new(PreprocessorConfig::default())?;
    let audit = corpus::audit(&train, validation.as_ref(), &preprocessor);
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
