//! The formats a corpus may have, and the options for reading one.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

/// How the rows of a corpus are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// Tab-separated values with a header, quoted as CSV is.
    Tsv,
    /// One JSON object a line.
    JsonLines,
    /// fastText's training format: `__label__positive some text`.
    FastText,
    /// A folder per label holding one `.txt` file per text, as the Large Movie Review Dataset has.
    Folder,
    /// One text a line, without labels.
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

    /// The name that [`FromStr`] reads back.
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

    /// The format that a path's name shows, after `.gz` or `.zst` is dropped; a folder on disk is
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

/// A file's name without the `.gz` or `.zst` that says how it is compressed.
pub(super) fn without_compression(name: &str) -> &str {
    let bare = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
    bare.unwrap_or(name)
}

impl Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no corpus format {0:?}; there are {names}", names = Format::ALL.map(Format::name).join(", "))]
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

/// How to read a corpus.
#[derive(Debug, Clone)]
pub struct CorpusOptions {
    /// The format; `None` to know it from the name.
    pub format: Option<Format>,
    /// The column or JSON field that holds the text.
    pub text_column: String,
    /// The column or JSON field that holds the label.
    pub label_column: String,
    /// Leave out and count rows that cannot be read, instead of stopping at the first.
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
            "there is no corpus format \"xml\"; there are csv, tsv, jsonl, fasttext, folder, lines"
        );
    }
}
