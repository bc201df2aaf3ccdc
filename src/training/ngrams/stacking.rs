//! Stacking: the weights of the network's logits and of the n-gram model's logits in their sum.
//!
//! Both models are fitted to the training set, which the network overfits more, so an unweighted sum would
//! favour the network. The two weights are fitted to the validation set by logistic regression (Wolpert,
//! 1992, stacked generalization).

use crate::model::Decision;

/// The number of Newton steps. The loss is convex in the two weights, so a few are enough.
pub(super) const STEPS: usize = 20;

/// The coefficient of an L2 penalty on the distance of each weight from 1. It keeps Newton steps finite when
/// the texts do not determine the weights.
pub(super) const PENALTY: f64 = 1e-3;

/// The weights of the two models' logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stacking {
    pub(crate) network: f64,
    pub(crate) ngrams: f64,
}

impl Stacking {
    /// Returns the weights with the lowest mean cross-entropy on the labels, weighted by class, given the logits of both
    /// models, `[texts, labels]`.
    pub(crate) fn fit(
        network: &[Vec<f32>],
        ngrams: &[Vec<f32>],
        labels: &[u32],
        class_weights: &[f32],
    ) -> Self {
        let weights: Vec<f64> = labels
            .iter()
            .map(|&label| f64::from(class_weights[label as usize]))
            .collect();
        Self::fit_targets(network, ngrams, &weights, |text, logits| {
            f64::from(logits[labels[text] as usize])
        })
    }

    /// Like [`Stacking::fit`], for texts with the probability of each label, `[texts, labels]`.
    pub(crate) fn fit_soft(
        network: &[Vec<f32>],
        ngrams: &[Vec<f32>],
        distributions: &[Vec<f32>],
    ) -> Self {
        let weights = vec![1.0; distributions.len()];
        Self::fit_targets(network, ngrams, &weights, |text, logits| {
            let pairs = distributions[text].iter().zip(logits);
            pairs.map(|(share, logit)| f64::from(share * logit)).sum()
        })
    }

    /// Fits the weights to texts with these weights in the loss. `of_target` returns the mean of logits, `[labels]`, under
    /// the target distribution of a text.
    fn fit_targets(
        network: &[Vec<f32>],
        ngrams: &[Vec<f32>],
        weights: &[f64],
        of_target: impl Fn(usize, &[f32]) -> f64,
    ) -> Self {
        let total: f64 = weights.iter().sum();
        let total = if total > 0.0 { total } else { 1.0 };
        let mut scales = [1f64; 2];
        for _ in 0..STEPS {
            let stacking = Self {
                network: scales[0],
                ngrams: scales[1],
            };
            let mut gradient = scales.map(|scale| PENALTY * (scale - 1.0));
            let mut curvature = [[PENALTY, 0.0], [0.0, PENALTY]];
            let texts = network.iter().zip(ngrams).zip(weights).enumerate();
            for (text, ((network, ngrams), weight)) in texts {
                let probabilities =
                    Decision::default().probabilities(&stacking.logits(network, ngrams));
                let share = weight / total;
                let parts = [network, ngrams];
                let mean = parts.map(|part| expectation(&probabilities, |i| f64::from(part[i])));
                for a in 0..2 {
                    gradient[a] += share * (mean[a] - of_target(text, parts[a]));
                    for b in 0..2 {
                        let product = expectation(&probabilities, |i| {
                            f64::from(parts[a][i]) * f64::from(parts[b][i])
                        });
                        curvature[a][b] += share * (product - mean[a] * mean[b]);
                    }
                }
            }
            scales = newton_step(scales, gradient, curvature);
        }
        Self {
            network: scales[0],
            ngrams: scales[1],
        }
    }

    /// Returns the weighted sum of the two models' logits, `[labels]`.
    pub(crate) fn logits(self, network: &[f32], ngrams: &[f32]) -> Vec<f32> {
        let (network_weight, ngrams_weight) = (self.network as f32, self.ngrams as f32);
        network
            .iter()
            .zip(ngrams)
            .map(|(network, ngrams)| network_weight * network + ngrams_weight * ngrams)
            .collect()
    }
}

/// Returns the two weights after a Newton step. A negative weight would invert a model's predictions.
pub(super) fn newton_step(
    scales: [f64; 2],
    gradient: [f64; 2],
    curvature: [[f64; 2]; 2],
) -> [f64; 2] {
    let [[aa, ab], [ba, bb]] = curvature;
    let determinant = aa * bb - ab * ba;
    let step = [
        (bb * gradient[0] - ab * gradient[1]) / determinant,
        (aa * gradient[1] - ba * gradient[0]) / determinant,
    ];
    [0, 1].map(|part| (scales[part] - step[part].clamp(-0.5, 0.5)).max(0.0))
}

fn expectation(probabilities: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    let terms = probabilities.iter().enumerate();
    terms
        .map(|(index, probability)| probability * value(index))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The network has accuracy 0.7 and the n-gram model 0.9, with independent errors. The optimal weights are
    /// half the log-odds of a correct prediction, because the two logits differ by 2.
    #[test]
    fn weights_follow_the_accuracy_of_each_model() {
        let (mut network, mut ngrams, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for text in 0..1000 {
            let logits = |is_correct: bool| {
                if is_correct {
                    vec![-1.0, 1.0]
                } else {
                    vec![1.0, -1.0]
                }
            };
            network.push(logits(text % 10 < 7));
            ngrams.push(logits(text / 10 % 10 < 9));
            labels.push(1);
        }
        let Stacking { network, ngrams } = Stacking::fit(&network, &ngrams, &labels, &[1.0; 2]);
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
    fn without_texts_both_weights_are_one() {
        let expected = Stacking {
            network: 1.0,
            ngrams: 1.0,
        };
        assert_eq!(Stacking::fit(&[], &[], &[], &[]), expected);
    }

    /// A class that counts three times has the same effect as three copies of each of its texts.
    #[test]
    fn class_weights_count_texts_several_times() {
        let rows = [
            ([0.4, -0.2], [1.0, 0.1], 0u32, 1),
            ([-0.3, 0.9], [0.2, 0.4], 1, 3),
            ([0.8, 0.1], [-0.6, 0.3], 1, 3),
            ([-0.5, 0.2], [0.7, -0.1], 0, 1),
        ];
        let fit = |copies: bool, class_weights: [f32; 2]| {
            let (mut network, mut ngrams, mut labels) = (Vec::new(), Vec::new(), Vec::new());
            for (of_network, of_ngrams, label, times) in rows {
                for _ in 0..if copies { times } else { 1 } {
                    network.push(of_network.to_vec());
                    ngrams.push(of_ngrams.to_vec());
                    labels.push(label);
                }
            }
            Stacking::fit(&network, &ngrams, &labels, &class_weights)
        };
        let (weighted, copied) = (fit(false, [1.0, 3.0]), fit(true, [1.0, 1.0]));
        assert!((weighted.network - copied.network).abs() < 1e-6);
        assert!((weighted.ngrams - copied.ngrams).abs() < 1e-6);
    }
}
