//! `sentiment data split`: a stratified split into files.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::ensure;
use sentiment::corpus::{
    LabelSet, LabelledTable, TableFormat, TableWriter, TextGroups, ThreeWaySplit, rarest_labels,
    stratified_three_way_split,
};
use sentiment::files::{FileError, write_whole};

use crate::cli::console::Console;
use crate::cli::corpus_args::{CorpusArgs, refuse_to_overwrite};
use crate::cli::dataset_reader::DatasetReader;

/// The arguments of `sentiment data split`.
#[derive(Debug, clap::Args)]
pub struct SplitArgs {
    /// Labelled corpus: files, folder per label, or hf:OWNER/NAME
    #[arg(required = true)]
    corpus: Vec<PathBuf>,

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
    let reader = DatasetReader::new(&args.reading, console);
    let table = reader.labelled_table(&args.corpus)?;
    let examples = &table.corpus.examples;
    let sets: Vec<LabelSet> = match table.corpus.is_multi_label {
        true => {
            let sets = examples.iter().filter_map(|e| LabelSet::parse(&e.label));
            sets.collect()
        }
        false => Vec::new(),
    };
    let labels: Vec<Option<&str>> = match table.corpus.is_multi_label {
        true => rarest_labels(&sets),
        false => examples.iter().map(|e| Some(e.label.as_str())).collect(),
    };
    let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
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
        for corpus in &args.corpus {
            refuse_to_overwrite(corpus, path, "corpus")?;
        }
    }
    fs::create_dir_all(&args.out).map_err(FileError::context("create", &args.out))?;
    for (path, indices) in &parts {
        write_whole(path, |file| write_csv(file, &table, indices))?;
    }
    let mut out = io::stdout().lock();
    for (path, indices) in &parts {
        writeln!(out, "{}: {} examples", path.display(), indices.len())?;
    }
    Ok(())
}

/// Writes rows of the corpus with all of their columns.
fn write_csv(
    file: &mut (dyn Write + Send),
    table: &LabelledTable,
    indices: &[usize],
) -> io::Result<()> {
    let mut writer = TableWriter::new(
        TableFormat::Csv,
        BufWriter::new(file),
        table.columns.clone(),
    )?;
    writer.write_header()?;
    for &index in indices {
        writer.write(&table.rows[index])?;
    }
    writer.finish()
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to below 1, such as 0.1".to_owned()),
    }
}
