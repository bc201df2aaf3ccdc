//! `sentiment embeddings`: train word vectors, look at them, judge them and write them in other formats.

mod convert;
mod coverage;
mod evaluate;
mod neighbours;
mod train;

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser};
use sentiment::embeddings::VectorSource;
use sentiment::printable::Printable;

use super::console::Console;

/// The arguments of `sentiment embeddings`.
#[derive(Debug, clap::Args)]
pub struct EmbeddingsArgs {
    #[command(subcommand)]
    command: EmbeddingsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum EmbeddingsCommand {
    /// Train word vectors on texts: GloVe or word2vec
    Train(train::TrainArgs),
    /// Show how many of a corpus's words have vectors, and the most frequent that have none
    Coverage(coverage::CoverageArgs),
    /// Show the words whose vectors are nearest to a word's
    Nearest(neighbours::NearestArgs),
    /// Show the words that are to C as B is to A
    Analogy(neighbours::AnalogyArgs),
    /// Judge word vectors by how people find words alike, and by analogies
    Evaluate(evaluate::EvaluateArgs),
    /// Write word vectors in another format, all or some of them
    Convert(convert::ConvertArgs),
}

#[derive(Debug, clap::Args)]
struct VectorsArgs {
    /// GloVe, word2vec or safetensors file, plain, .gz or .zst; `sample` is the GloVe sample in the
    /// binary
    #[arg(
        long,
        value_name = "FILE",
        default_value = "sample",
        value_parser = vector_source()
    )]
    embeddings: VectorSource,
}

impl VectorsArgs {
    /// The source's name for the terminal.
    fn name(&self) -> String {
        Printable(&self.embeddings.name()).to_string()
    }
}

/// Parses the name of a file; `sample` is the GloVe sample.
fn vector_source() -> impl TypedValueParser<Value = VectorSource> {
    OsStringValueParser::new().map(|name: OsString| match name == "sample" {
        true => VectorSource::Sample,
        false => VectorSource::File(name.into()),
    })
}

/// Runs `sentiment embeddings`.
pub fn run(args: &EmbeddingsArgs, console: &Console) -> anyhow::Result<()> {
    match &args.command {
        EmbeddingsCommand::Train(args) => train::run(args, console),
        EmbeddingsCommand::Coverage(args) => coverage::run(args, console),
        EmbeddingsCommand::Nearest(args) => neighbours::nearest(args),
        EmbeddingsCommand::Analogy(args) => neighbours::analogy(args),
        EmbeddingsCommand::Evaluate(args) => evaluate::run(args),
        EmbeddingsCommand::Convert(args) => convert::run(args),
    }
}
