//! Explanations of predictions: the weight of each word for each label.
//!
//! [`explain`] weights a text's words by one of three methods; all return the same type. [`Method::Lime`] fits a linear
//! model to predictions with words removed, [`Method::Gradient`] integrates the gradient from unknown words to the
//! text, and [`Method::Attention`] returns the attention weights of a network that has them. [`Overview`] summarises
//! the explanations of many texts. [`faithfulness()`] measures how faithful an explanation is to the model.
//!
//! ```
//! use sentiment::Device;
//! use sentiment::classifier::Classifier;
//! use sentiment::explain::{Method, Request, explain};
//!
//! let classifier = Classifier::general(&Device::Cpu)?;
//! let request = Request { method: Method::Gradient { steps: None }, ..Request::default() };
//! let explanation = explain(&classifier, "The acting is wonderful", &request)?;
//! let strongest = &explanation.answer().weights[0];
//! assert_eq!((strongest.token.as_str(), strongest.weight > 0.0), ("wonderful", true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attention;
mod error;
mod explanation;
mod faithfulness;
mod feature_selection;
mod features;
mod gradient;
mod lime;
mod overview;
mod page;
mod path;
mod quadrature;
mod request;
mod ridge;
mod shading;
pub(crate) mod words;

pub use error::ExplainError;
pub use explanation::{Basis, ClassExplanation, Explanation, Fit, Weight};
pub use faithfulness::{Faithfulness, faithfulness};
pub use features::{Feature, Features};
pub use overview::{Overview, OverviewClass, OverviewWord};
pub use page::{explanation_page, overview_page};
pub use request::{Method, Request};
pub use shading::{FULL_WEIGHT, Piece, Reading, pieces};

use crate::classifier::Classifier;
use crate::model::ScoringPrecision;
use lime::Sampling;

/// Returns whether an explanation is still wanted.
pub type IsWanted<'a> = &'a dyn Fn() -> bool;

/// The maximum number of labels explained by default.
const MOST_CLASSES: usize = 10;

/// Explains a classifier's prediction for a text.
///
/// # Panics
/// If a requested label is none of the classifier's.
pub fn explain(
    classifier: &Classifier,
    text: &str,
    request: &Request,
) -> Result<Explanation, ExplainError> {
    explain_while(classifier, text, request, &|| true)
}

/// Explains a classifier's prediction for a text while `is_wanted` returns `true`. It is asked before each batch of texts that the
/// classifier predicts, which takes a fraction of a second. Returns [`ExplainError::Stopped`] after it returned `false`.
///
/// # Panics
/// If a requested label is none of the classifier's.
pub fn explain_while(
    classifier: &Classifier,
    text: &str,
    request: &Request,
    is_wanted: IsWanted,
) -> Result<Explanation, ExplainError> {
    check(is_wanted)?;
    let exact;
    let classifier = match request.method {
        Method::Lime { .. } => classifier,
        // The gradients and the attention are those of the network in `f32`, and so is the prediction that they explain.
        Method::Gradient { .. } | Method::Attention => {
            exact = classifier.clone().with_precision(ScoringPrecision::F32)?;
            &exact
        }
    };
    let features = Features::of(classifier, text, request.by_position)?;
    let prediction = features.predict(classifier)?;
    let labels = match (request.labels.as_slice(), request.method) {
        ([], Method::Attention) => vec![prediction.class],
        ([], _) => most_probable(&prediction.probabilities),
        (labels, _) => labels.to_vec(),
    };
    let (basis, weighed) = match request.method {
        Method::Lime { samples, seed } => {
            let sampling = Sampling {
                most_words: request.words,
                samples,
                seed,
            };
            lime::lime(
                classifier,
                &features,
                &labels,
                &prediction,
                sampling,
                is_wanted,
            )?
        }
        Method::Gradient { steps } => {
            gradient::integrated_gradients(classifier, &features, &labels, steps, is_wanted)?
        }
        Method::Attention => attention::attention(classifier, &features, &labels)?,
    };
    let classes = labels
        .iter()
        .zip(weighed)
        .map(|(&label, weighed)| ClassExplanation {
            label: classifier.labels()[label].clone(),
            probability: prediction.probabilities[label],
            fit: weighed.fit,
            weights: strongest(&features, weighed.weights, request.words),
        });
    Ok(Explanation {
        text: text.into(),
        label: prediction.label().into(),
        score: prediction.score(),
        reason: prediction.reason(0.0).map(String::from),
        unread_tokens: features.unread_tokens(),
        read_from: features.read_from(),
        unknown: features.unknown().to_vec(),
        basis,
        classes: classes.collect(),
    })
}

/// Returns an error if the explanation is not wanted any more.
fn check(is_wanted: IsWanted) -> Result<(), ExplainError> {
    match is_wanted() {
        true => Ok(()),
        false => Err(ExplainError::Stopped),
    }
}

/// Returns the most probable labels, in the classifier's order.
fn most_probable(probabilities: &[f64]) -> Vec<usize> {
    let mut labels: Vec<usize> = (0..probabilities.len()).collect();
    labels.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    labels.truncate(MOST_CLASSES);
    labels.sort_unstable();
    labels
}

fn strongest(features: &Features, mut weights: Vec<(usize, f64)>, most: usize) -> Vec<Weight> {
    weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    weights.truncate(most);
    let weights = weights.into_iter().map(|(feature, weight)| {
        let Feature { token, spans } = features.get(feature).clone();
        Weight {
            token,
            spans,
            weight,
        }
    });
    weights.collect()
}
