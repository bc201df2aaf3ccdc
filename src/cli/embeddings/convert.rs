//! `sentiment embeddings convert`: word vectors from one format to another, or a part of them.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use sentiment::embeddings::{self, VectorSource, WordFilter};
use sentiment::printable::Printable;
use sentiment::tensor_file::NumberType;

use super::vector_source;

#[derive(Debug, clap::Args)]
pub(super) struct ConvertArgs {
    /// GloVe, word2vec or safetensors file, plain, .gz or .zst; `sample` is the GloVe sample
    #[arg(value_parser = vector_source())]
    file: VectorSource,

    /// The file to write: .txt is GloVe text, .vec word2vec text, .bin word2vec binary, each also
    /// with .gz or .zst behind it, and .safetensors a tensor
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Keep only the words of this file, one a line: a model's vocabulary.txt is such a file
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,

    /// Keep only the first N words, in most files the most frequent
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    limit: Option<usize>,

    /// Write 16-bit numbers: half the size, three decimals; .safetensors only
    #[arg(long)]
    half: bool,
}

pub(super) fn run(args: &ConvertArgs) -> anyhow::Result<()> {
    let number_type = match args.half {
        true => NumberType::F16,
        false => NumberType::F32,
    };
    embeddings::check_format(&args.out, number_type)?;
    let filter = args.vocabulary.as_deref().map(WordFilter::read);
    let limit = args.limit.unwrap_or(usize::MAX);
    let vectors = args.file.read_part(filter.transpose()?.as_ref(), limit)?;
    embeddings::write(&args.out, &vectors, number_type)?;
    writeln!(
        io::stdout(),
        "{}: {} words, vectors of {} numbers",
        Printable(&args.out.to_string_lossy()),
        vectors.len(),
        vectors.dimension()
    )?;
    Ok(())
}
