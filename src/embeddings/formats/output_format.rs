//! Output formats for word vectors, selected by file extension, and the words that each can store.

use std::path::Path;

use super::layout::Layout;
use super::text_rows;
use crate::embeddings::error::VectorWriteError;
use crate::files::without_compression;

/// An output format for word vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// `.txt`: one word per line, followed by decimal numbers, separated by single spaces.
    GloveText,
    /// `.vec`: as `.txt`, after a header line with the number of words and the dimension.
    Word2vecText,
    /// `.bin`: the same header line, then for each word the word, a space and its vector in
    /// little-endian 32-bit floats.
    Word2vecBinary,
    /// `.safetensors`: a tensor, with the words in the metadata.
    Safetensors,
}

impl OutputFormat {
    /// Returns the format for a file's extension. `.gz` or `.zst` may follow the extension, except for
    /// safetensors, whose readers map the file into memory.
    pub(super) fn of(path: &Path) -> Result<Self, VectorWriteError> {
        let name = path.to_string_lossy().to_lowercase();
        if name.ends_with(".safetensors") {
            return Ok(Self::Safetensors);
        }
        match without_compression(&name).rsplit_once('.') {
            Some((_, "txt")) => Ok(Self::GloveText),
            Some((_, "vec")) => Ok(Self::Word2vecText),
            Some((_, "bin")) => Ok(Self::Word2vecBinary),
            _ => Err(VectorWriteError::Ending),
        }
    }

    /// Checks that reading the file would return the same word. `row` is the word's row, from 0.
    pub(super) fn check_word(
        self,
        word: &str,
        row: usize,
        dimension: usize,
    ) -> Result<(), VectorWriteError> {
        if word.is_empty() || word.contains('\n') {
            return Err(VectorWriteError::NoWord { word: word.into() });
        }
        let (format, holds) = match self {
            Self::GloveText => ("the GloVe text format", glove_holds(word, row, dimension)),
            Self::Word2vecText => ("the word2vec text format", word2vec_holds(word)),
            Self::Word2vecBinary => ("the word2vec binary format", word2vec_holds(word)),
            Self::Safetensors => ("safetensors", true),
        };
        match holds {
            true => Ok(()),
            false => Err(VectorWriteError::Word {
                word: word.into(),
                format,
                other: ".safetensors",
            }),
        }
    }
}

/// Returns whether the word2vec formats can store the word. A space would end the word, and a control
/// character would make a text file look binary.
fn word2vec_holds(word: &str) -> bool {
    !word.contains(|letter: char| letter == ' ' || letter.is_ascii_control())
}

/// Returns whether the GloVe text format can store the word. The published GloVe vectors have words
/// with spaces (`. . .`), which can be parsed as long as none of their fields looks like a number. The
/// dimension must also be detected from the first row.
fn glove_holds(word: &str, row: usize, dimension: usize) -> bool {
    if word2vec_holds(word) && !(row == 0 && word.starts_with('\u{feff}')) {
        return true;
    }
    let line = word.to_owned() + &" 0.5".repeat(dimension);
    let reads_back = text_rows::parse(line.as_bytes(), dimension, None)
        .is_ok_and(|rows| rows.words.as_slice() == [word]);
    let shows_dimension = Layout::detect(line.as_bytes()).is_ok_and(|layout| {
        layout.dimension == dimension && layout.header_words.is_none() && layout.first_row == 0
    });
    reads_back && (row > 0 || shows_dimension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_format() {
        let of = |name: &str| OutputFormat::of(name.as_ref()).ok();
        assert_eq!(of("v.txt"), Some(OutputFormat::GloveText));
        assert_eq!(of("a.b/V.VEC.GZ"), Some(OutputFormat::Word2vecText));
        assert_eq!(of("v.bin.zst"), Some(OutputFormat::Word2vecBinary));
        assert_eq!(of("v.safetensors"), Some(OutputFormat::Safetensors));
        for other in [
            "v",
            "v.gz",
            "v.safetensors.gz",
            "v.csv",
            "v.txt.bz2",
            "txt",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn glove_text_holds_words_with_spaces_that_can_be_told_from_numbers() {
        let holds = |word, row| glove_holds(word, row, 2);
        assert!(holds("good", 0) && holds("12", 0) && holds("\u{feff}", 1));
        assert!(holds(". . .", 0) && holds("at name@domain.com", 0));
        assert!(holds("at 5", 1) && !holds("at 5", 0));
        for word in ["at 5.5", "good ", "tab\r"] {
            assert_eq!(holds(word, 1), word == "tab\r", "{word:?}");
        }
        assert!(!holds("\u{feff}good", 0));
    }
}
