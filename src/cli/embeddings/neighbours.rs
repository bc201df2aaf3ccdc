//! `sentiment embeddings nearest` and `analogy`: lists words by cosine similarity.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use sentiment::embeddings;
use sentiment::printable::Printable;
use serde_json::json;

use super::VectorsArgs;
use crate::cli::console::Console;

#[derive(Debug, clap::Args)]
pub(super) struct NearestArgs {
    /// Word, as written in the vector file
    word: String,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct AnalogyArgs {
    /// Word A, for example man
    a: String,

    /// Word B, for example king
    b: String,

    /// Word C, for example woman
    c: String,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, clap::Args)]
struct OutputArgs {
    /// Number of words to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,

    #[command(flatten)]
    source: VectorsArgs,

    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

pub(super) fn nearest(args: &NearestArgs, console: &Console) -> anyhow::Result<()> {
    let NearestArgs { word, output } = args;
    let vectors = output.source.read(None, console)?;
    let found =
        embeddings::nearest(&vectors, word, output.count).with_context(|| output.source.name())?;
    print(&found, output.json)
}

pub(super) fn analogy(args: &AnalogyArgs, console: &Console) -> anyhow::Result<()> {
    let AnalogyArgs { a, b, c, output } = args;
    let vectors = output.source.read(None, console)?;
    let found = embeddings::analogy(&vectors, [a, b, c], output.count)
        .with_context(|| output.source.name())?;
    print(&found, output.json)
}

fn print(words: &[(&str, f32)], json: bool) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    if json {
        let words: Vec<_> = words
            .iter()
            .map(|(word, cosine)| json!({ "word": word, "cosine": cosine }))
            .collect();
        serde_json::to_writer_pretty(&mut out, &words).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        for (word, cosine) in words {
            writeln!(out, "{cosine:.4}  {}", Printable(word))?;
        }
    }
    out.flush()?;
    Ok(())
}
