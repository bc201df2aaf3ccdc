//! The token frequencies of a dataset.

use super::dataset::Dataset;
use crate::text::{Preprocessor, TokenCounts};
use crate::training::recipe::Recipe;
use crate::vocabulary::Vocabulary;

/// Counts the tokens of a dataset, respelled for a vocabulary of the frequent ones and of those of `base`.
pub(super) fn token_counts(
    dataset: &Dataset,
    preprocessor: &Preprocessor,
    recipe: &Recipe,
    base: Option<&Vocabulary>,
) -> TokenCounts {
    let counts = TokenCounts::of(preprocessor, &dataset.train.texts)
        .merge(TokenCounts::of(preprocessor, &dataset.unlabelled));
    let frequent = Vocabulary::from_counts(counts.iter(), recipe.min_count, recipe.max_vocabulary);
    let known = match base {
        None => frequent,
        Some(base) => {
            let mut known = base.clone();
            known.extend(frequent.tokens());
            known
        }
    };
    counts.respelled(preprocessor, |token| known.id(token))
}
