//! Corpora by the name of a dataset on the Hugging Face hub.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use super::console::Console;

/// The prefix of the names of datasets.
const PREFIX: &str = "hf:";

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
    download(name, split.unwrap_or("train"), console)
}

#[cfg(feature = "hub")]
fn download(name: &str, split: &str, console: &Console) -> anyhow::Result<Vec<PathBuf>> {
    let name = name.parse()?;
    let mut display = console.download_progress();
    let hub = sentiment::hub::Hub::from_environment()?;
    Ok(hub.dataset_files(&name, split, &mut |progress| display.show(&progress))?)
}

#[cfg(not(feature = "hub"))]
fn download(name: &str, _split: &str, _console: &Console) -> anyhow::Result<Vec<PathBuf>> {
    anyhow::bail!("{PREFIX}{name}: this program was built without the Cargo feature `hub`")
}
