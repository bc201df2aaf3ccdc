//! The command line: one file a subcommand with its arguments and its printing.

mod audit_table;
mod comparison;
mod console;
mod corpus_args;
mod data;
mod device;
mod embeddings;
mod eval;
mod evaluation_table;
mod examples;
mod explain;
mod folds;
mod hints;
mod interrupt;
mod model_args;
mod predict;
mod recipe_args;
#[cfg(feature = "report")]
mod report;
mod runs;
#[cfg(feature = "serve")]
mod serve;
mod source;
mod styled_text;
mod train;
mod tune;

use std::io;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sentiment::printable::Printable;

use console::{Console, say};

/// Train, measure and use a sentiment classifier: no Python, no GPU needed, nothing sent anywhere.
#[derive(Debug, Parser)]
// As in a shell's alias, a setting that is given again replaces the one before.
#[command(
    name = "sentiment",
    version,
    propagate_version = true,
    max_term_width = 100,
    args_override_self = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print results and errors alone
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Print more of what is being done
    #[arg(short, long, global = true)]
    verbose: bool,

    /// Threads to compute with [default: one for each core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a classifier on labelled texts and save it
    Train(Box<train::TrainArgs>),
    /// Search for the best recipe for labelled texts, as long as it may take
    Tune(Box<tune::TuneArgs>),
    /// Measure a trained classifier on labelled texts
    Eval(eval::EvalArgs),
    /// Show trained models side by side
    Runs(runs::RunsArgs),
    /// Classify texts
    Predict(predict::PredictArgs),
    /// Show which words of a text push which way
    Explain(explain::ExplainArgs),
    /// Answer over HTTP with trained models, and show a page to try them on
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    /// Look at a corpus, or split it
    Data(data::DataArgs),
    /// Look at word vectors, judge and convert them
    Embeddings(embeddings::EmbeddingsArgs),
}

/// Reads the command line; ends the program when it is wrong or asks for help.
pub fn parse() -> Cli {
    let matches = command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The command line with the examples of each command.
fn command() -> clap::Command {
    examples::add_to(Cli::command())
}

/// Does what the command line says.
pub fn run(cli: &Cli) -> anyhow::Result<()> {
    if let Some(threads) = cli.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()?;
    }
    let console = Console {
        quiet: cli.quiet,
        verbose: cli.verbose,
    };
    match &cli.command {
        Command::Train(args) => train::run(args, &console),
        Command::Tune(args) => tune::run(args, &console),
        Command::Eval(args) => eval::run(args, &console),
        Command::Runs(args) => runs::run(args, &console),
        Command::Predict(args) => predict::run(args, &console),
        Command::Explain(args) => explain::run(args, &console),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, &console),
        Command::Data(args) => data::run(args, &console),
        Command::Embeddings(args) => embeddings::run(args, &console),
    }
}

/// Whether the error is that the reader of our output is gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let csv = cause
            .downcast_ref::<csv::Error>()
            .and_then(|error| match error.kind() {
                csv::ErrorKind::Io(error) => Some(error.kind()),
                _ => None,
            });
        io.or(csv) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// Tells a person what went wrong and, where we know, what to do.
pub fn print_error(error: &anyhow::Error) {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // The library's messages hold their causes already.
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    say(&format!("error: {}", Printable(&message)));
    if let Some(hint) = hints::hint(error) {
        say(&format!("hint: {hint}"));
    }
}
