//! The label `neutral` of a model, which can be left out.

use super::Classifier;
use crate::corpus::label_key;
use crate::model::{ModelError, OutputKind};

/// The key of the label.
const NEUTRAL: &str = "neutral";

impl Classifier {
    /// Returns the labels besides `neutral`, in any spelling; `None` if the model has no such label, fewer than two others,
    /// or may predict several labels a text.
    pub fn labels_besides_neutral(&self) -> Option<Vec<String>> {
        if self.config().decision.output == OutputKind::MultiLabel {
            return None;
        }
        let others = self.labels().iter();
        let others = others.filter(|label| label_key(label) != NEUTRAL);
        let others: Vec<String> = others.cloned().collect();
        (others.len() + 1 == self.labels().len() && others.len() > 1).then_some(others)
    }

    /// Returns a classifier of the same model without the label `neutral`: see [`Classifier::restricted_to`].
    ///
    /// # Errors
    /// If the labels of the model are not `neutral` and two others.
    pub fn two_classes(&self) -> Result<Self, ModelError> {
        match self.labels_besides_neutral() {
            Some(others) if others.len() == 2 => self.restricted_to(&others),
            _ => Err(ModelError::NoNeutral {
                labels: self.labels().join(", "),
            }),
        }
    }
}
