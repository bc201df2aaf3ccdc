//! Token frequencies of a corpus.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Preprocessor, Tokens};

/// The number of texts in a unit of parallel work.
const CHUNK: usize = 256;

/// The frequency of each token and, with stemming, the words of each stem.
#[derive(Clone, Debug, Default)]
pub struct TokenCounts {
    counts: FxHashMap<String, u64>,
    /// The words of each stem; empty without stemming.
    words: BTreeMap<String, BTreeSet<String>>,
}

impl TokenCounts {
    /// Counts the tokens of texts on all cores.
    pub fn of<T: AsRef<str> + Sync>(preprocessor: &Preprocessor, texts: &[T]) -> Self {
        texts
            .par_chunks(CHUNK)
            .map(|texts| {
                let (mut counts, mut tokens) = (Self::default(), Tokens::default());
                for text in texts {
                    counts.add(preprocessor, text.as_ref(), &mut tokens);
                }
                counts
            })
            .reduce(Self::default, Self::merge)
    }

    /// Counts the tokens of one text; `tokens` is a reusable buffer.
    pub fn add(&mut self, preprocessor: &Preprocessor, text: &str, tokens: &mut Tokens) {
        preprocessor.tokenize(text, tokens);
        for token in tokens.iter() {
            match self.counts.get_mut(token.text) {
                Some(count) => *count += 1,
                None => drop(self.counts.insert(token.text.into(), 1)),
            }
            if preprocessor.config().stem {
                let words = self.words.entry(token.text.into()).or_default();
                if !words.contains(token.word) {
                    words.insert(token.word.into());
                }
            }
        }
    }

    /// Adds the counts of `other`.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (token, count) in other.counts {
            *self.counts.entry(token).or_default() += count;
        }
        for (token, words) in other.words {
            self.words.entry(token).or_default().extend(words);
        }
        self
    }

    /// Counts variants of known words as the tokens that a model reads for them: contractions without their apostrophe, and
    /// elongated words. `rank` returns the rank of a known token, 0 for the most frequent one.
    #[must_use]
    pub fn respelled(
        mut self,
        preprocessor: &Preprocessor,
        rank: impl Fn(&str) -> Option<u32>,
    ) -> Self {
        let variants: Vec<(String, Vec<Cow<str>>)> = self
            .counts
            .keys()
            .filter_map(|token| {
                let words = preprocessor.words_of_new_variant(token, &rank)?;
                Some((token.clone(), words))
            })
            .collect();
        for (variant, words) in variants {
            let count = self.counts.remove(&variant).unwrap_or_default();
            self.words.remove(&variant);
            for word in words {
                let token = preprocessor.token(&word).into_owned();
                if preprocessor.config().stem {
                    let words = self.words.entry(token.clone()).or_default();
                    words.insert(word.into());
                }
                *self.counts.entry(token).or_default() += count;
            }
        }
        self
    }

    /// Returns every token with its frequency, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let counts = self.counts.iter();
        counts.map(|(token, &count)| (token.as_str(), count))
    }

    /// Returns the words whose stem is `token`; without stemming, the token itself.
    pub fn words<'a>(&'a self, token: &'a str) -> impl Iterator<Item = &'a str> {
        let stemmed = self.words.get(token);
        let itself = stemmed.is_none().then_some(token);
        stemmed
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain(itself)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{PreprocessorConfig, StopwordList};

    #[test]
    fn stems_are_counted_together_and_remember_their_words() {
        let preprocessor = Preprocessor::new(PreprocessorConfig {
            stopwords: StopwordList::None,
            stem: true,
            ..PreprocessorConfig::default()
        });
        let counts = TokenCounts::of(
            &preprocessor.unwrap(),
            &["Studies studied", "study studies"],
        );
        assert_eq!(counts.iter().collect::<Vec<_>>(), [("studi", 4)]);
        let words: Vec<&str> = counts.words("studi").collect();
        assert_eq!(words, ["studied", "studies", "study"]);
        assert_eq!(counts.words("other").collect::<Vec<_>>(), ["other"]);
    }
}
