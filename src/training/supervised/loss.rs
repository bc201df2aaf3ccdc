//! The training loss: cross-entropy, or binary cross-entropy for several labels a text, with class weights and label
//! smoothing.

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
    /// Whether each label has its own sigmoid: a text may have any number of labels.
    pub is_multi_label: bool,
}

impl Loss {
    /// Returns the mean loss of `logits`, `[rows, labels]`, for target probabilities of the same shape.
    pub(super) fn mean(&self, logits: &Tensor, targets: &[f32]) -> Result<Tensor> {
        if self.is_multi_label {
            return self.binary(logits, targets);
        }
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

    /// Returns the mean over rows and labels of the binary cross-entropy, in which the weight of a label multiplies its
    /// positive targets, as `binary_cross_entropy_with_logits(pos_weight=…)` in PyTorch. A smoothed target is
    /// `(1 - ε) target + ε / 2`.
    fn binary(&self, logits: &Tensor, targets: &[f32]) -> Result<Tensor> {
        let classes = self.class_weights.len();
        let (mut positive, mut negative) = (Vec::new(), Vec::new());
        for target in targets.chunks(classes) {
            for (target, weight) in target.iter().zip(&self.class_weights) {
                let target = target * (1.0 - self.label_smoothing) + self.label_smoothing / 2.0;
                positive.push(weight * target);
                negative.push(1.0 - target);
            }
        }
        let shape = (targets.len() / classes, classes);
        let [positive, negative] =
            [positive, negative].map(|values| Tensor::from_vec(values, shape, logits.device()));
        // -log σ(z) is log(1 + exp(-|z|)) + max(-z, 0), and -log(1 - σ(z)) has z instead of -z: both are finite.
        let softplus = ((logits.abs()?.neg()?.exp()? + 1.0)?).log()?;
        let of_positive = (&softplus + logits.neg()?.relu()?)?;
        let of_negative = (&softplus + logits.relu()?)?;
        ((of_positive * positive?)? + (of_negative * negative?)?)?.mean_all()
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
            is_multi_label: false,
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
    /// `torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=torch.tensor([3., 1., 1.]))`
    /// with `targets = torch.tensor([[1., 0., 1.], [0., 0., 0.]])`, and with smoothed targets.
    #[test]
    fn several_labels_have_binary_cross_entropy() {
        let logits = Tensor::new(&[[1.0f32, 2.0, -1.0], [0.5, 0.0, 80.0]], &Device::Cpu).unwrap();
        let mean = |label_smoothing: f32| -> f32 {
            let loss = Loss {
                class_weights: vec![3.0, 1.0, 1.0],
                label_smoothing,
                is_multi_label: true,
            };
            let targets = [1.0, 0.0, 1.0, 0.0, 0.0, 0.0];
            loss.mean(&logits, &targets).unwrap().to_scalar().unwrap()
        };
        assert!((mean(0.0) - 14.3412).abs() < 1e-4);
        assert!((mean(0.2) - 12.9716).abs() < 1e-4);
    }
}
