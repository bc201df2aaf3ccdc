//! The folder that `sentiment train` saves its model in.

use std::path::{Path, PathBuf};

use sentiment::corpus::Corpus;
use sentiment::model;
use sentiment::training::{DataSource, Run, Trainer};

use crate::cli::console::Console;

/// Returns the name of a corpus without its folders and endings, such as `reviews` for `data/reviews.csv.gz`.
pub(super) fn corpus_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').find(|part| !part.is_empty());
    let is_plain = |c: &char| c.is_alphanumeric() || "-_".contains(*c);
    let name: String = stem.unwrap_or_default().chars().filter(is_plain).collect();
    match name.is_empty() {
        true => "default".into(),
        false => name,
    }
}

/// Fails if the folder is that of a model which the run reads.
pub(super) fn check_not_read(folder: &Path, source: &DataSource) -> anyhow::Result<()> {
    for (option, model) in [
        ("--from", &source.from),
        ("--distil-from", &source.distil_from),
    ] {
        let model = model.as_ref().map(Path::new);
        anyhow::ensure!(
            !model.is_some_and(|model| is_same_folder(model, folder)),
            "{}: --out is the model of {option}; choose another folder",
            folder.display()
        );
    }
    Ok(())
}

fn is_same_folder(a: &Path, b: &Path) -> bool {
    let pair = a.canonicalize().ok().zip(b.canonicalize().ok());
    pair.is_some_and(|(a, b)| a == b)
}

/// Prints what a new run replaces in its output folder. The model of another corpus is an error without `--force`.
pub(super) fn check_replaced(
    folder: &Path,
    corpus: &Corpus,
    is_forced: bool,
    console: &Console,
) -> anyhow::Result<()> {
    let name = folder.display();
    if Trainer::is_unfinished(folder) {
        console.note(format!(
            "replacing the unfinished run in {name}; --resume would resume it"
        ));
    } else if model::folder::has_model(folder) {
        let is_same = Run::read(folder).is_ok_and(|run| run.corpus_digest == corpus.digest());
        if !is_same && !is_forced {
            return Err(OtherModel {
                folder: folder.into(),
            }
            .into());
        }
        console.note(format!("replaces the model in {name}"));
    }
    Ok(())
}

/// The output folder has the model of another corpus.
#[derive(Debug, thiserror::Error)]
#[error("{} has a model that was trained on another corpus", folder.display())]
pub struct OtherModel {
    folder: PathBuf,
}
