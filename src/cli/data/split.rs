//! `sentiment data split`: a stratified split into files.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use sentiment::corpus::{Example, ThreeWaySplit, stratified_three_way_split};
use sentiment::files::{FileError, write_whole};

use super::read;
use crate::cli::console::Console;
use crate::cli::corpus_args::CorpusArgs;

/// The arguments of `sentiment data split`.
#[derive(Debug, clap::Args)]
pub struct SplitArgs {
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

/// Runs `sentiment data split`.
pub fn run(args: &SplitArgs, console: &Console) -> anyhow::Result<()> {
    ensure!(
        args.validation_share + args.test_share < 1.0,
        "--validation-share and --test-share must sum to less than 1"
    );
    let corpus = read(&args.corpus, None, &args.reading, console)?;
    let labels: Vec<&str> = corpus.examples.iter().map(|e| e.label.as_str()).collect();
    let ThreeWaySplit {
        train,
        validation,
        test,
    } = stratified_three_way_split(&labels, args.validation_share, args.test_share, args.seed);

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

/// Fails if an output file is the corpus itself. A dataset of the hub is no file.
fn refuse_to_overwrite(corpus: &Path, output: &Path) -> anyhow::Result<()> {
    let (Ok(corpus), Ok(existing)) = (corpus.canonicalize(), output.canonicalize()) else {
        return Ok(());
    };
    ensure!(
        existing != corpus,
        "{} would overwrite the corpus",
        existing.display()
    );
    Ok(())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to below 1, such as 0.1".to_owned()),
    }
}
