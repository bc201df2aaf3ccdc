//! `sentiment data get`: download datasets and word vectors.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use indicatif::DecimalBytes;
use sentiment::files::{FileError, copy_whole, without_compression};
use sentiment::hub::{DatasetName, Hub, KnownDownload};

use crate::cli::console::Console;

/// The arguments of `sentiment data get`.
#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// Dataset hf:OWNER/NAME[/CONFIG], imdb, sst2, or vectors glove.6B.{50,100,200,300}d
    name: String,

    /// Output folder; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Download only this split of a dataset
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
}

/// Runs `sentiment data get`.
pub fn run(args: &GetArgs, console: &Console) -> anyhow::Result<()> {
    let download = match args.name.strip_prefix(DatasetName::PREFIX) {
        Some(name) => KnownDownload::Dataset(name.parse()?),
        None => KnownDownload::find(&args.name)?,
    };
    let hub = Hub::from_environment()?;
    let written = match download {
        KnownDownload::Dataset(name) => write_splits(&hub, &name, args, console)?,
        KnownDownload::Vectors(member) => {
            ensure!(args.split.is_none(), "{} has no splits", args.name);
            let mut display = console.download_progress();
            let path = hub.archive_member(&member, &args.out, &mut |progress| {
                display.show(&progress);
            })?;
            drop(display);
            console.note(format!(
                "kept {}, which has vectors of other dimensions too",
                args.out.join(member.archive).display()
            ));
            vec![path]
        }
    };
    let mut out = io::stdout().lock();
    for path in written {
        let metadata = fs::metadata(&path).map_err(FileError::context("read", &path))?;
        writeln!(out, "{}: {}", path.display(), DecimalBytes(metadata.len()))?;
    }
    Ok(())
}

/// Downloads the splits into the cache and copies them to the output folder. Returns the paths written.
fn write_splits(
    hub: &Hub,
    name: &DatasetName,
    args: &GetArgs,
    console: &Console,
) -> anyhow::Result<Vec<PathBuf>> {
    let dataset = hub.dataset(name)?;
    let splits = match &args.split {
        Some(split) => vec![split.as_str()],
        None => dataset.splits(),
    };
    let mut display = console.download_progress();
    let mut copies = Vec::new();
    for split in splits {
        let files = dataset.files(split, &mut |progress| display.show(&progress))?;
        let count = files.len();
        for (index, file) in files.into_iter().enumerate() {
            let extension = extension(&file);
            let name = match count {
                1 => format!("{split}{extension}"),
                _ => format!("{split}-{index:05}-of-{count:05}{extension}"),
            };
            copies.push((file, args.out.join(name)));
        }
    }
    drop(display);
    fs::create_dir_all(&args.out).map_err(FileError::context("create", &args.out))?;
    for (file, path) in &copies {
        copy_whole(file, path)?;
    }
    Ok(copies.into_iter().map(|(_, path)| path).collect())
}

/// Returns the extension with its dot, and with that of a compression: `.csv.gz`.
fn extension(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let start = without_compression(&name).rfind('.').unwrap_or(name.len());
    name[start..].to_owned()
}
