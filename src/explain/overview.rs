//! Explanations of many texts put together: the words that matter for each label, and a few texts that show most of
//! them.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::explanation::{Basis, Explanation};

/// What a classifier rests its answers on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    /// How words were weighed.
    pub method: String,
    /// How many texts were explained.
    pub texts: usize,
    /// For each label that was explained, in the classifier's order.
    pub classes: Vec<OverviewClass>,
    /// Explanations that together show as much as possible of what matters, the one that shows most first:
    /// SP-LIME's pick (Ribeiro et al., 2016, algorithm 2).
    pub representatives: Vec<Explanation>,
}

/// The words that speak for a label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverviewClass {
    /// The label.
    pub label: String,
    /// Those that add most over all texts first.
    pub words: Vec<OverviewWord>,
}

/// A word and what it adds to a label's probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverviewWord {
    /// The token.
    pub token: String,
    /// In how many of the texts it is.
    pub texts: usize,
    /// What it adds on average where it is.
    pub mean_weight: f64,
    /// What it adds on average over all texts.
    pub mean_over_texts: f64,
}

impl Overview {
    /// The `words` that speak most for each of the labels, and so many `representatives`, for which the `strongest`
    /// words of each text count. The explanations have all words of their texts, at all of their places together.
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
        .filter(|(_, (_, sum))| *sum > 0.0)
        .collect();
    sums.sort_by(|(a, (_, of_a)), (b, (_, of_b))| of_b.total_cmp(of_a).then(a.cmp(b)));
    sums.truncate(most);
    let words = sums.into_iter().map(|(token, (texts, sum))| OverviewWord {
        token: token.into(),
        texts,
        mean_weight: sum / texts as f64,
        mean_over_texts: sum / explanations.len() as f64,
    });
    words.collect()
}

/// The explanations of the answers that cover most: a word counts the square root of its absolute weights' sum over all
/// texts, once (equations 3 and 4). Each time the one is taken that adds most; of equals the first.
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
            basis: Basis::Attention,
            classes: vec![ClassExplanation {
                label: "good".into(),
                probability: 0.9,
                fit: None,
                weights: weights.collect(),
            }],
        }
    }

    /// The fixture is made by benches/peers/lime_fixture.py.
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
            explanation(&[word("fine", 0.5), word("the", 0.1), word("bad", -0.4)]),
            explanation(&[word("the", 0.2)]),
        ];
        let labels = ["bad", "good"].map(String::from);
        let overview = Overview::of(explanations, &labels, 5, 1, 2);
        // Nothing was asked of the other label.
        assert_eq!(overview.classes.len(), 1);
        let words = &overview.classes[0].words;
        let found: Vec<_> = words
            .iter()
            .map(|word| (word.token.as_str(), word.texts))
            .collect();
        assert_eq!(found, [("fine", 1), ("the", 2)]);
        assert!((words[1].mean_weight - 0.15).abs() < 1e-12);
        assert!((words[0].mean_over_texts - 0.25).abs() < 1e-12);
        assert_eq!(overview.representatives[0].answer().weights.len(), 2);
    }
}
