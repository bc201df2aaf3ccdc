//! Corpus formats.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use crate::files::without_compression;

/// The format of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// Tab-separated values with a header, quoted as in CSV.
    Tsv,
    /// JSON objects: one per line, in an array, or one after the other over several lines.
    Json,
    /// The training format of fastText: `__label__positive some text`.
    FastText,
    /// A folder per label with a `.txt` file per text, as in the Large Movie Review Dataset, or a folder of texts.
    Folder,
    /// One text per line, without labels.
    Lines,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's IPC format, as a file or a stream; also known as Feather.
    Arrow,
    /// An Excel workbook, of which the first sheet is read.
    Spreadsheet,
}

impl Format {
    /// Every format, in the order in which messages list them.
    pub const ALL: [Self; 9] = [
        Self::Csv,
        Self::Tsv,
        Self::Json,
        Self::FastText,
        Self::Folder,
        Self::Lines,
        Self::Parquet,
        Self::Arrow,
        Self::Spreadsheet,
    ];

    /// Returns the name, which [`FromStr`] parses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::FastText => "fasttext",
            Self::Folder => "folder",
            Self::Lines => "lines",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Spreadsheet => "xlsx",
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
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "fasttext" | "ft" => Some(Self::FastText),
            "txt" => Some(Self::Lines),
            "parquet" | "pq" => Some(Self::Parquet),
            "arrow" | "feather" | "ipc" => Some(Self::Arrow),
            "xlsx" => Some(Self::Spreadsheet),
            _ => None,
        }
    }
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
        let name = match name {
            "jsonl" => "json",
            name => name,
        };
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormatName(name.into()))
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
            ("a.jsonl", Some(Format::Json)),
            ("a.ndjson.gz", Some(Format::Json)),
            ("train.ft", Some(Format::FastText)),
            ("a.txt", Some(Format::Lines)),
            ("a.json", Some(Format::Json)),
            ("a.xml", None),
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
            "unknown corpus format \"xml\"; the formats are csv, tsv, json, fasttext, folder, lines, parquet, arrow, xlsx"
        );
    }
}
