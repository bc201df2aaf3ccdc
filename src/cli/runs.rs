//! `sentiment runs`: compares trained models.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::evaluation::wilson;
use sentiment::model::{ModelConfig, ModelLocation};
use sentiment::training::{Run, changed_settings};

use super::console::Console;
use super::styled_text::{HEAD, cut, range, styled_output};
use super::with_causes;

/// The arguments of `sentiment runs`.
#[derive(Debug, clap::Args)]
pub struct RunsArgs {
    /// Folder of models and archives, at any depth
    #[arg(value_name = "DIR", default_value = "models")]
    folder: PathBuf,
}

/// The maximum length of a printed name.
const MAX_NAME_CHARACTERS: usize = 60;

/// The maximum depth of the folders of models.
const MAX_DEPTH: usize = 8;

/// A row of the table: a model and its training run.
struct Row {
    name: String,
    corpus: String,
    run: Run,
    bytes: u64,
    recipe: String,
}

impl Row {
    /// Returns what tells the validation set: models of different ones cannot be compared. Older models tell only its size.
    fn validation(&self) -> (&str, u64) {
        let Run {
            validation_digest,
            validation_texts,
            ..
        } = &self.run;
        match validation_digest.is_empty() {
            true => (&self.corpus, *validation_texts),
            false => (validation_digest, 0),
        }
    }
}

/// Runs `sentiment runs`.
pub fn run(args: &RunsArgs, console: &Console) -> anyhow::Result<()> {
    let rows = find(&args.folder, console)
        .with_context(|| format!("could not list {}", args.folder.display()))?;
    anyhow::ensure!(
        !rows.is_empty(),
        "no trained model in {}",
        args.folder.display()
    );
    write_table(&mut styled_output(), &grouped(rows))?;
    Ok(())
}

/// Reads the models in a folder, at any depth.
fn find(folder: &Path, console: &Console) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut models = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        match fs::read_dir(&folder) {
            Err(error) if depth == 0 => return Err(error),
            Err(error) => console.note(format!("skipped: {}: {error}", folder.display())),
            Ok(entries) => {
                let entries = entries.filter_map(Result::ok).map(|entry| entry.path());
                let (inner, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
                // A link may lead to a folder above: its own folders are left out.
                let inner = inner.into_iter().filter(|_| depth < MAX_DEPTH);
                folders.extend(inner.map(|path| match path.is_symlink() {
                    true => (path, MAX_DEPTH),
                    false => (path, depth + 1),
                }));
                let files = files.iter().map(|path| ModelLocation::at(path));
                models.extend(files.filter(|file| matches!(file, ModelLocation::Archive(_))));
            }
        }
        models.push(ModelLocation::Folder(folder));
        for model in models.drain(..) {
            match read(&model) {
                Ok(row) => rows.extend(row),
                Err(error) => console.note(format!("skipped: {}", with_causes(&error))),
            }
        }
    }
    Ok(rows)
}

/// Groups rows by validation set, the best of a group first. Groups are in the order of their first corpus.
fn grouped(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut groups: BTreeMap<(String, u64), Vec<Row>> = BTreeMap::new();
    for row in rows {
        let (name, texts) = row.validation();
        groups.entry((name.into(), texts)).or_default().push(row);
    }
    let mut groups: Vec<Vec<Row>> = groups.into_values().collect();
    let first_corpus = |group: &Vec<Row>| group.iter().map(|row| row.corpus.clone()).min();
    groups.sort_by_cached_key(first_corpus);
    for group in &mut groups {
        group.sort_by(|a, b| {
            let accuracy = |row: &Row| row.run.best.validation_accuracy;
            let by_accuracy = accuracy(b).total_cmp(&accuracy(a));
            by_accuracy.then_with(|| a.name.cmp(&b.name))
        });
    }
    groups
}

/// Reads the row of a model. Returns `None` if it has no metrics, as the export of a built-in model, or if a folder is no model.
fn read(model: &ModelLocation) -> anyhow::Result<Option<Row>> {
    let Some(run) = Run::of(model)? else {
        return Ok(None);
    };
    let config = ModelConfig::of(model)?;
    Ok(Some(Row {
        name: cut(&model.to_string(), MAX_NAME_CHARACTERS),
        corpus: cut(&run.corpus, MAX_NAME_CHARACTERS),
        run,
        bytes: bytes(model)?,
        recipe: recipe(&config),
    }))
}

/// Returns the base of a model, if it has one, and the settings that differ from the defaults.
fn recipe(config: &ModelConfig) -> String {
    let base = config.base.as_ref();
    let base = base.map(|base| format!("from={}", cut(&base.name, MAX_NAME_CHARACTERS)));
    let settings = Some(changed_settings(&config.training)).filter(|text| !text.is_empty());
    let parts: Vec<String> = base.into_iter().chain(settings).collect();
    parts.join(" ")
}

/// Returns the size of a model's files.
fn bytes(model: &ModelLocation) -> io::Result<u64> {
    let mut bytes = 0;
    match model {
        ModelLocation::BuiltIn(_) => {}
        ModelLocation::Archive(archive) => bytes = fs::metadata(archive)?.len(),
        ModelLocation::Folder(folder) => {
            for entry in fs::read_dir(folder)? {
                let metadata = entry?.metadata()?;
                if metadata.is_file() {
                    bytes += metadata.len();
                }
            }
        }
    }
    Ok(bytes)
}

/// Writes the table, with a blank line between groups, whose figures cannot be compared.
fn write_table(out: &mut impl Write, groups: &[Vec<Row>]) -> io::Result<()> {
    let width = |column: fn(&Row) -> &str| {
        let widths = groups
            .iter()
            .flatten()
            .map(|row| column(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let name_width = width(|row| &row.name).max("model".len());
    let corpus_width = width(|row| &row.corpus).max("corpus".len());
    let heading = format!(
        "{:name_width$}  {:corpus_width$}    texts  accuracy  95% interval      macro F1  {:>9}  {:>8}  recipe",
        "model", "corpus", "time", "size"
    );
    writeln!(out, "{HEAD}{heading}{HEAD:#}")?;
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        for row in group {
            write_row(out, row, name_width, corpus_width)?;
        }
    }
    Ok(())
}

fn write_row(
    out: &mut impl Write,
    row: &Row,
    name_width: usize,
    corpus_width: usize,
) -> io::Result<()> {
    let Row {
        name,
        corpus,
        run,
        bytes,
        recipe,
    } = row;
    let accuracy = run.best.validation_accuracy;
    let correct = (accuracy * run.validation_texts as f64).round() as u64;
    let interval = range(wilson(correct, run.validation_texts));
    let f1 = run.metric("f1_macro");
    let f1 = f1.map_or("-".into(), |f1| format!("{f1:.4}"));
    let line = format!(
        "{name:name_width$}  {corpus:corpus_width$}  {:>7}    {accuracy:.4}  {interval}  {f1:>8}  {:>7.0} s  {:>5.1} MB  {recipe}",
        run.train_texts,
        run.seconds,
        *bytes as f64 / 1e6,
    );
    writeln!(out, "{}", line.trim_end())
}
