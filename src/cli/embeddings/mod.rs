//! `sentiment embeddings`: trains, inspects, evaluates and converts word vectors.

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
    /// Report how many words of a corpus have vectors
    Coverage(coverage::CoverageArgs),
    /// List the words with the most similar vectors
    Nearest(neighbours::NearestArgs),
    /// Complete an analogy: A to B as C to what
    Analogy(neighbours::AnalogyArgs),
    /// Evaluate word vectors on word similarity and analogies
    Evaluate(evaluate::EvaluateArgs),
    /// Convert word vectors to another format
    Convert(convert::ConvertArgs),
}

#[derive(Debug, clap::Args)]
struct VectorsArgs {
    /// GloVe, word2vec or safetensors file, or `sample`
    #[arg(
        long,
        value_name = "FILE",
        default_value = "sample",
        value_parser = vector_source()
    )]
    embeddings: VectorSource,
}

impl VectorsArgs {
    /// Returns the name of the source, safe for the terminal.
    fn name(&self) -> String {
        Printable(&self.embeddings.name()).to_string()
    }
}

/// Parses a file name, or `sample` for the built-in GloVe sample.
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
