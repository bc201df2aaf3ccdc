//! The weights of attention, of a model that has them. They say what the model looked at, and not for which label.

use super::error::ExplainError;
use super::explanation::Basis;
use super::features::{Features, LabelWeights};
use crate::batch::Batch;
use crate::classifier::Classifier;

/// How much of what the network pools each feature of a text is: the same for every label.
pub fn attention(
    classifier: &Classifier,
    features: &Features,
    labels: &[usize],
) -> Result<(Basis, Vec<LabelWeights>), ExplainError> {
    let network = classifier.network();
    let batch = Batch::pack(&[features.ids()]);
    let weights = network.attention(&batch, &network.embed(&batch)?)?;
    let weights = weights.ok_or(ExplainError::NoAttention)?;
    let of_tokens: Vec<f64> = weights
        .to_vec1::<f32>()?
        .into_iter()
        .map(f64::from)
        .collect();
    let weighed = LabelWeights {
        fit: None,
        weights: features.sum(&of_tokens).into_iter().enumerate().collect(),
    };
    Ok((Basis::Attention, vec![weighed; labels.len()]))
}
