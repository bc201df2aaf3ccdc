//! Attention weights, for models with attention pooling. They show where the model attends, not which label a word
//! supports.

use super::error::ExplainError;
use super::explanation::Basis;
use super::features::{Features, LabelWeights};
use crate::batch::Batch;
use crate::classifier::Classifier;

/// Returns the attention weight of each feature, the same for every label.
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
