//! `sentiment completions`: shell completions and manual pages.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use clap_complete::{Shell, generate, generate_to};

use super::console::Console;

/// The name of the program in completions.
const PROGRAM: &str = "sentiment";

/// The arguments of `sentiment completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Shell, or `man` for manual pages
    #[arg(value_name = "SHELL")]
    target: Target,

    /// Folder for the files [default: standard output]
    #[arg(long, value_name = "DIR", required_if_eq("target", "man"))]
    out: Option<PathBuf>,
}

/// What to generate.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
    Man,
}

impl Target {
    /// Returns the shell; `None` for manual pages.
    fn shell(self) -> Option<Shell> {
        match self {
            Self::Bash => Some(Shell::Bash),
            Self::Elvish => Some(Shell::Elvish),
            Self::Fish => Some(Shell::Fish),
            Self::PowerShell => Some(Shell::PowerShell),
            Self::Zsh => Some(Shell::Zsh),
            Self::Man => None,
        }
    }
}

/// Runs `sentiment completions`.
pub fn run(args: &CompletionsArgs, console: &Console) -> anyhow::Result<()> {
    let mut command = super::command();
    let Some(folder) = &args.out else {
        let Some(shell) = args.target.shell() else {
            unreachable!("the command line asks for --out");
        };
        // The generator panics if the output is closed.
        let mut script = Vec::new();
        generate(shell, &mut command, PROGRAM, &mut script);
        return Ok(io::stdout().write_all(&script)?);
    };
    let failed = || format!("could not write to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    match args.target.shell() {
        Some(shell) => {
            let path = generate_to(shell, &mut command, PROGRAM, folder).with_context(failed)?;
            console.note(format!("wrote {}", path.display()));
        }
        None => {
            clap_mangen::generate_to(command, folder).with_context(failed)?;
            console.note(format!("wrote the manual pages to {}", folder.display()));
        }
    }
    Ok(())
}
