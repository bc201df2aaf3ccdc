//! `sentiment data`: inspect and split a corpus.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::builder::RangedU64ValueParser;
use sentiment::corpus::{
    self, Corpus, Example, TextGroups, ThreeWaySplit, stratified_three_way_split,
};
use sentiment::files::{FileError, write_whole};
use sentiment::text::Preprocessor;
use sentiment::training::Recipe;

use super::audit_table::write_audit;
use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::dataset_reader::DatasetReader;

/// The arguments of `sentiment data`.
#[derive(Debug, clap::Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DataCommand {
    /// Show size, class balance, lengths, vocabulary, duplicates and label conflicts
    Inspect(InspectArgs),
    /// Split into train.csv, validation.csv and test.csv, stratified by label
    Split(SplitArgs),
}

#[derive(Debug, clap::Args)]
struct InspectArgs {
    /// Labelled corpus: file, or folder with a subfolder per label
    corpus: PathBuf,

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

#[derive(Debug, clap::Args)]
struct SplitArgs {
    /// Labelled corpus: file, or folder with a subfolder per label
    corpus: PathBuf,

    /// Output folder; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Fraction of examples for validation.csv
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    validation_share: f64,

    /// Fraction of examples for test.csv; 0 writes no file
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    test_share: f64,

    /// Random seed
    #[arg(long, default_value_t = 42)]
    seed: u64,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment data`.
pub fn run(args: &DataArgs, console: &Console) -> anyhow::Result<()> {
    match &args.command {
        DataCommand::Inspect(args) => inspect(args, console),
        DataCommand::Split(args) => split(args, console),
    }
}

fn inspect(args: &InspectArgs, console: &Console) -> anyhow::Result<()> {
    let train = read(&args.corpus, &args.reading, console)?;
    let validation = match &args.validation {
        Some(path) => Some(read(path, &args.reading, console)?),
        None => None,
    };
    let preprocessor = Preprocessor::new(Recipe::default().preprocessing())?;
    let audit = corpus::audit(&train, validation.as_ref(), &preprocessor, args.max_length);
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

fn split(args: &SplitArgs, console: &Console) -> anyhow::Result<()> {
    ensure!(
        args.validation_share + args.test_share < 1.0,
        "--validation-share and --test-share must sum to less than 1"
    );
    let corpus = read(&args.corpus, &args.reading, console)?;
    let labels: Vec<&str> = corpus.examples.iter().map(|e| e.label.as_str()).collect();
    let texts: Vec<&str> = corpus.examples.iter().map(|e| e.text.as_str()).collect();
    let groups = TextGroups::of(&texts);
    let ThreeWaySplit {
        train,
        validation,
        test,
    } = stratified_three_way_split(
        &labels,
        &groups,
        args.validation_share,
        args.test_share,
        args.seed,
    );

    let parts = [
        ("train.csv", train, true),
        ("validation.csv", validation, args.validation_share > 0.0),
        ("test.csv", test, args.test_share > 0.0),
    ];
    let wanted = parts.iter().filter(|(_, _, is_wanted)| *is_wanted);
    let parts: Vec<_> = wanted
        .map(|(name, indices, _)| (args.out.join(name), indices))
        .collect();
    for (path, indices) in &parts {
        ensure!(
            !indices.is_empty(),
            "no class has enough examples for {}",
            path.display()
        );
        refuse_to_overwrite(&args.corpus, path)?;
    }
    fs::create_dir_all(&args.out).map_err(FileError::context("create", &args.out))?;
    for (path, indices) in &parts {
        let examples = indices.iter().map(|&index| &corpus.examples[index]);
        write_whole(path, |file| write_csv(file, examples))?;
    }
    let mut out = io::stdout().lock();
    for (path, indices) in &parts {
        writeln!(out, "{}: {} examples", path.display(), indices.len())?;
    }
    Ok(())
}

fn write_csv<'a>(
    file: &mut dyn Write,
    examples: impl Iterator<Item = &'a Example>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(["text", "label"])?;
    for example in examples {
        writer.write_record([&example.text, &example.label])?;
    }
    writer.flush()
}

/// Fails if an output file is the corpus itself.
fn refuse_to_overwrite(corpus: &Path, output: &Path) -> anyhow::Result<()> {
    let Ok(output) = output.canonicalize() else {
        return Ok(());
    };
    let corpus = corpus.canonicalize().context("could not find the corpus")?;
    ensure!(
        output != corpus,
        "{} would overwrite the corpus",
        output.display()
    );
    Ok(())
}

fn read(path: &Path, reading: &CorpusArgs, console: &Console) -> anyhow::Result<Corpus> {
    DatasetReader::new(reading, console).corpus(&[path.to_owned()])
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to below 1, such as 0.1".to_owned()),
    }
}
