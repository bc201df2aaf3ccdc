//! `sentiment info`: prints the card of a model.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use sentiment::Device;
use sentiment::model::SavedModel;
use sentiment::training::{CardFacts, ModelCard};

use super::console::Console;
use super::model_location::{MODEL_VARIABLE, is_download, model_location};

/// The arguments of `sentiment info`.
#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    /// Model: general, chinese, a folder, an archive or hf:NAME
    #[arg(
        value_name = "MODEL",
        default_value = "general",
        env = MODEL_VARIABLE,
        hide_env_values = true
    )]
    model: PathBuf,

    /// The model as the other commands take it, in place of MODEL
    #[arg(long = "model", value_name = "MODEL", hide = true)]
    named_model: Option<PathBuf>,

    /// Print the facts of the card as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `sentiment info`.
pub fn run(args: &InfoArgs, console: &Console) -> anyhow::Result<()> {
    let model = args.named_model.as_ref().unwrap_or(&args.model);
    let location = model_location(model, console)?;
    let saved = SavedModel::open(&location, &Device::Cpu)?;
    // A name on the hub and an address are whole names.
    let name = is_download(model).then(|| model.to_string_lossy());
    let name = name.as_deref();
    let card = match args.json {
        true => serde_json::to_string_pretty(&CardFacts::of(&location, &saved, name))? + "\n",
        false => ModelCard::markdown_of(&location, &saved.config, name),
    };
    let card = match io::stdout().is_terminal() && !args.json {
        true => without_front_matter(&card),
        false => &card,
    };
    io::stdout().write_all(card.as_bytes())?;
    Ok(())
}

/// Returns a card without the YAML at its start, which is for the hub and not for a reader.
fn without_front_matter(card: &str) -> &str {
    let yaml = card.strip_prefix("---\n");
    let parts = yaml.and_then(|yaml| yaml.split_once("\n---\n"));
    parts.map_or(card, |(_, text)| text.trim_start())
}
