//! `sentiment embeddings nearest` and `analogy`: words by the direction of their vectors.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use sentiment::embeddings;
use sentiment::printable::Printable;
use serde_json::json;

use super::VectorsArgs;

#[derive(Debug, clap::Args)]
pub(super) struct NearestArgs {
    /// Word, as written in the vector file
    word: String,

    #[command(flatten)]
    shown: ShownArgs,
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
    shown: ShownArgs,
}

#[derive(Debug, clap::Args)]
struct ShownArgs {
    /// Number of words to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,

    #[command(flatten)]
    source: VectorsArgs,

    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

pub(super) fn nearest(args: &NearestArgs) -> anyhow::Result<()> {
    let NearestArgs { word, shown } = args;
    let vectors = shown.source.embeddings.read(None)?;
    let found =
        embeddings::nearest(&vectors, word, shown.count).with_context(|| shown.source.name())?;
    print(&found, shown.json)
}

pub(super) fn analogy(args: &AnalogyArgs) -> anyhow::Result<()> {
    let AnalogyArgs { a, b, c, shown } = args;
    let vectors = shown.source.embeddings.read(None)?;
    let found = embeddings::analogy(&vectors, [a, b, c], shown.count)
        .with_context(|| shown.source.name())?;
    print(&found, shown.json)
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
