//! Stacking for texts with several labels: the weights with the lowest binary cross-entropy.

use super::stacking::{PENALTY, STEPS, Stacking, newton_step};

impl Stacking {
    /// Returns the weights with the lowest mean binary cross-entropy on the label sets, given the logits of both models,
    /// `[texts, labels]`. The pairs of a text and one of its labels have the weight of the label.
    pub(crate) fn fit_sets(
        network: &[Vec<f32>],
        ngrams: &[Vec<f32>],
        sets: &[Vec<u32>],
        label_weights: &[f32],
    ) -> Self {
        let mut scales = [1f64; 2];
        let weight_of = |label: u32| f64::from(label_weights[label as usize]);
        let pairs: usize = network.iter().map(Vec::len).sum();
        let added = sets.iter().flatten().map(|&label| weight_of(label) - 1.0);
        let total = (pairs as f64 + added.sum::<f64>()).max(f64::MIN_POSITIVE);
        for _ in 0..STEPS {
            let mut gradient = scales.map(|scale| PENALTY * (scale - 1.0));
            let mut curvature = [[PENALTY, 0.0], [0.0, PENALTY]];
            for ((network, ngrams), set) in network.iter().zip(ngrams).zip(sets) {
                for (label, parts) in network.iter().zip(ngrams).enumerate() {
                    let parts = [parts.0, parts.1].map(|&logit| f64::from(logit));
                    let logit = scales[0] * parts[0] + scales[1] * parts[1];
                    let probability = 1.0 / (1.0 + (-logit).exp());
                    let (target, share) = match set.contains(&(label as u32)) {
                        true => (1.0, weight_of(label as u32) / total),
                        false => (0.0, 1.0 / total),
                    };
                    for a in 0..2 {
                        gradient[a] += share * (probability - target) * parts[a];
                        for b in 0..2 {
                            let variance = probability * (1.0 - probability);
                            curvature[a][b] += share * variance * parts[a] * parts[b];
                        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pair of a text and a label is a text of two labels whose logits are 0 and the label's.
    #[test]
    fn weights_are_those_of_pairs_of_a_text_and_a_label() {
        let logits = |phase: f32| -> Vec<Vec<f32>> {
            let value = |index: usize| (phase * index as f32).sin();
            (0..40)
                .map(|text| (0..3).map(|label| value(3 * text + label)).collect())
                .collect()
        };
        let (network, ngrams) = (logits(0.7), logits(1.9));
        let sets: Vec<Vec<u32>> = (0..40)
            .map(|text| (0..3).filter(|label| (text * 5 + label) % 4 < 2).collect())
            .collect();
        let found = Stacking::fit_sets(&network, &ngrams, &sets, &[3.0; 3]);
        let pairs = |logits: &[Vec<f32>]| -> Vec<Vec<f32>> {
            logits
                .iter()
                .flatten()
                .map(|&logit| vec![0.0, logit])
                .collect()
        };
        let present = sets
            .iter()
            .flat_map(|set| (0..3).map(|label| u32::from(set.contains(&label))));
        let present: Vec<u32> = present.collect();
        let expected = Stacking::fit(&pairs(&network), &pairs(&ngrams), &present, &[1.0, 3.0]);
        assert!(
            (found.network - expected.network).abs() < 1e-6,
            "{found:?} {expected:?}"
        );
        assert!(
            (found.ngrams - expected.ngrams).abs() < 1e-6,
            "{found:?} {expected:?}"
        );
    }
}
