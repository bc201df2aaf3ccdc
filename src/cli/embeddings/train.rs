//! `sentiment embeddings train`: trains word vectors on texts.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::ValueEnum;
use sentiment::corpus::{self, CorpusError, Rows};
use sentiment::embeddings::training::{Method, VectorProgress, VectorSettings, Word2Vec, train};
use sentiment::embeddings::{self, VectorFile, WordVectors};
use sentiment::printable::Printable;
use sentiment::tensor_file::NumberType;
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList, Tokenizer, check_language};

use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;
use crate::cli::interrupt::on_interrupt;

/// The arguments of `sentiment embeddings train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Texts, labelled or not: files, or folders per label
    #[arg(required = true, value_name = "CORPUS")]
    corpora: Vec<PathBuf>,

    /// Output file: .txt, .vec, .bin (also .gz, .zst) or .safetensors
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Training method
    #[arg(long, value_enum, default_value_t = MethodName::Glove)]
    method: MethodName,

    /// Initial vectors; `glove` also stays near them
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,

    /// File in the ZIP archive of --start-from
    #[arg(long, value_name = "NAME", requires = "start_from")]
    member: Option<String>,

    /// Embedding dimension [default: 100, or that of --start-from]
    #[arg(long, value_name = "N")]
    dimension: Option<usize>,

    /// Context window on each side [default: 10, for word2vec 5]
    #[arg(long, value_name = "N")]
    window: Option<usize>,

    /// Minimum word frequency
    #[arg(long, value_name = "N", default_value_t = VectorSettings::MIN_COUNT)]
    min_count: u64,

    /// Number of epochs [default: 25, for word2vec 5]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,

    /// Initial learning rate [default: 0.05, for word2vec 0.025, with --cbow 0.05]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,

    /// Random seed
    #[arg(long, value_name = "N", default_value_t = VectorSettings::SEED)]
    seed: u64,

    /// glove: approximate memory for counting, such as 500MB
    #[arg(long, value_name = "SIZE", default_value = "2GB")]
    memory: Memory,

    /// word2vec: train CBOW instead of skip-gram
    #[arg(long)]
    cbow: bool,

    /// word2vec: add vectors of character n-grams
    #[arg(long)]
    subwords: bool,

    /// word2vec: negative samples per positive sample
    #[arg(long, value_name = "N", default_value_t = Word2Vec::default().negative)]
    negative: usize,

    /// word2vec: subsample words above this frequency; 0 disables
    #[arg(long, value_name = "SHARE", default_value_t = Word2Vec::default().subsample)]
    subsample: f64,

    /// Stopword list: negation-safe, nltk, none or a file
    #[arg(long, value_name = "LIST", default_value = "negation-safe")]
    stopwords: String,

    /// Reduce tokens to their stems
    #[arg(long)]
    stem: bool,

    /// Language of stopword list and stemmer (ISO 639-1)
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,

    #[command(flatten)]
    reading: CorpusArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MethodName {
    /// GloVe: weighted least squares on co-occurrence counts
    Glove,
    /// word2vec with negative sampling: skip-gram, or CBOW with --cbow
    Word2vec,
}

/// A number of bytes.
#[derive(Clone, Copy, Debug)]
struct Memory(usize);

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.to_ascii_uppercase();
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000)];
        let found = units.iter().find_map(|(unit, bytes)| {
            let number: usize = upper.strip_suffix(unit)?.trim().parse().ok()?;
            number.checked_mul(*bytes)
        });
        found
            .map(Self)
            .ok_or_else(|| "expected a whole number of MB or GB, such as 500MB".into())
    }
}

/// Runs `sentiment embeddings train`.
pub fn run(args: &TrainArgs, console: &Console) -> anyhow::Result<()> {
    let begin = Instant::now();
    embeddings::check_format(&args.out, NumberType::F32)?;
    let interrupted = on_interrupt();
    args.check_method()?;
    let start = args.read_start(console)?;
    let settings = args.settings(start.as_ref());
    check_language(&args.language)?;
    let preprocessor = Preprocessor::new(PreprocessorConfig {
        stopwords: StopwordList::parse(&args.stopwords)?,
        tokenizer: Tokenizer::of_language(&args.language),
        language: args.language.clone(),
        stem: args.stem,
        ..PreprocessorConfig::default()
    })?;
    let folder = match args.out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut texts = Texts {
        args,
        console,
        corpora: args.reading.files(&args.corpora, console)?.into_iter(),
        rows: None,
    };
    let mut progress = console.vectors_progress();
    let mut on_progress = |step: VectorProgress| {
        progress.show(step);
        !interrupted.load(Ordering::Relaxed)
    };
    let vectors = train(
        &mut texts,
        &preprocessor,
        &settings,
        start.as_ref(),
        folder,
        &mut on_progress,
    )?;
    drop(progress);
    embeddings::write(&args.out, &vectors, NumberType::F32)?;
    let state = if interrupted.load(Ordering::Relaxed) {
        " (interrupted: partially trained)"
    } else {
        ""
    };
    console.note(format!(
        "wrote {}: {} words, {} dimensions, {:.1} s{state}",
        Printable(&args.out.to_string_lossy()),
        vectors.len(),
        vectors.dimension(),
        begin.elapsed().as_secs_f64(),
    ));
    Ok(())
}

impl TrainArgs {
    fn check_method(&self) -> anyhow::Result<()> {
        if self.method == MethodName::Glove && (self.cbow || self.subwords) {
            anyhow::bail!("--cbow and --subwords require word2vec: add --method word2vec");
        }
        Ok(())
    }

    /// Reads the initial vectors, if given, and prints the notes about their file.
    fn read_start(&self, console: &Console) -> anyhow::Result<Option<WordVectors>> {
        let Some(path) = &self.start_from else {
            return Ok(None);
        };
        let file = VectorFile {
            path: path.clone(),
            member: self.member.clone(),
        };
        let vectors = file.read(None)?;
        console.note_vectors(vectors.notes());
        Ok(Some(vectors))
    }

    fn settings(&self, start: Option<&WordVectors>) -> VectorSettings {
        let defaults = VectorSettings::new(match self.method {
            MethodName::Glove => Method::Glove {
                memory: self.memory.0,
            },
            MethodName::Word2vec => Method::Word2Vec(Word2Vec {
                cbow: self.cbow,
                subwords: self.subwords,
                negative: self.negative,
                subsample: self.subsample,
            }),
        });
        let dimension = self.dimension.or(start.map(WordVectors::dimension));
        VectorSettings {
            dimension: dimension.unwrap_or(defaults.dimension),
            window: self.window.unwrap_or(defaults.window),
            min_count: self.min_count,
            epochs: self.epochs.unwrap_or(defaults.epochs),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            seed: self.seed,
            ..defaults
        }
    }
}

/// An iterator over the texts of several corpora.
struct Texts<'a> {
    args: &'a TrainArgs,
    console: &'a Console,
    corpora: std::vec::IntoIter<PathBuf>,
    rows: Option<Rows>,
}

impl Iterator for Texts<'_> {
    type Item = Result<String, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(rows) = &mut self.rows {
                match rows.next() {
                    Some(row) => return Some(row.map(|row| row.text)),
                    None => self.console.note_reading(&rows.notes(), rows.skipped()),
                }
            }
            match corpus::open_texts(&self.corpora.next()?, &self.args.reading.options()) {
                Ok(rows) => self.rows = Some(rows),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
