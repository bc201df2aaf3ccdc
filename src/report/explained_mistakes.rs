//! Word attributions for the mistakes in a report.

use super::contents::Report;
use crate::classifier::Classifier;
use crate::explain::{ExplainError, Method, Request, explain};

impl Report {
    /// Computes the word weights of each mistake for the predicted label, by integrated gradients.
    pub fn explain_mistakes(&mut self, classifier: &Classifier) -> Result<(), ExplainError> {
        for mistake in &mut self.mistakes {
            let mut labels = classifier.labels().iter();
            let label = labels.position(|label| *label == mistake.predicted);
            let request = Request {
                method: Method::Gradient { steps: None },
                labels: Vec::from_iter(label),
                ..Request::default()
            };
            match explain(classifier, &mistake.text, &request) {
                Ok(explanation) => mistake.weights = explanation.answer().weights.clone(),
                // The model has no tokens to explain in this text.
                Err(ExplainError::Empty) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
