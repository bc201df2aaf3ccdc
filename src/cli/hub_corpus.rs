//! Corpora by the name of a dataset on the Hugging Face hub.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use super::console::Console;

/// The prefix of the names of datasets.
const PREFIX: &str = "hf:";

/// The splits that a validation set is taken from, the preferred one first.
const VALIDATION_SPLITS: [&str; 5] = ["validation", "valid", "val", "dev", "test"];

/// Returns the files of a corpus. A name such as `hf:stanfordnlp/imdb` stands for the files of one split, by default
/// `train`, which are downloaded unless they are in the cache. Other paths are returned unchanged.
pub fn resolve_corpus(
    corpus: &Path,
    split: Option<&str>,
    console: &Console,
) -> anyhow::Result<Vec<PathBuf>> {
    let Some(name) = corpus.to_str().and_then(|path| path.strip_prefix(PREFIX)) else {
        ensure!(
            split.is_none(),
            "--split selects a part of a dataset on the hub, and {} is a file or folder",
            corpus.display()
        );
        return Ok(vec![corpus.to_owned()]);
    };
    let splits = [split.unwrap_or("train")];
    Ok(download(name, &splits, console)?.1)
}

/// Returns the files of a validation set. A dataset of the hub stands for its validation split, or else for its test
/// split.
pub fn resolve_validation(corpus: &Path, console: &Console) -> anyhow::Result<Vec<PathBuf>> {
    let Some(name) = corpus.to_str().and_then(|path| path.strip_prefix(PREFIX)) else {
        return Ok(vec![corpus.to_owned()]);
    };
    let (split, files) = download(name, &VALIDATION_SPLITS, console)?;
    console.note(format!(
        "note: {PREFIX}{name}: the validation set is the split {split}"
    ));
    Ok(files)
}

#[cfg(feature = "hub")]
fn download<'a>(
    name: &str,
    splits: &[&'a str],
    console: &Console,
) -> anyhow::Result<(&'a str, Vec<PathBuf>)> {
    let name = name.parse()?;
    let mut display = console.download_progress();
    let hub = sentiment::hub::Hub::from_environment()?;
    let dataset = hub.dataset(&name)?;
    let known = dataset.splits();
    let split = splits.iter().find(|split| known.contains(split));
    // Of none, the first is in the error.
    let split = *split.unwrap_or(&splits[0]);
    let files = dataset.files(split, &mut |progress| display.show(&progress))?;
    Ok((split, files))
}

#[cfg(not(feature = "hub"))]
fn download<'a>(
    name: &str,
    _splits: &[&'a str],
    _console: &Console,
) -> anyhow::Result<(&'a str, Vec<PathBuf>)> {
    anyhow::bail!("{PREFIX}{name}: this program was built without the Cargo feature `hub`")
}
