//! A summary of the explanations of many texts: the important words for each label, and a few representative texts.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::explanation::{Basis, Explanation};
use crate::text::is_pictograph;

/// The important words of a classifier over many texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    /// The method and its parameters.
    pub method: String,
    /// The number of explained texts.
    pub texts: usize,
    /// The explained labels, in the classifier's order.
    pub classes: Vec<OverviewClass>,
    /// Representative explanations that together cover the important words, the largest coverage first: SP-LIME's pick
    /// (Ribeiro et al., 2016, algorithm 2).
    pub representatives: Vec<Explanation>,
}

/// The words that support or oppose a label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverviewClass {
    /// The label.
    pub label: String,
    /// The words with the largest mean weights over all texts, of either sign, in descending order: those that support the
    /// label first.
    pub words: Vec<OverviewWord>,
}

/// A word and its mean contribution to a label's probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverviewWord {
    /// The token.
    pub token: String,
    /// The number of texts that contain it.
    pub texts: usize,
    /// The mean weight over the texts that contain it.
    pub mean_weight: f64,
    /// The mean weight over all texts.
    pub mean_over_texts: f64,
}

impl Overview {
    /// Returns the `words` strongest words for each label, and up to `representatives` texts, selected on the
    /// `strongest` words of each text. The explanations must have all words of their texts, with all occurrences
    /// together.
    pub fn of(
        explanations: Vec<Explanation>,
        labels: &[String],
        words: usize,
        representatives: usize,
        strongest: usize,
    ) -> Self {
        let classes = labels.iter().map(|label| OverviewClass {
            label: label.clone(),
            words: words_for(&explanations, label, words),
        });
        let classes = classes.filter(|class| !class.words.is_empty()).collect();
        let basis = explanations.first().map(|explanation| explanation.basis);
        let of_strongest = explanations.into_iter();
        let explanations: Vec<Explanation> = of_strongest
            .map(|explanation| explanation.with_strongest(strongest))
            .collect();
        let picked = pick(&explanations, representatives).into_iter();
        Self {
            method: basis.map_or("", Basis::method).into(),
            texts: explanations.len(),
            classes,
            representatives: picked.map(|index| explanations[index].clone()).collect(),
        }
    }
}

fn words_for(explanations: &[Explanation], label: &str, most: usize) -> Vec<OverviewWord> {
    let classes = explanations
        .iter()
        .flat_map(|explanation| &explanation.classes);
    let weights = classes
        .filter(|class| class.label == label)
        .flat_map(|class| &class.weights);
    let mut sums: FxHashMap<&str, (usize, f64)> = FxHashMap::default();
    for weight in weights {
        let (texts, sum) = sums.entry(&weight.token).or_default();
        *texts += 1;
        *sum += weight.weight;
    }
    let mut sums: Vec<_> = sums
        .into_iter()
        .filter(|(token, (_, sum))| *sum != 0.0 && matters(token))
        .collect();
    sums.sort_by(|(a, (_, of_a)), (b, (_, of_b))| of_b.abs().total_cmp(&of_a.abs()).then(a.cmp(b)));
    sums.truncate(most);
    sums.sort_by(|(_, (_, of_a)), (_, (_, of_b))| of_b.total_cmp(of_a));
    let words = sums.into_iter().map(|(token, (texts, sum))| OverviewWord {
        token: token.into(),
        texts,
        mean_weight: sum / texts as f64,
        mean_over_texts: sum / explanations.len() as f64,
    });
    words.collect()
}

/// Returns whether a token is more than punctuation.
fn matters(token: &str) -> bool {
    token.contains(char::is_alphanumeric) || is_pictograph(token)
}

/// Selects the explanations with the largest coverage, greedily; ties go to the first. Each word counts once, with the
/// square root of the sum of its absolute weights over all texts (equations 3 and 4).
fn pick(explanations: &[Explanation], most: usize) -> Vec<usize> {
    let mut number_of_word: FxHashMap<&str, usize> = FxHashMap::default();
    let mut importance: Vec<f64> = Vec::new();
    let words_of_texts: Vec<Vec<usize>> = explanations
        .iter()
        .map(|explanation| {
            let weights = explanation.answer().weights.iter();
            let weights = weights.filter(|weight| weight.weight != 0.0);
            weights
                .map(|weight| {
                    let next = number_of_word.len();
                    let word = *number_of_word.entry(&weight.token).or_insert(next);
                    importance.resize(number_of_word.len(), 0.0);
                    importance[word] += weight.weight.abs();
                    word
                })
                .collect()
        })
        .collect();
    let mut left: Vec<f64> = importance.into_iter().map(f64::sqrt).collect();
    let mut picked: Vec<usize> = Vec::new();
    while picked.len() < most.min(explanations.len()) {
        let candidates = (0..explanations.len()).filter(|index| !picked.contains(index));
        let gains = candidates.map(|index| {
            let mut words = words_of_texts[index].clone();
            words.sort_unstable();
            words.dedup();
            (words.iter().map(|&word| left[word]).sum::<f64>(), index)
        });
        let best = gains.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, best)) = best else { break };
        words_of_texts[best]
            .iter()
            .for_each(|&word| left[word] = 0.0);
        picked.push(best);
    }
    picked
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::explanation::{ClassExplanation, Weight};
    use super::*;

    #[derive(Deserialize)]
    struct Fixture {
        texts: Vec<Vec<(String, f64)>>,
        picked: Vec<usize>,
    }

    fn explanation(weights: &[(String, f64)]) -> Explanation {
        let weights = weights.iter().map(|(token, weight)| Weight {
            token: token.clone(),
            spans: Vec::new(),
            weight: *weight,
        });
        Explanation {
            text: String::new(),
            label: "good".into(),
            score: 0.9,
            reason: None,
            unread_tokens: 0,
            read_from: 0,
            unknown: Vec::new(),
            basis: Basis::Attention,
            classes: vec![ClassExplanation {
                label: "good".into(),
                probability: 0.9,
                fit: None,
                weights: weights.collect(),
            }],
        }
    }

    /// benches/peers/lime_fixture.py generates the fixture.
    #[test]
    fn the_pick_is_that_of_the_reference() {
        let fixture = include_str!("../../tests/fixtures/lime.json");
        let Fixture { texts, picked } = serde_json::from_str(fixture).unwrap();
        let explanations: Vec<Explanation> = texts.iter().map(|text| explanation(text)).collect();
        assert_eq!(pick(&explanations, picked.len()), picked);
    }

    #[test]
    fn words_are_counted_wherever_they_are_and_texts_shown_with_the_strongest() {
        let word = |token: &str, weight| (token.to_string(), weight);
        let explanations = vec![
            explanation(&[
                word("fine", 0.5),
                word("the", 0.1),
                word("bad", -0.4),
                word("!", 0.6),
            ]),
            explanation(&[word("the", 0.2)]),
        ];
        let labels = ["bad", "good"].map(String::from);
        let overview = Overview::of(explanations, &labels, 3, 1, 2);
        // The other label was not requested.
        assert_eq!(overview.classes.len(), 1);
        let words = &overview.classes[0].words;
        let found: Vec<_> = words
            .iter()
            .map(|word| (word.token.as_str(), word.texts))
            .collect();
        assert_eq!(found, [("fine", 1), ("the", 2), ("bad", 1)]);
        assert!((words[1].mean_weight - 0.15).abs() < 1e-12);
        assert!((words[0].mean_over_texts - 0.25).abs() < 1e-12);
        assert_eq!(overview.representatives[0].answer().weights.len(), 2);
    }
}
