//! `sentiment embeddings`: look at a file of word vectors.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use sentiment::corpus::{self, CorpusError};
use sentiment::embeddings::{self, Coverage, EmbeddingsError, GLOVE_SAMPLE_NAME, WordVectors};
use sentiment::printable::Printable;
use sentiment::text::{Preprocessor, PreprocessorConfig, TokenCounts, Tokens};
use serde_json::json;

use super::console::Console;
use super::corpus_args::CorpusArgs;

/// The arguments of `sentiment embeddings`.
#[derive(Debug, clap::Args)]
pub struct EmbeddingsArgs {
    #[command(subcommand)]
    command: EmbeddingsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum EmbeddingsCommand {
    /// Show how many of a corpus's words have vectors, and the most frequent that have none
    Coverage(CoverageArgs),
    /// Show the words whose vectors are nearest to a word's
    Nearest(NearestArgs),
}

#[derive(Debug, clap::Args)]
struct CoverageArgs {
    /// The corpus, labelled or not: a file, or a folder with a folder per label
    corpus: PathBuf,

    #[command(flatten)]
    source: VectorsArgs,

    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reading: CorpusArgs,
}

#[derive(Debug, clap::Args)]
struct NearestArgs {
    /// The word, as the file of vectors has it
    word: String,

    /// How many words to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,

    #[command(flatten)]
    source: VectorsArgs,

    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct VectorsArgs {
    /// GloVe or word2vec file, plain, .gz or .zst; `sample` is the GloVe sample in the binary
    #[arg(long, value_name = "FILE", default_value = "sample")]
    embeddings: PathBuf,
}

impl VectorsArgs {
    /// The file; None for the sample in the binary.
    fn file(&self) -> Option<&Path> {
        (self.embeddings != Path::new("sample")).then_some(&self.embeddings)
    }

    fn name(&self) -> String {
        let file = self.file().map(Path::to_string_lossy);
        Printable(file.as_deref().unwrap_or(GLOVE_SAMPLE_NAME)).to_string()
    }

    fn read(&self, wanted: Option<&FxHashSet<String>>) -> Result<WordVectors, EmbeddingsError> {
        match self.file() {
            Some(file) => embeddings::read(file, wanted),
            None => embeddings::sample(wanted),
        }
    }
}

/// Runs `sentiment embeddings`.
pub fn run(args: &EmbeddingsArgs, console: &Console) -> anyhow::Result<()> {
    match &args.command {
        EmbeddingsCommand::Coverage(args) => coverage(args, console),
        EmbeddingsCommand::Nearest(args) => nearest(args),
    }
}

fn coverage(args: &CoverageArgs, console: &Console) -> anyhow::Result<()> {
    let counts = count_tokens(&args.corpus, &args.reading, console)?;
    let wanted: FxHashSet<String> = counts.iter().map(|(word, _)| word.to_owned()).collect();
    let vectors = args.source.read(Some(&wanted))?;
    let coverage = embeddings::coverage(&vectors, counts.iter());

    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        serde_json::to_writer_pretty(&mut out, &coverage).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "{}, vectors of {} numbers\n",
            args.source.name(),
            vectors.dimension()
        )?;
        write_coverage(&mut out, &coverage)?;
    }
    out.flush()?;
    Ok(())
}

/// How often each token occurs in a corpus, which is read as a stream and counted on all cores.
fn count_tokens(
    path: &Path,
    reading: &CorpusArgs,
    console: &Console,
) -> anyhow::Result<TokenCounts> {
    let preprocessor = Preprocessor::new(PreprocessorConfig::default())?;
    let mut rows = corpus::open_texts(path, &reading.options())?;
    let counts = rows
        .by_ref()
        .par_bridge()
        .try_fold(TokenCounts::default, |mut counts, row| {
            counts.add(&preprocessor, &row?.text, &mut Tokens::default());
            Ok::<_, CorpusError>(counts)
        })
        .try_reduce(TokenCounts::default, |counts, others| {
            Ok(counts.merge(others))
        })?;
    console.note_skipped(rows.skipped());
    Ok(counts)
}

fn write_coverage(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let mut line = |name: &str, all: u64, covered: u64, share: f64| {
        let percent = 100.0 * share;
        writeln!(out, "{name:6}  {all:>11}  {covered:>13} ({percent:.1}%)")
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
        writeln!(out, "\nmost frequent without a vector")?;
    }
    for missing in most_frequent_missing {
        writeln!(out, "{:>9}  {}", missing.count, Printable(&missing.word))?;
    }
    Ok(())
}

fn nearest(args: &NearestArgs) -> anyhow::Result<()> {
    let vectors = args.source.read(None)?;
    let nearest = embeddings::nearest(&vectors, &args.word, args.count)
        .with_context(|| args.source.name())?;

    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        let words: Vec<_> = nearest
            .iter()
            .map(|(word, cosine)| json!({ "word": word, "cosine": cosine }))
            .collect();
        serde_json::to_writer_pretty(&mut out, &words).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        for (word, cosine) in nearest {
            writeln!(out, "{cosine:.4}  {}", Printable(word))?;
        }
    }
    out.flush()?;
    Ok(())
}
