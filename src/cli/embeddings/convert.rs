//! `sentiment embeddings convert`: word vectors from one format to another, or a part of them.

use std::io::{self, Write};
use std::path::PathBuf;

use sentiment::embeddings::{self, Precision, WordVectors};
use sentiment::printable::Printable;

use super::VectorsArgs;

#[derive(Debug, clap::Args)]
pub(super) struct ConvertArgs {
    /// GloVe, word2vec or safetensors file, plain, .gz or .zst; `sample` is the GloVe sample
    file: PathBuf,

    /// The file to write: .txt is GloVe text, .vec word2vec text, .bin word2vec binary, each also
    /// with .gz or .zst behind it, and .safetensors a tensor
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Keep only the words of this file, one a line: a model's vocabulary.txt is such a file
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,

    /// Keep only the first N words, in most files the most frequent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Write 16-bit numbers: half the size, three decimals; .safetensors only
    #[arg(long)]
    half: bool,
}

pub(super) fn run(args: &ConvertArgs) -> anyhow::Result<()> {
    let precision = match args.half {
        true => Precision::Half,
        false => Precision::Single,
    };
    embeddings::check_format(&args.out, precision)?;
    let vectors = read(args)?;
    embeddings::write(&args.out, &vectors, precision)?;
    writeln!(
        io::stdout(),
        "{}: {} words, vectors of {} numbers",
        Printable(&args.out.to_string_lossy()),
        vectors.len(),
        vectors.dimension()
    )?;
    Ok(())
}

fn read(args: &ConvertArgs) -> anyhow::Result<WordVectors> {
    let source = VectorsArgs {
        embeddings: args.file.clone(),
    };
    let limit = args
        .limit
        .map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX));
    let mut vectors = match (&args.vocabulary, source.file()) {
        (Some(vocabulary), _) => {
            let words = embeddings::read_words(vocabulary)?;
            let mut vectors = source.read(Some(&words))?;
            vectors.keep_only(&words);
            vectors
        }
        (None, Some(file)) => embeddings::read_first(file, limit)?,
        (None, None) => source.read(None)?,
    };
    vectors.truncate(limit);
    Ok(vectors)
}
