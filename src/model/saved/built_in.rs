//! The models that the program contains.

use super::source::{CONFIG, NGRAMS, VOCABULARY, WEIGHTS};
use crate::text::ScriptCounts;

/// A model that the program contains. models/README.md describes both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuiltIn {
    /// The English model.
    General,
    /// The Chinese model.
    Chinese,
}

impl BuiltIn {
    /// All built-in models.
    pub const ALL: [Self; 2] = [Self::General, Self::Chinese];

    /// Returns the model with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// Returns the model for texts, by the script of most of their letters.
    pub fn for_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        match texts
            .into_iter()
            .collect::<ScriptCounts>()
            .unspaced_language()
        {
            Some("zh") if Self::Chinese.is_built() => Self::Chinese,
            _ => Self::General,
        }
    }

    /// Returns the name, by which `--model` and `--from` select the model.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Chinese => "chinese",
        }
    }

    /// Returns whether the program contains the model. The Chinese one needs the tokenizer jieba.
    pub fn is_built(self) -> bool {
        match self {
            Self::General => true,
            Self::Chinese => cfg!(feature = "chinese"),
        }
    }

    /// Returns the content of a file.
    pub(super) fn file(self, name: &str) -> &'static [u8] {
        match (self, name) {
            (Self::General, CONFIG) => include_bytes!("../../../models/general/config.json"),
            (Self::General, VOCABULARY) => include_bytes!("../../../models/general/vocabulary.txt"),
            (Self::General, WEIGHTS) => include_bytes!("../../../models/general/model.safetensors"),
            (Self::General, NGRAMS) => include_bytes!("../../../models/general/ngrams.bin"),
            #[cfg(feature = "chinese")]
            (Self::Chinese, CONFIG) => include_bytes!("../../../models/chinese/config.json"),
            #[cfg(feature = "chinese")]
            (Self::Chinese, VOCABULARY) => include_bytes!("../../../models/chinese/vocabulary.txt"),
            #[cfg(feature = "chinese")]
            (Self::Chinese, WEIGHTS) => include_bytes!("../../../models/chinese/model.safetensors"),
            #[cfg(feature = "chinese")]
            (Self::Chinese, NGRAMS) => include_bytes!("../../../models/chinese/ngrams.bin"),
            _ => &[],
        }
    }
}
