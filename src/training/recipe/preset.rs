//! Presets: recipes for kinds of text, selected in docs/accuracy.md.

use std::fmt;
use std::str::FromStr;

use super::settings::Recipe;
use crate::model::Pooling;
use crate::text::StopwordList;

/// A named recipe for a kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Many texts of several sentences. This is [`Recipe::default`].
    Reviews,
    /// Fewer texts of one sentence: more pre-training epochs, and words of the vector file in the vocabulary.
    Sentences,
    /// Few labels: the encoder stays fixed, and the linear layer is selected by cross-validation.
    Few,
    /// The sample corpus. It has few steps per epoch, so the learning rate is higher and there are more epochs.
    /// Its validation set is too small for early stopping.
    Sample,
}

impl Preset {
    /// The names of the presets.
    pub const NAMES: [&'static str; 4] = ["reviews", "sentences", "few", "sample"];

    /// Returns the recipe.
    pub fn recipe(self) -> Recipe {
        match self {
            Self::Reviews => Recipe::default(),
            Self::Sentences => Recipe {
                vector_words: 50_000,
                pretraining_epochs: 5,
                epochs: 6,
                ..Recipe::default()
            },
            Self::Few => Recipe {
                freeze_encoder: true,
                word_mean: true,
                pooling: Pooling::Mean,
                vector_words: 50_000,
                pretraining_epochs: 0,
                self_training: 0,
                epochs: 1,
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

/// The factor of the learning rate from each layer to the one below in fine-tuning (Howard and Ruder, 2018, section 3.2).
const FINE_TUNING_DECAY: f64 = 1.0 / 2.6;

impl Preset {
    /// Returns the recipe for a run that starts from a trained model: lower layers have lower learning rates, and the
    /// encoder is pre-trained again only on unlabelled texts.
    pub fn recipe_from_base(self, has_unlabelled: bool) -> Recipe {
        let recipe = self.recipe();
        Recipe {
            layer_decay: FINE_TUNING_DECAY,
            pretraining_epochs: match has_unlabelled {
                true => recipe.pretraining_epochs,
                false => 0,
            },
            ..recipe
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reviews => "reviews",
            Self::Sentences => "sentences",
            Self::Few => "few",
            Self::Sample => "sample",
        })
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "reviews" => Ok(Self::Reviews),
            "sentences" => Ok(Self::Sentences),
            "few" => Ok(Self::Few),
            "sample" => Ok(Self::Sample),
            _ => Err(format!(
                "expected the preset auto, reviews, sentences, few or sample, got {name:?}"
            )),
        }
    }
}
