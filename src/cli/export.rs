//! `sentiment export`: writes a model for other programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::corpus::{self, CorpusError, CorpusOptions};
use sentiment::export::{ExportFormat, ExportRequest, export};
use sentiment::printable::Printable;

use super::console::Console;
use super::model_location::{MODEL_VARIABLE, model_location};

/// The number of reference tokenizations.
const REFERENCES: usize = 200;

/// The arguments of `sentiment export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Format: onnx, pytorch, huggingface or archive
    #[arg(long, value_name = "FORMAT")]
    format: ExportFormat,

    /// File or folder for the export
    #[arg(long, value_name = "PATH")]
    out: PathBuf,

    /// Model: general, chinese, a folder, an archive or hf:NAME
    #[arg(
        long,
        value_name = "MODEL",
        default_value = "general",
        env = MODEL_VARIABLE,
        hide_env_values = true
    )]
    model: PathBuf,

    /// Texts of the reference tokenizations [default: 200 of the sample corpus]
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Runs `sentiment export`.
pub fn run(args: &ExportArgs, console: &Console) -> anyhow::Result<()> {
    let texts = match &args.texts {
        Some(file) => texts_of(file, console)?,
        None => sample_texts()?,
    };
    let model = model_location(&args.model, console)?;
    let written = export(&ExportRequest {
        model: &model,
        format: args.format,
        out: &args.out,
        texts: &texts,
        replaces: args.force,
    })
    .with_context(|| format!("could not export {model}"))?;
    let mut out = io::stdout().lock();
    for file in written {
        writeln!(out, "{}", Printable(&file.to_string_lossy()))?;
    }
    Ok(())
}

/// Returns texts of the sample corpus.
fn sample_texts() -> anyhow::Result<Vec<String>> {
    let texts = corpus::sample()?.take(REFERENCES);
    Ok(texts
        .map(|example| Ok(example?.text))
        .collect::<Result<_, CorpusError>>()?)
}

/// Reads the texts of a file.
fn texts_of(file: &Path, console: &Console) -> anyhow::Result<Vec<String>> {
    let mut rows = corpus::open_texts(file, &CorpusOptions::default())?;
    let texts = rows.by_ref().map(|row| Ok(row?.text));
    let texts = texts.collect::<Result<_, CorpusError>>()?;
    console.note_reading(&rows.notes(), rows.skipped());
    Ok(texts)
}
