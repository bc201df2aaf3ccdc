//! `sentiment embeddings evaluate`: evaluates word vectors on word similarity and analogies.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sentiment::embeddings::{self, AnalogyResult, AnalogyScore, Benchmark, BenchmarkResult};
use sentiment::printable::Printable;
use serde::Serialize;

use super::VectorsArgs;
use crate::cli::console::Console;

#[derive(Debug, clap::Args)]
pub(super) struct EvaluateArgs {
    /// Word pairs (WordSim-353, SimLex-999) or analogies (questions-words.txt)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    source: VectorsArgs,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: OutputFormat,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

#[derive(Serialize)]
struct FileResult<'a> {
    file: &'a Path,
    #[serde(flatten)]
    result: BenchmarkResult,
}

pub(super) fn run(args: &EvaluateArgs, console: &Console) -> anyhow::Result<()> {
    let benchmarks = args
        .files
        .iter()
        .map(|file| Ok((file, Benchmark::read(file)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let vectors = args.source.read(None, console)?;
    let results: Vec<FileResult> = benchmarks
        .iter()
        .map(|(file, benchmark)| FileResult {
            file,
            result: embeddings::evaluate(&vectors, benchmark),
        })
        .collect();

    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &results).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        OutputFormat::Text => {
            for (index, result) in results.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write_result(&mut out, result)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

fn write_result(out: &mut impl Write, result: &FileResult) -> io::Result<()> {
    writeln!(out, "{}", Printable(&result.file.to_string_lossy()))?;
    match &result.result {
        BenchmarkResult::WordPairs(pairs) => {
            writeln!(out, "  Spearman  {}", decimal(pairs.spearman))?;
            writeln!(out, "  Pearson   {}", decimal(pairs.pearson))?;
            writeln!(out, "  known     {} of {} pairs", pairs.known, pairs.pairs)
        }
        BenchmarkResult::Analogies(result) => write_analogies(out, result),
    }
}

fn write_analogies(out: &mut impl Write, result: &AnalogyResult) -> io::Result<()> {
    let sections: Vec<(String, &AnalogyScore)> = result
        .sections
        .iter()
        .map(|section| (Printable(&section.section).to_string(), &section.score))
        .chain([("total".to_owned(), &result.total)])
        .collect();
    let widths = sections.iter().map(|(name, _)| name.chars().count());
    let width = widths.max().unwrap_or_default();
    writeln!(out, "  {:width$}  accuracy  correct    known    total", "")?;
    for (name, score) in sections {
        writeln!(
            out,
            "  {name:width$}  {:>8}  {:>7}  {:>7}  {:>7}",
            decimal(score.accuracy),
            score.correct,
            score.known,
            score.questions
        )?;
    }
    Ok(())
}

/// Formats a number with four decimals, or a dash for an undefined one.
fn decimal(number: Option<f64>) -> String {
    number.map_or("-".to_owned(), |number| format!("{number:.4}"))
}
