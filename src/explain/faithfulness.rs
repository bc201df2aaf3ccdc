//! Whether an explanation is true of the model: the answer's probability while words are taken out or put in, the
//! strongest first (deletion and insertion, of Petsiuk, Das and Saenko, 2018, "RISE", section 4.1).

use super::error::ExplainError;
use super::features::Features;
use crate::batch::EncodedTexts;
use crate::classifier::Classifier;

/// The areas under the two curves, each over the share of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faithfulness {
    /// Of the probability while words are taken out: the lower, the more those that were first mattered.
    pub deletion: f64,
    /// Of the probability while words are put in: the higher, the more those that were first suffice.
    pub insertion: f64,
}

/// Measures an order of all of a text's features, those that push most towards the label first.
pub fn faithfulness(
    classifier: &Classifier,
    features: &Features,
    order: &[usize],
    label: usize,
) -> Result<Faithfulness, ExplainError> {
    let mut texts = EncodedTexts::default();
    for is_put_in in [false, true] {
        let mut is_kept = vec![!is_put_in; features.len()];
        texts.push(features.kept_ids(&is_kept));
        for &feature in order {
            is_kept[feature] = is_put_in;
            texts.push(features.kept_ids(&is_kept));
        }
    }
    let predictions = classifier.predict_encoded(&texts)?;
    let curve: Vec<f64> = predictions
        .iter()
        .map(|prediction| prediction.probabilities[label])
        .collect();
    let (deletion, insertion) = curve.split_at(order.len() + 1);
    Ok(Faithfulness {
        deletion: area(deletion),
        insertion: area(insertion),
    })
}

/// The area under a curve whose points are evenly spaced from 0 to 1, by trapezoids.
fn area(curve: &[f64]) -> f64 {
    let steps = curve.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    steps.sum::<f64>() / (curve.len() - 1) as f64
}
