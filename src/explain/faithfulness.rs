//! Faithfulness of an explanation to the model: the predicted label's probability while words are deleted or inserted,
//! strongest first (the deletion and insertion metrics of Petsiuk, Das and Saenko, 2018, "RISE", section 4.1).

use super::error::ExplainError;
use super::features::Features;
use crate::batch::EncodedTexts;
use crate::classifier::Classifier;

/// The areas under the deletion and insertion curves, over the share of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faithfulness {
    /// The area under the deletion curve: the lower, the more the first words matter.
    pub deletion: f64,
    /// The area under the insertion curve: the higher, the more the first words suffice.
    pub insertion: f64,
}

/// Measures a ranking of all features of a text, those with the largest weights for the label first.
pub fn faithfulness(
    classifier: &Classifier,
    features: &Features,
    order: &[usize],
    label: usize,
) -> Result<Faithfulness, ExplainError> {
    let mut texts = EncodedTexts::default();
    for is_put_in in [false, true] {
        let mut is_kept = vec![!is_put_in; features.len()];
        features.push_kept(&mut texts, &is_kept);
        for &feature in order {
            is_kept[feature] = is_put_in;
            features.push_kept(&mut texts, &is_kept);
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

/// Returns the area under a curve with points evenly spaced from 0 to 1, by the trapezoidal rule.
fn area(curve: &[f64]) -> f64 {
    let steps = curve.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    steps.sum::<f64>() / (curve.len() - 1) as f64
}
