//! `sentiment data`: download, inspect and split a corpus.

#[cfg(feature = "hub")]
mod get;
mod inspect;
mod split;

use super::console::Console;

/// The arguments of `sentiment data`.
#[derive(Debug, clap::Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DataCommand {
    /// Show size, class balance, lengths, vocabulary, duplicates and label conflicts
    Inspect(inspect::InspectArgs),
    /// Split into train.csv, validation.csv and test.csv, stratified by label
    Split(split::SplitArgs),
    /// Download a dataset or word vectors
    #[cfg(feature = "hub")]
    Get(get::GetArgs),
}

/// Runs `sentiment data`.
pub fn run(args: &DataArgs, console: &Console) -> anyhow::Result<()> {
    match &args.command {
        DataCommand::Inspect(args) => inspect::run(args, console),
        DataCommand::Split(args) => split::run(args, console),
        #[cfg(feature = "hub")]
        DataCommand::Get(args) => get::run(args, console),
    }
}
