//! Recipes by name, for kinds of text: what was best of the rows of docs/accuracy.md.

use std::str::FromStr;

use super::settings::Recipe;
use crate::model::Pooling;
use crate::text::StopwordList;

/// A kind of text that there is a recipe for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Texts of many sentences, and many of them. This is [`Recipe::default`].
    Reviews,
    /// Texts of one sentence, of which there are fewer: what is read before labels are learned is gone through
    /// more often, and words that only the file of vectors has are in the vocabulary.
    Sentences,
    /// The sample corpus: so few texts make few steps, which have to be larger, and are gone through more
    /// often; and so few validation texts are no reason to stop.
    Sample,
}

impl Preset {
    /// What they are called.
    pub const NAMES: [&'static str; 3] = ["reviews", "sentences", "sample"];

    /// The recipe.
    pub fn recipe(self) -> Recipe {
        match self {
            Self::Reviews => Recipe::default(),
            Self::Sentences => Recipe {
                vector_words: 50_000,
                pretraining_epochs: 5,
                epochs: 6,
                ..Recipe::default()
            },
            Self::Sample => Recipe {
                stopwords: StopwordList::default(),
                pooling: Pooling::Mean,
                ngrams: 0,
                pretraining_epochs: 0,
                epochs: 12,
                patience: 12,
                learning_rate: 3e-3,
                ..Recipe::default()
            },
        }
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "reviews" => Ok(Self::Reviews),
            "sentences" => Ok(Self::Sentences),
            "sample" => Ok(Self::Sample),
            _ => Err(format!(
                "a preset is reviews, sentences or sample, not {name:?}"
            )),
        }
    }
}
