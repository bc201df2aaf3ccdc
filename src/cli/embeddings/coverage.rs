//! `sentiment embeddings coverage`: reports the share of a corpus's words that have vectors.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use sentiment::corpus::CorpusError;
use sentiment::embeddings::{self, Coverage};
use sentiment::printable::Printable;
use sentiment::text::{Preprocessor, PreprocessorConfig};

use super::VectorsArgs;
use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;
use crate::cli::dataset_reader::DatasetReader;

#[derive(Debug, clap::Args)]
pub(super) struct CoverageArgs {
    /// Corpus, labelled or not: file, or folder per label
    corpus: PathBuf,

    #[command(flatten)]
    source: VectorsArgs,

    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reading: CorpusArgs,
}

pub(super) fn run(args: &CoverageArgs, console: &Console) -> anyhow::Result<()> {
    let preprocessor = Preprocessor::new(PreprocessorConfig::default())?;
    let reader = DatasetReader::new(&args.reading, console);
    let mut rows = reader.texts(std::slice::from_ref(&args.corpus))?;
    let progress = console.reading_progress(rows.progress());
    let texts = rows.by_ref().map(|row| Ok(row?.text));
    let counts = embeddings::count_tokens::<CorpusError>(texts, &preprocessor)?;
    drop(progress);
    reader.note_texts(&rows);
    let words = embeddings::coverage_filter(counts.iter());
    let vectors = args.source.read(Some(&words), console)?;
    let coverage = embeddings::coverage(&vectors, counts.iter());

    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        serde_json::to_writer_pretty(&mut out, &coverage).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "{}, {} dimensions\n",
            args.source.name(),
            vectors.dimension()
        )?;
        write_coverage(&mut out, &coverage)?;
    }
    out.flush()?;
    Ok(())
}

fn write_coverage(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let mut line = |name: &str, total: u64, covered: u64, share: f64| {
        let percent = 100.0 * share;
        writeln!(out, "{name:6}  {total:>11}  {covered:>13} ({percent:.1}%)")
    };
    let Coverage {
        types,
        covered_types,
        tokens,
        covered_tokens,
        ref most_frequent_missing,
    } = *coverage;
    line("types", types, covered_types, coverage.type_share())?;
    line("tokens", tokens, covered_tokens, coverage.token_share())?;
    if !most_frequent_missing.is_empty() {
        writeln!(out, "\nmost frequent words without a vector")?;
    }
    for missing in most_frequent_missing {
        writeln!(out, "{:>9}  {}", missing.count, Printable(&missing.word))?;
    }
    Ok(())
}
