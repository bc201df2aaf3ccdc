//! `sentiment import`: takes over a classifier that Keras or PyTorch trained.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::ensure;
use clap::builder::RangedU64ValueParser;
use sentiment::import::{Framework, ImportRequest, import};
use sentiment::model::Pooling;
use sentiment::model::folder::has_model;
use sentiment::printable::Printable;
use sentiment::text::Tokenizer;

use super::console::Console;

/// The arguments of `sentiment import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Program that trained the model: keras or pytorch
    #[arg(value_name = "PROGRAM")]
    framework: Framework,

    /// File of weights: .keras, .h5 or .safetensors
    #[arg(value_name = "FILE")]
    weights: PathBuf,

    /// File of tokens, one per line, in row order
    #[arg(long, value_name = "FILE")]
    vocabulary: PathBuf,

    /// Folder for the model
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Labels in the order of the outputs [default: negative,positive]
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<String>,

    /// Pooling before the dense layer: last, mean or max
    #[arg(long, value_name = "KIND", value_parser = pooling)]
    pooling: Option<Pooling>,

    /// Token for unknown words [default: a usual name]
    #[arg(long, value_name = "TOKEN")]
    unknown: Option<String>,

    /// Tokenizer: penn-treebank, unicode, jieba, icu or characters
    #[arg(long, value_name = "NAME", default_value = "penn-treebank")]
    tokenizer: Tokenizer,

    /// Maximum tokens per text; longer texts keep the last
    #[arg(long, value_name = "N", default_value = "1000", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    max_length: usize,

    /// Replace a model in the folder
    #[arg(long)]
    force: bool,
}

/// Runs `sentiment import`.
pub fn run(args: &ImportArgs, console: &Console) -> anyhow::Result<()> {
    ensure!(
        args.force || !has_model(&args.out),
        "{} has a model: choose another folder, or replace it with --force",
        args.out.display()
    );
    let request = ImportRequest {
        framework: args.framework,
        weights: &args.weights,
        vocabulary: &args.vocabulary,
        unknown: args.unknown.as_deref(),
        labels: (!args.labels.is_empty()).then(|| args.labels.clone()),
        pooling: args.pooling,
        tokenizer: args.tokenizer,
        max_length: args.max_length,
    };
    let imported = import(&request, &args.out)?;
    let tokens = imported.tokens;
    let (rows, are) = match tokens.left_out {
        1 => ("1 row".into(), "is"),
        count => (format!("{count} rows"), "are"),
    };
    if tokens.left_out > 0 {
        console.note(format!(
            "note: {rows} of the embedding {are} left out: padding, a repeated token or no token"
        ));
    }
    if tokens.beyond > 0 {
        console.note(format!(
            "warning: the embedding has {} more rows than the vocabulary has lines; line N must be row N, also that of padding and of unknown words",
            tokens.beyond
        ));
    }
    if !imported.has_pooling {
        console.note(
            "note: the file does not say how the states are combined: --pooling last is assumed, and the default activations",
        );
    }
    if !tokens.has_unknown {
        console.note(
            "note: the vocabulary has no token for unknown words: their vector is zero; --unknown names one",
        );
    }
    writeln!(
        io::stdout(),
        "{}: {} tokens, labels {}",
        Printable(&args.out.to_string_lossy()),
        tokens.tokens,
        Printable(&imported.config.labels.join(", "))
    )?;
    Ok(())
}

/// Parses a pooling without weights.
fn pooling(name: &str) -> Result<Pooling, String> {
    match name {
        "last" => Ok(Pooling::Last),
        "mean" => Ok(Pooling::Mean),
        "max" => Ok(Pooling::Max),
        _ => Err("expected last, mean or max".into()),
    }
}
