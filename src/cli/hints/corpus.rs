//! Hints for errors of a corpus.

use sentiment::corpus::{ColumnRole, CorpusError, CorpusRowError, RowPosition, label_key};

pub(super) fn corpus_hint(error: &CorpusError) -> Option<&'static str> {
    match error {
        CorpusError::Truncated { .. } => Some("copy or download the file again"),
        CorpusError::UnknownFormat { .. } => Some(
            "use --corpus-format csv, tsv, json, fasttext, folder, lines, parquet, arrow or xlsx",
        ),
        CorpusError::NoLabels { .. } => {
            Some("use --corpus-format fasttext for lines that start with __label__")
        }
        CorpusError::NoLabelFolders { .. } => {
            Some("a corpus folder needs one folder per label with one file per text: pos/1.txt")
        }
        CorpusError::UnknownColumn { location, role, .. } => {
            // Only text files have a header line, and may lack it.
            let has_line = matches!(location.position, RowPosition::Line(_));
            Some(column_hint(*role, has_line))
        }
        CorpusError::UnclosedQuote { .. } => {
            Some("use --quoting none if quotes are text, or close the quote")
        }
        CorpusError::NoProbabilities { .. } => Some(
            "`sentiment predict --input FILE --output SCORED.csv` writes them; omit --soft-labels for a label column",
        ),
        CorpusError::OneClass { .. } => Some("set the label column with --label-column NAME"),
        CorpusError::Binary { .. } => Some("set the encoding with --encoding NAME"),
        CorpusError::Foreign { format, .. } if format.is_compressed() => {
            Some("decompress it first; gzip, Zstandard and zip are read as they are")
        }
        CorpusError::Foreign { .. } => {
            Some("write the table as CSV or Parquet, such as with pandas' to_csv or to_parquet")
        }
        CorpusError::JsonOrient { .. } => {
            Some("write it with to_json(FILE, orient=\"records\", lines=True)")
        }
        CorpusError::CopyTooLarge { .. } => Some("extract it and use the file"),
        CorpusError::WrongFormat { .. } => Some("omit --corpus-format, or rename the file"),
        CorpusError::Archive { .. } => Some("extract the archive and use the file in it"),
        CorpusError::NestedArchive { .. } => Some("extract the inner archive first"),
        CorpusError::Members { .. } | CorpusError::NoMember { .. } => {
            Some("choose one with --corpus-member NAME")
        }
        CorpusError::UnclosedJson { .. } => {
            Some("the file is damaged or truncated; write it again")
        }
        CorpusError::BadRow { error, .. } => Some(row_hint(error)),
        _ => None,
    }
}

fn column_hint(role: ColumnRole, has_header_line: bool) -> &'static str {
    match (role, has_header_line) {
        (ColumnRole::Text, true) => {
            "set the text column with --text-column NAME; for a file without a header, by its number: --no-header --text-column 2"
        }
        (ColumnRole::Text, false) => "set the text column with --text-column NAME",
        (ColumnRole::Label, true) => {
            "set the label column with --label-column NAME; for a file without a header, by its number: --no-header --text-column 2 --label-column 1"
        }
        (ColumnRole::Label, false) => "set the label column with --label-column NAME",
        (ColumnRole::Kept, _) => "name columns of the input in --columns, separated by commas",
    }
}

fn row_hint(error: &CorpusRowError) -> &'static str {
    match error {
        CorpusRowError::UnknownLabel { label, .. } => match label_key(label).as_str() {
            "pos" | "neg" => {
                "use --map-labels \"neg=negative;pos=positive\", with the labels of the model"
            }
            "0" | "1" | "2" | "3" | "4" | "5" => {
                "use --map-labels \"0=negative;1=positive\", \"0=negative;2=;4=positive\" or, for stars, \"1,2=negative;3=;4,5=positive\", with the labels of the model"
            }
            "neutral" => {
                "leave these rows out by mapping their label to nothing, as in --map-labels \"neutral=\"; or omit --two-classes"
            }
            _ => {
                "rename labels with --map-labels \"OLD=NEW\" (\"OLD=\" leaves rows out), or set --label-column NAME"
            }
        },
        CorpusRowError::LabelList { .. } => {
            "train a model of several labels a text with --multi-label (and --label-separator \"|\" for \"a|b\"), or rename the list with --map-labels \"a|b=a\""
        }
        CorpusRowError::NoLabelSeparator { .. } => {
            "separate labels with --label-separator \"|\", or rename the label with --map-labels \"a|b=a\""
        }
        CorpusRowError::InvalidUtf8 => "set the encoding with --encoding NAME",
        _ => "use --skip-bad-rows to skip and count invalid rows",
    }
}
