//! Chooses a preset from the data.

use std::fmt;

use super::preset::Preset;
use crate::text::{Preprocessor, Tokenizer, Tokens};

/// Below this number of texts, a held-out tenth would be fewer than 500 texts, which is too few to choose an epoch by: the
/// 95% interval of an accuracy of 0.85 would be wider than 0.06.
const FEW_TEXTS: usize = 5_000;

/// Above this number of labels, one regression for all of them takes longer than training the network.
const MANY_LABELS: usize = 100;

/// Up to this median number of words, texts are sentences.
const SENTENCE_WORDS: usize = 50;

/// The settings that have an effect with a fixed encoder. If another one is given, the whole network is trained.
const OF_FIXED_ENCODER: [&str; 22] = [
    "stopwords",
    "stem",
    "language",
    "tokenizer",
    "dictionary",
    "fold-width",
    "min-count",
    "max-vocabulary",
    "vector-words",
    "max-length",
    "embedding-size",
    "ngrams",
    "char-ngrams",
    "class-weights",
    "no-calibration",
    "seed",
    "output",
    "redact",
    "number-token",
    "same-words",
    "word-mean",
    "freeze-encoder",
];

/// A preset chosen from the data, with the numbers that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresetChoice {
    /// The preset.
    pub preset: Preset,
    /// The number of texts.
    pub texts: usize,
    /// The median number of words of a text.
    pub median_words: usize,
    /// The number of labels.
    pub labels: usize,
}

impl PresetChoice {
    /// Chooses the preset for texts with `labels` labels. `trains_network` is whether the whole network must be trained.
    pub(crate) fn of<'a>(
        texts: impl Iterator<Item = &'a str>,
        preprocessor: &Preprocessor,
        labels: usize,
        trains_network: bool,
    ) -> Self {
        let mut words: Vec<usize> = texts.map(word_counter(preprocessor)).collect();
        let texts = words.len();
        let middle = texts / 2;
        let median_words = match words.is_empty() {
            true => 0,
            false => *words.select_nth_unstable(middle).1,
        };
        let is_few = texts < FEW_TEXTS && labels <= MANY_LABELS;
        let preset = match () {
            () if is_few && !trains_network => Preset::Few,
            () if median_words <= SENTENCE_WORDS => Preset::Sentences,
            () => Preset::Reviews,
        };
        Self {
            preset,
            texts,
            median_words,
            labels,
        }
    }
}

/// Returns a function that counts the words of a text: those between spaces, or the tokens if words have no spaces between them.
fn word_counter(preprocessor: &Preprocessor) -> impl FnMut(&str) -> usize {
    let has_spaces = preprocessor.config().tokenizer == Tokenizer::default();
    let mut tokens = Tokens::default();
    move |text| match has_spaces {
        true => text.split_whitespace().count(),
        false => {
            preprocessor.tokenize(text, &mut tokens);
            tokens.len()
        }
    }
}

/// Returns the given settings that only act on a network that is trained as a whole.
pub(crate) fn of_trained_network(given: &[String]) -> impl Iterator<Item = &str> {
    let names = given.iter().map(String::as_str);
    names.filter(|name| !OF_FIXED_ENCODER.contains(name))
}

impl fmt::Display for PresetChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            preset,
            texts,
            median_words,
            labels,
        } = self;
        write!(
            f,
            "preset {preset}: {texts} texts, median length {median_words} words, {labels} labels"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Recipe;

    fn english() -> Preprocessor {
        Preprocessor::new(Recipe::default().preprocessing()).unwrap()
    }

    fn choice(texts: usize, words: usize, trains_network: bool) -> Preset {
        let text = "word ".repeat(words);
        let texts = std::iter::repeat_n(text.as_str(), texts);
        PresetChoice::of(texts, &english(), 2, trains_network).preset
    }

    #[test]
    fn many_labels_train_the_network() {
        let choice =
            |labels| PresetChoice::of(std::iter::repeat_n("a b", 500), &english(), labels, false);
        assert_eq!(choice(100).preset, Preset::Few);
        assert_eq!(choice(101).preset, Preset::Sentences);
    }

    #[test]
    fn the_number_of_texts_and_their_length_decide() {
        assert_eq!(choice(4_999, 200, false), Preset::Few);
        assert_eq!(choice(4_999, 200, true), Preset::Reviews);
        assert_eq!(choice(5_000, 200, false), Preset::Reviews);
        assert_eq!(choice(5_000, 20, false), Preset::Sentences);
        assert_eq!(choice(0, 0, false), Preset::Few);
    }

    #[test]
    fn a_setting_of_the_network_means_that_it_is_trained() {
        let given = ["seed", "epochs", "ngrams"].map(String::from);
        assert_eq!(of_trained_network(&given).collect::<Vec<_>>(), ["epochs"]);
    }
}
