//! The formats that word vectors are written in, told from a file's name, and the words they hold.

use std::path::Path;

use super::layout::Layout;
use super::text;
use crate::embeddings::error::VectorWriteError;

/// How word vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileFormat {
    /// `.txt`: a line a word, the word and its numbers in decimals between single spaces.
    GloveText,
    /// `.vec`: the same behind a line with the number of words and the dimension.
    Word2vecText,
    /// `.bin`: that line, then each word, a space and its numbers as little-endian 32-bit floats.
    Word2vecBinary,
    /// `.safetensors`: a tensor, and the words beside it.
    Safetensors,
}

impl FileFormat {
    /// The format that a file's name ends in; `.gz` and `.zst` are behind it, but for safetensors,
    /// whose readers map the file into memory.
    pub(super) fn of(path: &Path) -> Result<Self, VectorWriteError> {
        let name = path.to_string_lossy().to_lowercase();
        if name.ends_with(".safetensors") {
            return Ok(Self::Safetensors);
        }
        let bare = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
        match bare.unwrap_or(&name).rsplit_once('.') {
            Some((_, "txt")) => Ok(Self::GloveText),
            Some((_, "vec")) => Ok(Self::Word2vecText),
            Some((_, "bin")) => Ok(Self::Word2vecBinary),
            _ => Err(VectorWriteError::Ending),
        }
    }

    /// Checks that a word is read back as it is; `row` is its row, from 0.
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
            Self::GloveText => ("GloVe's text", glove_holds(word, row, dimension)),
            Self::Word2vecText => ("word2vec's text", word2vec_holds(word)),
            Self::Word2vecBinary => ("word2vec's binary format", word2vec_holds(word)),
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

/// A space ends the word, and a control character makes text look binary.
fn word2vec_holds(word: &str) -> bool {
    !word.contains(|letter: char| letter == ' ' || letter.is_ascii_control())
}

/// GloVe's own vectors have words with spaces (`. . .`): they can be told from the numbers as long
/// as no piece of them looks like one. The first row must show the dimension too.
fn glove_holds(word: &str, row: usize, dimension: usize) -> bool {
    if word2vec_holds(word) && !(row == 0 && word.starts_with('\u{feff}')) {
        return true;
    }
    let line = word.to_owned() + &" 0.5".repeat(dimension);
    let reads_back = text::parse(line.as_bytes(), dimension, None)
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
        let of = |name: &str| FileFormat::of(name.as_ref()).ok();
        assert_eq!(of("v.txt"), Some(FileFormat::GloveText));
        assert_eq!(of("a.b/V.VEC.GZ"), Some(FileFormat::Word2vecText));
        assert_eq!(of("v.bin.zst"), Some(FileFormat::Word2vecBinary));
        assert_eq!(of("v.safetensors"), Some(FileFormat::Safetensors));
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
