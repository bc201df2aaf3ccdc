//! The data files of a dataset: which configuration and split each belongs to, told by its path.

use std::collections::BTreeSet;

use super::{DatasetName, HubError};
use crate::files::without_compression;

/// The maximum number of files of a split.
const MAX_SPLIT_FILES: usize = 1024;

/// The configuration of files outside a folder of their own.
const DEFAULT_CONFIG: &str = "default";

/// Names of splits. They distinguish `train/part-1.csv` and `sentiment_train.csv` from other paths.
const SPLIT_NAMES: [&str; 8] = [
    "train",
    "training",
    "validation",
    "valid",
    "val",
    "dev",
    "test",
    "unsupervised",
];

/// File formats, the preferred one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileFormat {
    Parquet,
    Csv,
    Tsv,
    JsonLines,
}

/// A data file of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    /// The path in the repository.
    pub(super) path: String,
    pub(super) format: FileFormat,
    config: String,
    split: String,
    /// The number of files of the split, if the name has it.
    shards: Option<usize>,
}

impl DataFile {
    /// Interprets a path. Returns `None` if it is unsafe or is not the path of a data file.
    ///
    /// | path | configuration | split |
    /// | --- | --- | --- |
    /// | `train.csv`, `data/train-00000-of-00001.parquet` | `default` | `train` |
    /// | `sentiment/train-00000-of-00001.parquet` | `sentiment` | `train` |
    /// | `sentiment/train/0000.parquet` | `sentiment` | `train` |
    /// | `sentiment_train.csv` | `sentiment` | `train` |
    pub(super) fn parse(path: &str) -> Option<Self> {
        if !is_safe(path) {
            return None;
        }
        let mut folders: Vec<&str> = path.split('/').collect();
        let (stem, format) = without_extension(folders.pop()?)?;
        let (stem, shards) = without_shard(stem);
        let is_number = stem.bytes().all(|byte| byte.is_ascii_digit());
        let is_split = |name: &&str| SPLIT_NAMES.contains(name);
        let split = match folders.last().copied() {
            Some(folder) if is_number || is_split(&folder) && !is_split(&stem) => {
                folders.pop();
                folder
            }
            _ => match stem.rsplit_once(['-', '_', '.']) {
                Some((prefix, split)) if is_split(&split) && !prefix.is_empty() => {
                    folders.push(prefix);
                    split
                }
                _ => stem,
            },
        };
        if folders.first() == Some(&"data") {
            folders.remove(0);
        }
        let config = match folders.as_slice() {
            [] => DEFAULT_CONFIG.to_owned(),
            folders => folders.join("/"),
        };
        Some(Self {
            path: path.to_owned(),
            format,
            config,
            split: split.to_owned(),
            shards,
        })
    }
}

/// Returns whether a path stays in the folder that it is joined to, on every operating system.
fn is_safe(path: &str) -> bool {
    path.len() <= 1024
        && !path.contains(['\\', ':', '<', '>', '"', '|', '?', '*'])
        && !path.contains(char::is_control)
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

fn without_extension(name: &str) -> Option<(&str, FileFormat)> {
    let bare = without_compression(name);
    let (stem, extension) = bare.rsplit_once('.')?;
    let format = match extension {
        // Parquet compresses its columns itself.
        "parquet" if bare == name => FileFormat::Parquet,
        "csv" => FileFormat::Csv,
        "tsv" => FileFormat::Tsv,
        "jsonl" | "ndjson" => FileFormat::JsonLines,
        _ => return None,
    };
    (!stem.is_empty()).then_some((stem, format))
}

/// Splits `train-00000-of-00002`, also with a digest after it, into `train` and 2.
fn without_shard(stem: &str) -> (&str, Option<usize>) {
    let shard = || {
        let (start, rest) = stem.split_once("-of-")?;
        let (name, index) = start.rsplit_once('-')?;
        let count = rest.split('-').next()?;
        let is_numbered = !name.is_empty() && index.parse::<usize>().is_ok();
        is_numbered.then_some((name, count.parse().ok()?))
    };
    match shard() {
        Some((name, count)) => (name, Some(count)),
        None => (stem, None),
    }
}

/// Returns the files of the chosen configuration, by default of `default` or of the only one.
pub(super) fn select_config(
    files: Vec<DataFile>,
    name: &DatasetName,
) -> Result<Vec<DataFile>, HubError> {
    let configs: BTreeSet<&str> = files.iter().map(|file| file.config.as_str()).collect();
    let config = match name.config() {
        Some(config) => configs.get(config),
        None if configs.len() == 1 => configs.first(),
        None => configs.get(DEFAULT_CONFIG),
    };
    let Some(config) = config.map(|&config| config.to_owned()) else {
        return Err(match configs.is_empty() {
            true => HubError::NoDataFiles {
                name: name.repository().to_owned(),
            },
            false => HubError::UnknownConfig {
                name: name.repository().to_owned(),
                config: name.config().map(str::to_owned),
                known: joined(configs),
            },
        });
    };
    let is_chosen = |file: &DataFile| file.config == config;
    Ok(files.into_iter().filter(is_chosen).collect())
}

/// Returns the splits of the files of a configuration, in alphabetical order.
pub(super) fn splits(files: &[DataFile]) -> Vec<&str> {
    let splits: BTreeSet<&str> = files.iter().map(|file| file.split.as_str()).collect();
    splits.into_iter().collect()
}

/// Returns the files of a split of a configuration, in the order of their paths and in the preferred format.
pub(super) fn select_split<'a>(
    files: &'a [DataFile],
    name: &DatasetName,
    split: &str,
) -> Result<Vec<&'a DataFile>, HubError> {
    let mut found: Vec<&DataFile> = files.iter().filter(|file| file.split == split).collect();
    let Some(format) = found.iter().map(|file| file.format).min() else {
        return Err(HubError::UnknownSplit {
            name: name.to_string(),
            split: split.to_owned(),
            known: joined(splits(files)),
        });
    };
    found.retain(|file| file.format == format);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    if found.len() > MAX_SPLIT_FILES {
        return Err(HubError::TooManyFiles {
            name: name.to_string(),
            split: split.to_owned(),
            limit: MAX_SPLIT_FILES,
        });
    }
    match found.iter().find_map(|file| file.shards) {
        Some(expected) if expected != found.len() => Err(HubError::MissingShards {
            name: name.to_string(),
            split: split.to_owned(),
            found: found.len(),
            expected,
        }),
        _ => Ok(found),
    }
}

