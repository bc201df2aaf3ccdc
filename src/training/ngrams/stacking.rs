//! How much the network's logits and those of n-grams count where a model has both.
//!
//! Both are fitted to the training texts, of which the network knows more by heart, so their sum as it is
//! would trust the network too much. Each is multiplied by a number of its own; the two numbers are fitted
//! to the validation texts by logistic regression (Wolpert, 1992, stacked generalization).

use crate::model::Decision;

/// Newton's steps; the loss is convex in the two numbers, and a few are enough.
const STEPS: usize = 20;

/// Keeps Newton's steps finite where the texts do not decide the numbers: the strength of the pull
/// towards 1, of each number's distance squared.
const PULL: f64 = 1e-3;

/// What the logits of the two parts are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stacking {
    pub(crate) network: f64,
    pub(crate) ngrams: f64,
}

impl Stacking {
    /// The stacking with the lowest mean cross-entropy for some texts, of which the logits of both parts are
    /// given, `[texts, labels]`.
    pub(crate) fn fit(network: &[Vec<f32>], ngrams: &[Vec<f32>], labels: &[u32]) -> Self {
        let mut scales = [1f64; 2];
        for _ in 0..STEPS {
            let stacking = Self {
                network: scales[0],
                ngrams: scales[1],
            };
            let count = labels.len().max(1) as f64;
            let mut gradient = scales.map(|scale| PULL * (scale - 1.0));
            let mut curvature = [[PULL, 0.0], [0.0, PULL]];
            for ((network, ngrams), &label) in network.iter().zip(ngrams).zip(labels) {
                let chances = Decision::default().probabilities(&stacking.logits(network, ngrams));
                let parts = [network, ngrams];
                let mean = parts.map(|part| expectation(&chances, |i| f64::from(part[i])));
                for a in 0..2 {
                    gradient[a] += (mean[a] - f64::from(parts[a][label as usize])) / count;
                    for b in 0..2 {
                        let product = expectation(&chances, |i| {
                            f64::from(parts[a][i]) * f64::from(parts[b][i])
                        });
                        curvature[a][b] += (product - mean[a] * mean[b]) / count;
                    }
                }
            }
            let [[aa, ab], [ba, bb]] = curvature;
            let determinant = aa * bb - ab * ba;
            let step = [
                (bb * gradient[0] - ab * gradient[1]) / determinant,
                (aa * gradient[1] - ba * gradient[0]) / determinant,
            ];
            // A part never counts against itself.
            scales = [0, 1].map(|part| (scales[part] - step[part].clamp(-0.5, 0.5)).max(0.0));
        }
        Self {
            network: scales[0],
            ngrams: scales[1],
        }
    }

    /// The logits of the two parts together, of which each gives its own.
    pub(crate) fn logits(self, network: &[f32], ngrams: &[f32]) -> Vec<f32> {
        let (of_network, of_ngrams) = (self.network as f32, self.ngrams as f32);
        network
            .iter()
            .zip(ngrams)
            .map(|(network, ngrams)| of_network * network + of_ngrams * ngrams)
            .collect()
    }
}

fn expectation(chances: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    let values = chances.iter().enumerate();
    values.map(|(index, chance)| chance * value(index)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 70 of 100 texts have the label that the network names, 90 the one that n-grams name, and the two
    /// err independently: the best numbers are the log-odds of being right, half of them for each of two
    /// logits that differ by 2.
    #[test]
    fn each_part_counts_by_how_often_it_is_right() {
        let (mut network, mut ngrams, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for text in 0..1000 {
            let says = |right: bool| {
                if right {
                    vec![-1.0, 1.0]
                } else {
                    vec![1.0, -1.0]
                }
            };
            network.push(says(text % 10 < 7));
            ngrams.push(says(text / 10 % 10 < 9));
            labels.push(1);
        }
        let Stacking { network, ngrams } = Stacking::fit(&network, &ngrams, &labels);
        assert!(
            (network - 0.5 * (0.7f64 / 0.3).ln()).abs() < 0.02,
            "{network}"
        );
        assert!(
            (ngrams - 0.5 * (0.9f64 / 0.1).ln()).abs() < 0.02,
            "{ngrams}"
        );
    }

    #[test]
    fn without_texts_both_count_as_they_are() {
        let expected = Stacking {
            network: 1.0,
            ngrams: 1.0,
        };
        assert_eq!(Stacking::fit(&[], &[], &[]), expected);
    }
}
