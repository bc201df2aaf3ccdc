//! Which model a command uses, and where it computes.

use std::path::PathBuf;

use sentiment::classifier::Classifier;

use super::console::Console;
use super::device::DeviceChoice;

/// The arguments that say so.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// The model's folder [default: the model in the program]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
}

impl ModelArgs {
    /// Loads the model.
    pub fn load(&self, console: &Console) -> anyhow::Result<Classifier> {
        let device = self.device.open(console)?;
        Ok(match &self.model {
            Some(folder) => Classifier::load(folder, &device)?,
            None => Classifier::shipped(&device)?,
        })
    }
}