/// Joins names for a message, which shows the first fifty.
fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 50;
    let mut names = names.into_iter();
    let mut text = names.by_ref().take(SHOWN).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 => {}
        more => text += &format!(" and {more} more"),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<DataFile> {
        paths
            .iter()
            .filter_map(|path| DataFile::parse(path))
            .collect()
    }

    fn name(name: &str) -> DatasetName {
        name.parse().unwrap()
    }

    #[test]
    fn paths_show_the_configuration_and_the_split() {
        for (path, config, split) in [
            ("train.csv", "default", "train"),
            ("train.csv.gz", "default", "train"),
            ("my_rows.jsonl", "default", "my_rows"),
            ("data/train-00000-of-00001.parquet", "default", "train"),
            ("data/test-00000-of-00002-a1b2c3.parquet", "default", "test"),
            (
                "plain_text/unsupervised-00000-of-00001.parquet",
                "plain_text",
                "unsupervised",
            ),
            (
                "data/sentiment/train-00000-of-00001.parquet",
                "sentiment",
                "train",
            ),
            ("sentiment/train/0000.parquet", "sentiment", "train"),
            (
                "sentiment/partial-train/0001.parquet",
                "sentiment",
                "partial-train",
            ),
            ("train/part-1.csv", "default", "train"),
            ("test/train.csv", "test", "train"),
            ("sentiment_train.csv", "sentiment", "train"),
            ("a/b/sentiment-dev.tsv", "a/b/sentiment", "dev"),
        ] {
            let file = DataFile::parse(path).unwrap();
            assert_eq!((&*file.config, &*file.split), (config, split), "{path}");
        }
    }

    #[test]
    fn other_files_and_unsafe_paths_are_left_out() {
        let paths = [
            "README.md",
            ".gitattributes",
            "train.json",
            "train.parquet.gz",
            ".csv",
            "../train.csv",
            "/train.csv",
            "a/../train.csv",
            "a//train.csv",
            "a\\train.csv",
            "c:train.csv",
            "a\n.csv",
        ];
        assert_eq!(files(&paths), []);
    }

    #[test]
    fn the_configuration_is_the_chosen_one_the_default_or_the_only_one() {
        let chosen = |paths: &[&str], dataset: &str| {
            let files = select_config(files(paths), &name(dataset))?;
            Ok::<_, HubError>(files.into_iter().map(|file| file.path).collect::<Vec<_>>())
        };
        let two = ["x/train.csv", "y/train.csv"];
        let three = ["x/train.csv", "train.csv", "y/train.csv"];
        assert_eq!(chosen(&two, "o/n/y").unwrap(), ["y/train.csv"]);
        assert_eq!(chosen(&two[..1], "o/n").unwrap(), ["x/train.csv"]);
        assert_eq!(chosen(&three, "o/n").unwrap(), ["train.csv"]);
        let message = |paths: &[&str], dataset| chosen(paths, dataset).unwrap_err().to_string();
        assert_eq!(
            message(&two, "o/n"),
            "the dataset o/n needs a configuration; it has x, y"
        );
        let unknown = "the dataset o/n has no configuration \"z\"; it has x, y";
        assert_eq!(message(&two, "o/n/z"), unknown);
        let none = "the dataset o/n has no Parquet, CSV, TSV or JSON Lines files";
        assert_eq!(message(&["README.md"], "o/n"), none);
    }

    #[test]
    fn a_split_is_whole_and_in_order_and_in_one_format() {
        let chosen = |paths: &[&str], split: &str| {
            let files = files(paths);
            let found = select_split(&files, &name("o/n"), split)?;
            Ok::<_, HubError>(
                found
                    .iter()
                    .map(|file| file.path.clone())
                    .collect::<Vec<_>>(),
            )
        };
        let shards = [
            "train-00001-of-00002.parquet",
            "train-00000-of-00002.parquet",
            "test.csv",
        ];
        assert_eq!(chosen(&shards, "train").unwrap(), [shards[1], shards[0]]);
        assert_eq!(
            chosen(&["train.jsonl", "train.csv"], "train").unwrap(),
            ["train.csv"]
        );
        let message = |paths: &[&str], split| chosen(paths, split).unwrap_err().to_string();
        let unknown = "the dataset o/n has no split \"dev\"; it has test, train";
        assert_eq!(message(&shards, "dev"), unknown);
        let missing = "the dataset o/n has 1 of the 2 files of the split \"train\"";
        assert_eq!(message(&shards[1..], "train"), missing);
        let many: Vec<String> = (0..1025)
            .map(|index| format!("train/{index}.csv"))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(message(&many, "train").ends_with("has more than 1024 files"));
    }

    #[test]
    fn long_lists_of_names_are_shortened() {
        let names: Vec<String> = (0..60).map(|index| index.to_string()).collect();
        let text = joined(names.iter().map(String::as_str));
        assert!(text.ends_with("48, 49 and 10 more"), "{text}");
    }
}
