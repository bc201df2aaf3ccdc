//! `sentiment info`: prints the card of a model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sentiment::Device;
use sentiment::model::SavedModel;
use sentiment::training::{ModelCard, Run};

use super::console::Console;
use super::model_location::model_location;

/// The arguments of `sentiment info`.
#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    /// Model: general, chinese, a folder, an archive or hf:NAME
    #[arg(
        value_name = "MODEL",
        default_value = "general",
        env = "SENTIMENT_MODEL",
        hide_env_values = true
    )]
    model: PathBuf,
}

/// Runs `sentiment info`.
pub fn run(args: &InfoArgs, console: &Console) -> anyhow::Result<()> {
    let location = model_location(&args.model, console)?;
    let config = SavedModel::open(&location, &Device::Cpu)?.config;
    let run = location.folder().and_then(|folder| Run::read(folder).ok());
    let name = args.model.file_name().unwrap_or(args.model.as_os_str());
    let card = ModelCard::of(&location, &config);
    let card = card.to_markdown(
        &Path::new(name).display().to_string(),
        &config,
        run.as_ref(),
    );
    io::stdout().write_all(card.as_bytes())?;
    Ok(())
}
