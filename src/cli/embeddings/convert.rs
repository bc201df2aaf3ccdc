//! `sentiment embeddings convert`: converts word vectors, or a part of them, to another format.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use sentiment::embeddings::{self, VectorSource, WordFilter};
use sentiment::printable::Printable;
use sentiment::tensor_file::NumberType;

use super::{MemberArgs, vector_source};
use crate::cli::console::Console;

#[derive(Debug, clap::Args)]
pub(super) struct ConvertArgs {
    /// GloVe, word2vec, fastText or safetensors file, or `sample`
    #[arg(value_parser = vector_source())]
    file: VectorSource,

    #[command(flatten)]
    member: MemberArgs,

    /// Output file: .txt, .vec, .bin (also .gz, .zst) or .safetensors
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Keep the words of a file, one per line
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,

    /// Keep the first N words
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    limit: Option<usize>,

    /// Write 16-bit numbers (.safetensors only)
    #[arg(long)]
    half: bool,
}

pub(super) fn run(args: &ConvertArgs, console: &Console) -> anyhow::Result<()> {
    let number_type = match args.half {
        true => NumberType::F16,
        false => NumberType::F32,
    };
    embeddings::check_format(&args.out, number_type)?;
    let filter = args.vocabulary.as_deref().map(WordFilter::read);
    let limit = args.limit.unwrap_or(usize::MAX);
    let source = args.member.source(&args.file)?;
    let vectors = source.read_part(filter.transpose()?.as_ref(), limit)?;
    console.note_vectors(vectors.notes());
    embeddings::write(&args.out, &vectors, number_type)?;
    writeln!(
        io::stdout(),
        "{}: {} words, {} dimensions",
        Printable(&args.out.to_string_lossy()),
        vectors.len(),
        vectors.dimension()
    )?;
    Ok(())
}
