//! Some of a model's labels, to restrict the model to them.

use candle_core::Tensor;

use super::{ModelConfig, ModelError, OutputKind, Thresholds};

/// Some labels of a model: their places in it, and the configuration of the restricted model.
///
/// The output layer and the n-grams of the restricted model have the weights of these labels only, so that the softmax
/// is over them. The temperature stays; thresholds of other labels are dropped.
pub(crate) struct LabelSubset {
    /// The index in the model of each label.
    indices: Vec<u32>,
    pub(crate) config: ModelConfig,
}

impl LabelSubset {
    /// Selects labels of a model with one label a text. There must be at least two, and no label may be repeated.
    pub(crate) fn new(config: &ModelConfig, labels: &[String]) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::LabelSubset {
            labels: labels.join(", "),
            reason,
        };
        if config.decision.output == OutputKind::MultiLabel {
            return Err(invalid("it may predict several labels a text".into()));
        }
        let mut indices = Vec::with_capacity(labels.len());
        for label in labels {
            let index = (config.labels.iter().zip(0..)).find(|(known, _)| *known == label);
            let (_, index) = index.ok_or_else(|| {
                let known = config.labels.join(", ");
                invalid(format!("it has no label {label:?}; its labels are {known}"))
            })?;
            if indices.contains(&index) {
                return Err(invalid(format!("{label:?} is repeated")));
            }
            indices.push(index);
        }
        let mut config = config.clone();
        config.labels = labels.into();
        config.decision.thresholds = kept(&config.decision.thresholds, labels);
        config.check()?;
        Ok(Self { indices, config })
    }

    /// Selects the rows of the labels from a tensor with a row for each label of the model.
    pub(super) fn select_rows(&self, tensor: &Tensor) -> candle_core::Result<Tensor> {
        let indices = Tensor::new(&*self.indices, tensor.device())?;
        tensor.index_select(&indices, 0)
    }

    /// Selects the values of the labels from those of all labels of the model.
    pub(super) fn select(&self, values: &[f32]) -> Vec<f32> {
        let indices = self.indices.iter();
        indices.map(|&index| values[index as usize]).collect()
    }
}

/// Returns the thresholds of these labels.
fn kept(thresholds: &Thresholds, labels: &[String]) -> Thresholds {
    let all = thresholds.iter();
    all.filter(|(label, _)| labels.iter().any(|kept| kept == label))
        .collect()
}
