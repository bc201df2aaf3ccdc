//! The command line. Each subcommand has a file with its arguments and its output.

mod audit_table;
mod bad_rows;
mod columns;
mod comparison;
mod completions;
mod confusion_table;
mod console;
mod corpus_args;
mod data;
mod dataset_reader;
mod device;
#[cfg(feature = "hub")]
mod download_progress;
mod embeddings;
mod eval;
mod evaluation_table;
mod explain;
mod export;
mod find_threshold;
mod fold_predictions;
mod folds;
mod help_examples;
mod hints;
mod hub_corpus;
mod import;
mod info;
mod interrupt;
mod message_lines;
mod model_args;
mod model_by_text;
mod model_location;
mod multi_label_table;
mod partial_output;
mod predict;
mod prediction_lines;
mod prediction_output;
mod prediction_rows;
mod prediction_table;
mod reading_progress;
mod recipe_args;
#[cfg(feature = "report")]
mod report;
mod runs;
mod scored_writer;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod served_models;
mod styled_text;
mod terminal_background;
mod terminal_palette;
mod text_is_file;
mod threshold_args;
mod train;
mod training_progress;
mod training_result;
mod training_setup;
mod tune;

use std::ffi::OsString;
use std::io;
use std::sync::OnceLock;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use sentiment::printable::Printable;

use console::{Console, print_message};
use interrupt::Interrupted;

const GLOBAL_OPTIONS: &str = "Global options";

/// Train, evaluate and run text classifiers locally
#[derive(Debug, Parser)]
// The last value of a repeated option counts, so that a shell alias can set defaults.
#[command(
    name = "sentiment",
    version,
    propagate_version = true,
    max_term_width = 100,
    args_override_self = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print only results and errors
    #[arg(short, long, global = true, help_heading = GLOBAL_OPTIONS, conflicts_with = "verbose")]
    quiet: bool,

    /// Print more details
    #[arg(short, long, global = true, help_heading = GLOBAL_OPTIONS)]
    verbose: bool,

    /// Number of threads [default: one per core]
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "N", env = "SENTIMENT_THREADS", hide_env_values = true, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,

    /// Colours and styles: auto, always or never
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "WHEN", default_value = "auto", value_enum, hide_possible_values = true)]
    color: ColorWhen,
}

/// The values of `--color`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere if `CLICOLOR_FORCE` is set.
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    /// Applies the choice to all output.
    fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a classifier on a labelled corpus
    Train(Box<train::TrainArgs>),
    /// Search training settings within a time limit
    Tune(Box<tune::TuneArgs>),
    /// Evaluate a classifier on a labelled corpus
    Eval(eval::EvalArgs),
    /// Compare trained models
    Runs(runs::RunsArgs),
    /// Classify texts
    Predict(predict::PredictArgs),
    /// Show how each word affects a prediction
    Explain(explain::ExplainArgs),
    /// Serve models over HTTP, with a web page
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    /// Print the card of a model
    Info(info::InfoArgs),
    /// Write a model for other programs
    Export(export::ExportArgs),
    /// Import a Keras or PyTorch classifier
    Import(import::ImportArgs),
    /// Download, inspect or split a corpus
    Data(data::DataArgs),
    /// Train, inspect, evaluate and convert word vectors
    Embeddings(embeddings::EmbeddingsArgs),
    /// Write shell completions or manual pages
    Completions(completions::CompletionsArgs),
}

/// Runs the program with these arguments, of which the first is its name. Returns its exit status. Exits if the
/// arguments are invalid or request help.
pub fn main(arguments: Vec<OsString>) -> u8 {
    let matches = command().get_matches_from(&arguments);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Set once: a process runs one program.
    let _ = ARGUMENTS.set(arguments);
    match run(&cli) {
        Ok(()) => 0,
        // The reader of the output has closed the pipe, as `head` does.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            print_error(&error);
            1
        }
    }
}

/// The arguments of the program. Those of the process differ where Python runs it.
static ARGUMENTS: OnceLock<Vec<OsString>> = OnceLock::new();

/// Returns the arguments of the program, with its name.
fn arguments() -> impl Iterator<Item = String> {
    let arguments = ARGUMENTS.get().into_iter().flatten();
    arguments.map(|argument| argument.to_string_lossy().into_owned())
}

/// Returns the command line with the examples of each command.
fn command() -> clap::Command {
    ignoring_empty_variables(help_examples::add_to(Cli::command()))
}

/// Returns a command whose options do not read environment variables that are empty: these count as unset.
fn ignoring_empty_variables(command: clap::Command) -> clap::Command {
    let ignoring = |option: clap::Arg| {
        let variable = option.get_env().and_then(std::env::var_os);
        match variable.is_some_and(|value| value.is_empty()) {
            true => option.env(None::<&'static str>),
            false => option,
        }
    };
    command
        .mut_args(ignoring)
        .mut_subcommands(ignoring_empty_variables)
}

/// Runs the subcommand.
fn run(cli: &Cli) -> anyhow::Result<()> {
    cli.color.apply();
    if let Some(threads) = cli.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()?;
    }
    interrupt::listen()?;
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
        Command::Info(args) => info::run(args, &console),
        Command::Export(args) => export::run(args, &console),
        Command::Import(args) => import::run(args, &console),
        Command::Data(args) => data::run(args, &console),
        Command::Embeddings(args) => embeddings::run(args, &console),
        Command::Completions(args) => completions::run(args, &console),
    }
}

/// Returns whether the cause of an error is a closed output pipe.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error
        .chain()
        .filter_map(|cause| cause.downcast_ref().map(io::Error::kind));
    kinds
        .into_iter()
        .any(|kind| kind == io::ErrorKind::BrokenPipe)
}

/// Returns the message of an error with its causes. Most messages of the library include theirs.
fn with_causes(error: &anyhow::Error) -> String {
    let causes = error.chain().skip(1).map(ToString::to_string);
    causes.fold(error.to_string(), |message, cause| {
        match message.contains(&cause) {
            true => message,
            false => format!("{message}: {cause}"),
        }
    })
}

/// Prints an error with its causes, then its hint if there is one.
fn print_error(error: &anyhow::Error) {
    let message = with_causes(error);
    // A command to copy is whole.
    let command = error.downcast_ref::<Interrupted>();
    let names = || arguments().chain(command.map(|interrupted| interrupted.command.clone()));
    print_message(&format!("error: {}", Printable(&message)), names());
    if let Some(hint) = hints::hint(error) {
        print_message(&format!("hint: {hint}"), names());
    }
}

/// Exits with a usage error.
#[cfg(feature = "serve")]
fn refuse(message: &str) -> ! {
    let error = Cli::command().error(clap::error::ErrorKind::ValueValidation, message);
    error.exit()
}
