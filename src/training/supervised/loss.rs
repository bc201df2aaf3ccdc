//! The training loss: cross-entropy with class weights and label smoothing.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::log_softmax;

/// Cross-entropy weighted by class and divided by the sum of the weights, as `cross_entropy(weight=…)` in
/// PyTorch.
///
/// With label smoothing ε the target is `(1 - ε) target + ε / labels` (Szegedy et al., 2016, section 7).
#[derive(Clone, Debug)]
pub(super) struct Loss {
    /// The weight of each label.
    pub class_weights: Vec<f32>,
    /// ε, from 0 to below 1.
    pub label_smoothing: f32,
}

impl Loss {
    /// Returns the mean loss of `logits`, `[rows, labels]`, for target probabilities of the same shape.
    pub(super) fn mean(&self, logits: &Tensor, targets: &[f32]) -> Result<Tensor> {
        let classes = self.class_weights.len();
        let mut weighted = Vec::with_capacity(targets.len());
        let mut total = 0f32;
        for target in targets.chunks(classes) {
            let pairs = target.iter().zip(&self.class_weights);
            let weight: f32 = pairs.map(|(target, weight)| target * weight).sum();
            let spread = weight * self.label_smoothing / classes as f32;
            let pairs = target.iter().zip(&self.class_weights);
            weighted.extend(
                pairs.map(|(target, weight)| {
                    target * weight * (1.0 - self.label_smoothing) + spread
                }),
            );
            total += weight;
        }
        let rows = targets.len() / classes;
        let targets = Tensor::from_vec(weighted, (rows, classes), logits.device())?;
        let log_probabilities = log_softmax(logits, D::Minus1)?;
        (log_probabilities * targets)?
            .sum_all()?
            .affine(-1.0 / f64::from(total), 0.0)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn loss(class_weights: [f32; 3], label_smoothing: f32) -> f32 {
        let logits = [[1.0f32, 2.0, -1.0], [0.5, 0.0, 3.0]];
        let logits = Tensor::new(&logits, &Device::Cpu).unwrap();
        let loss = Loss {
            class_weights: class_weights.to_vec(),
            label_smoothing,
        };
        let targets = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        loss.mean(&logits, &targets).unwrap().to_scalar().unwrap()
    }

    /// `-log softmax` of the two rows at their labels is 1.3490 and 0.1239.
    #[test]
    fn loss_is_the_weighted_cross_entropy() {
        assert!((loss([1.0; 3], 0.0) - (1.3490 + 0.1239) / 2.0).abs() < 1e-4);
        assert!((loss([3.0, 1.0, 1.0], 0.0) - (3.0 * 1.3490 + 0.1239) / 4.0).abs() < 1e-4);
    }

    /// `torch.nn.functional.cross_entropy(logits, torch.tensor([0, 2]), label_smoothing=0.1)`.
    #[test]
    fn label_smoothing_matches_pytorch() {
        let uniform = [
            (1.3490 + 0.3490 + 3.3490) / 3.0,
            (2.6239 + 3.1239 + 0.1239) / 3.0,
        ];
        let smoothed: f64 = 0.9 * (1.3490 + 0.1239) / 2.0 + 0.1 * (uniform[0] + uniform[1]) / 2.0;
        assert!((f64::from(loss([1.0; 3], 0.1)) - smoothed).abs() < 1e-4);
    }
}
