//! Corpus formats, and the options for reading a corpus.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

/// The format of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// Tab-separated values with a header, quoted as in CSV.
    Tsv,
    /// One JSON object per line.
    JsonLines,
    /// The training format of fastText: `__label__positive some text`.
    FastText,
    /// A folder per label with a `.txt` file per text, as in the Large Movie Review Dataset.
    Folder,
    /// One text per line, without labels.
    Lines,
}

impl Format {
    /// Every format, in the order in which messages list them.
    pub const ALL: [Self; 6] = [
        Self::Csv,
        Self::Tsv,
        Self::JsonLines,
        Self::FastText,
        Self::Folder,
        Self::Lines,
    ];

    /// Returns the name, which [`FromStr`] parses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::FastText => "fasttext",
            Self::Folder => "folder",
            Self::Lines => "lines",
        }
    }

    /// Infers the format from the file extension, ignoring `.gz` and `.zst`. An existing folder is
    /// [`Format::Folder`].
    ///
    /// ```
    /// use sentiment::corpus::Format;
    ///
    /// assert_eq!(Format::of("reviews.csv.gz".as_ref()), Some(Format::Csv));
    /// assert_eq!(Format::of("reviews".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Self> {
        if path.is_dir() {
            return Some(Self::Folder);
        }
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let (_, extension) = without_compression(&name).rsplit_once('.')?;
        match extension {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "fasttext" | "ft" => Some(Self::FastText),
            "txt" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// Returns a file name without the extension of a compression, `.gz` or `.zst`.
pub(super) fn without_compression(name: &str) -> &str {
    let bare = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
    bare.unwrap_or(name)
}

impl Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The error for an unknown format name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown corpus format {0:?}; the formats are {names}", names = Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormatName(pub String);

impl FromStr for Format {
    type Err = UnknownFormatName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormatName(name.to_owned()))
    }
}

/// Options for reading a corpus.
#[derive(Debug, Clone)]
pub struct CorpusOptions {
    /// The format; `None` infers it from the file extension.
    pub format: Option<Format>,
    /// The column or JSON field with the text.
    pub text_column: String,
    /// The column or JSON field with the label.
    pub label_column: String,
    /// Whether to skip and count invalid rows instead of stopping at the first one.
    pub skip_bad_rows: bool,
}

impl Default for CorpusOptions {
    fn default() -> Self {
        Self {
            format: None,
            text_column: "text".to_owned(),
            label_column: "label".to_owned(),
            skip_bad_rows: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_shows_the_format() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("A.CSV.GZ", Some(Format::Csv)),
            ("a.b.tsv.zst", Some(Format::Tsv)),
            ("a.jsonl", Some(Format::JsonLines)),
            ("a.ndjson.gz", Some(Format::JsonLines)),
            ("train.ft", Some(Format::FastText)),
            ("a.txt", Some(Format::Lines)),
            ("a.json", None),
            ("gz", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
        assert_eq!(Format::of(&std::env::temp_dir()), Some(Format::Folder));
    }

    #[test]
    fn every_name_reads_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!(
            "xml".parse::<Format>().unwrap_err().to_string(),
            "unknown corpus format \"xml\"; the formats are csv, tsv, jsonl, fasttext, folder, lines"
        );
    }
}
