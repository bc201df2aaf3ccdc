//! The label `neutral`, which `--two-classes` leaves out, as `eval` does on a corpus without it.

use sentiment::classifier::Classifier;
use sentiment::corpus::label_key;
use sentiment::model::OutputKind;

/// The key of the label.
const NEUTRAL: &str = "neutral";

/// Returns the labels of a model besides `neutral`; `None` if it has no such label or may predict several labels a text.
pub fn labels_besides_neutral(classifier: &Classifier) -> Option<Vec<String>> {
    if classifier.config().decision.output == OutputKind::MultiLabel {
        return None;
    }
    let labels = classifier.labels();
    let others = labels.iter().filter(|label| label_key(label) != NEUTRAL);
    let others: Vec<String> = others.cloned().collect();
    (others.len() + 1 == labels.len() && others.len() > 1).then_some(others)
}

/// Restricts a model of the labels negative, neutral and positive, in any spelling, to two classes. Messages call the
/// model `name`.
pub fn two_classes(classifier: &Classifier, name: &str) -> anyhow::Result<Classifier> {
    match labels_besides_neutral(classifier) {
        Some(others) if others.len() == 2 => Ok(classifier.restricted_to(&others)?),
        _ => anyhow::bail!(
            "--two-classes requires a model with the label neutral and two others; the labels of {name} are {}",
            classifier.labels().join(", ")
        ),
    }
}
