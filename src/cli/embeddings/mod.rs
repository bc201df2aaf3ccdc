//! `sentiment embeddings`: trains, inspects, evaluates and converts word vectors.

mod convert;
mod coverage;
mod evaluate;
mod neighbours;
mod train;

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser};
use sentiment::embeddings::{VectorFile, VectorSource, WordFilter, WordVectors};
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

/// The file to read in an archive of word vectors.
#[derive(Debug, clap::Args)]
struct MemberArgs {
    /// File in a ZIP archive of vectors
    #[arg(long, value_name = "NAME")]
    member: Option<String>,
}

impl MemberArgs {
    /// Adds the file to a source.
    fn source(&self, source: &VectorSource) -> anyhow::Result<VectorSource> {
        match source {
            VectorSource::Sample => {
                anyhow::ensure!(
                    self.member.is_none(),
                    "--member requires a ZIP archive, not the built-in sample"
                );
                Ok(VectorSource::Sample)
            }
            VectorSource::File(file) => Ok(VectorSource::File(VectorFile {
                member: self.member.clone(),
                ..file.clone()
            })),
        }
    }
}

#[derive(Debug, clap::Args)]
struct VectorsArgs {
    /// GloVe, word2vec, fastText or safetensors file, or `sample`
    #[arg(
        long,
        value_name = "FILE",
        default_value = "sample",
        value_parser = vector_source()
    )]
    embeddings: VectorSource,

    #[command(flatten)]
    member: MemberArgs,
}

impl VectorsArgs {
    /// Reads the vectors and prints the notes about the file.
    fn read(&self, filter: Option<&WordFilter>, console: &Console) -> anyhow::Result<WordVectors> {
        let vectors = self.member.source(&self.embeddings)?.read(filter)?;
        console.note_vectors(vectors.notes());
        Ok(vectors)
    }

    /// Returns the name of the source, safe for the terminal.
    fn name(&self) -> String {
        Printable(&self.embeddings.name()).to_string()
    }
}

/// Parses a file name, or `sample` for the built-in GloVe sample.
fn vector_source() -> impl TypedValueParser<Value = VectorSource> {
    OsStringValueParser::new().map(|name: OsString| match name == "sample" {
        true => VectorSource::Sample,
        false => VectorSource::File(VectorFile::new(name)),
    })
}

/// Runs `sentiment embeddings`.
pub fn run(args: &EmbeddingsArgs, console: &Console) -> anyhow::Result<()> {
    match &args.command {
        EmbeddingsCommand::Train(args) => train::run(args, console),
        EmbeddingsCommand::Coverage(args) => coverage::run(args, console),
        EmbeddingsCommand::Nearest(args) => neighbours::nearest(args, console),
        EmbeddingsCommand::Analogy(args) => neighbours::analogy(args, console),
        EmbeddingsCommand::Evaluate(args) => evaluate::run(args, console),
        EmbeddingsCommand::Convert(args) => convert::run(args, console),
    }
}
