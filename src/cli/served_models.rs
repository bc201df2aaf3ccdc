//! The models that `sentiment serve` serves, and their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sentiment::model::{ARCHIVE_ENDING, BuiltIn, ModelLocation};
use sentiment::serve::ModelSource;

use super::console::Console;
use super::model_location::{MODEL_VARIABLE, is_download, model_location};
use super::refuse;

/// A label for a version of a model.
#[derive(Clone, Debug)]
pub struct Label {
    model: String,
    label: String,
    version: u64,
}

/// Returns the models to serve with their labels. Without models, it is that of the environment or a built-in one.
pub fn sources(
    models: &[(String, PathBuf)],
    labels: &[Label],
    console: &Console,
) -> anyhow::Result<Vec<ModelSource>> {
    let named = models.iter();
    let mut sources: Vec<ModelSource> = named
        .map(|(name, model)| Ok(source(name, model_location(model, console)?)))
        .collect::<anyhow::Result<_>>()?;
    if sources.is_empty() {
        sources.push(default_source(console)?);
    }
    for label in labels {
        let of_label = |source: &&mut ModelSource| {
            source.name == label.model && source.location.folder().is_some()
        };
        match sources.iter_mut().find(of_label) {
            Some(source) => {
                let before = source.labels.insert(label.label.clone(), label.version);
                if before.is_some_and(|version| version != label.version) {
                    refuse(&format!(
                        "--label {}:{}: the label is given for two versions",
                        label.model, label.label
                    ));
                }
            }
            None => refuse(&format!(
                "--label {0}:{1}: no --model is a folder named {0}",
                label.model, label.label
            )),
        };
    }
    Ok(sources)
}

/// Returns the model of the environment, or else the built-in one.
fn default_source(console: &Console) -> anyhow::Result<ModelSource> {
    let variable = std::env::var_os(MODEL_VARIABLE).filter(|model| !model.is_empty());
    let Some(model) = variable.map(PathBuf::from) else {
        let general = BuiltIn::General;
        return Ok(source(general.name(), ModelLocation::BuiltIn(general)));
    };
    let location = model_location(&model, console)?;
    let name = match &location {
        ModelLocation::BuiltIn(model) => model.name().to_owned(),
        ModelLocation::Folder(_) | ModelLocation::Archive(_) => name_of(&model),
    };
    let place = model.display();
    console.note(format!("serving {place} of {MODEL_VARIABLE} as {name}"));
    Ok(source(&name, location))
}

/// Returns a name for a model that has none: the last part of its path or address, without what a URL path would escape.
fn name_of(model: &Path) -> String {
    let text = model.to_string_lossy();
    // The digest of an archive, or the revision of a model of the hub.
    let end = text.find(['#', '?', '@']).filter(|_| is_download(model));
    let last = Path::new(&text[..end.unwrap_or(text.len())]).file_name();
    let last = last.map_or("model".into(), |name| name.to_string_lossy());
    let name = last.strip_suffix(ARCHIVE_ENDING).unwrap_or(&last);
    let plain = |character| if is_plain(character) { character } else { '-' };
    name.chars().map(plain).collect()
}

fn source(name: &str, location: ModelLocation) -> ModelSource {
    ModelSource {
        name: name.into(),
        location,
        labels: BTreeMap::new(),
    }
}

/// Parses the value of `--model`.
pub fn named_model(text: &str) -> Result<(String, PathBuf), String> {
    if BuiltIn::named(text).is_some() {
        return Ok((text.into(), text.into()));
    }
    let (name, model) = text
        .split_once('=')
        .ok_or("expected general, chinese or NAME=MODEL, such as reviews=models/reviews")?;
    check_name(name)?;
    if model.is_empty() {
        return Err("the folder is missing".into());
    }
    Ok((name.into(), model.into()))
}

/// Parses the value of `--label`.
pub fn label(text: &str) -> Result<Label, String> {
    let form = "expected NAME:LABEL=VERSION";
    let (model, rest) = text.split_once(':').ok_or(form)?;
    let (label, version) = rest.split_once('=').ok_or(form)?;
    check_name(label)?;
    Ok(Label {
        model: model.into(),
        label: label.into(),
        version: version.parse().map_err(|_| "the version is not a number")?,
    })
}

/// Checks that a name needs no escaping in a URL path.
fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err("a name may contain only letters, digits, `-`, `_` and `.`".into());
    }
    Ok(())
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_a_name_has_that_of_its_place() {
        for (model, name) in [
            ("models/reviews", "reviews"),
            ("models/my reviews/", "my-reviews"),
            ("/srv/hotels-2.sentiment", "hotels-2"),
            ("hf:someone/film-reviews@v1", "film-reviews"),
            ("https://example.org/a.sentiment#sha256=0f", "a"),
            ("runs@v2/reviews", "reviews"),
            ("..", "model"),
        ] {
            assert_eq!(name_of(model.as_ref()), name);
        }
    }
}
