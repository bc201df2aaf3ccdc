//! Target distributions: one-hot for labelled texts, given by soft labels, or spread over the neighbours of an ordinal label; soft for
//! pseudo-labelled texts.

use super::labelled_texts::LabelledTexts;
use crate::model::OutputKind;

/// The target probability of each label for each text: labelled texts first, then pseudo-labelled ones.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    classes: usize,
    /// The labels of the labelled texts.
    labels: TextLabels,
    /// The probabilities of the labels for each labelled text, which are its targets instead of its label; empty without
    /// soft labels.
    distributions: Vec<Vec<f32>>,
    /// The soft pseudo-labels, `[texts, classes]`.
    pseudo_labels: Vec<f32>,
    /// The network's target probabilities for each label, `[classes, classes]`; `None` for one-hot targets.
    label_distributions: Option<Vec<f32>>,
}

/// The labels of texts.
#[derive(Clone, Debug)]
enum TextLabels {
    /// One label a text.
    One(Vec<u32>),
    /// Any number of labels a text.
    Sets(Vec<Vec<u32>>),
}

impl TextLabels {
    fn len(&self) -> usize {
        match self {
            Self::One(labels) => labels.len(),
            Self::Sets(sets) => sets.len(),
        }
    }

    /// Returns the labels of a text, or `None` if there is no such text.
    fn get(&self, text: usize) -> Option<&[u32]> {
        match self {
            Self::One(labels) => labels.get(text).map(std::slice::from_ref),
            Self::Sets(sets) => sets.get(text).map(Vec::as_slice),
        }
    }
}

impl Targets {
    /// Returns targets from labels, each below `classes`, and pseudo-labels, `[texts, classes]`.
    pub(crate) fn new(classes: usize, labels: Vec<u32>, pseudo_labels: Vec<f32>) -> Self {
        Self {
            classes,
            labels: TextLabels::One(labels),
            distributions: Vec::new(),
            pseudo_labels,
            label_distributions: None,
        }
    }

    /// Returns the targets of labelled texts for a kind of output.
    pub(crate) fn of(
        output: OutputKind,
        classes: usize,
        data: &LabelledTexts,
        pseudo_labels: Vec<f32>,
    ) -> Self {
        Self {
            label_distributions: match output {
                OutputKind::Ordinal => Some(ordinal_distributions(classes)),
                OutputKind::Single | OutputKind::MultiLabel => None,
            },
            labels: match output {
                OutputKind::MultiLabel => TextLabels::Sets(data.label_sets.clone()),
                OutputKind::Single | OutputKind::Ordinal => TextLabels::One(data.labels.clone()),
            },
            distributions: data.distributions.clone(),
            ..Self::new(classes, Vec::new(), pseudo_labels)
        }
    }

    /// Returns whether each text has exactly one label.
    pub(crate) fn are_exclusive(&self) -> bool {
        matches!(self.labels, TextLabels::One(_))
    }

    /// Replaces the pseudo-labels, `[texts, classes]`.
    pub(crate) fn set_pseudo_labels(&mut self, pseudo_labels: Vec<f32>) {
        self.pseudo_labels = pseudo_labels;
    }

    /// Returns the pseudo-labels, `[texts, classes]`.
    pub(crate) fn pseudo_labels(&self) -> &[f32] {
        &self.pseudo_labels
    }

    /// Returns the label of each labelled text; none if texts may have several labels.
    pub(crate) fn labels(&self) -> &[u32] {
        match &self.labels {
            TextLabels::One(labels) => labels,
            TextLabels::Sets(_) => &[],
        }
    }

    /// Returns the soft labels of the labelled texts; empty without them.
    pub(crate) fn distributions(&self) -> &[Vec<f32>] {
        &self.distributions
    }

    /// Returns the number of labelled texts.
    pub(crate) fn labelled(&self) -> usize {
        self.labels.len()
    }

    /// Returns the number of labelled texts with each label.
    pub(crate) fn label_counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.classes];
        let labels = (0..self.labels.len()).filter_map(|text| self.labels.get(text));
        for &label in labels.flatten() {
            counts[label as usize] += 1;
        }
        counts
    }

    /// Returns the number of labels.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// Returns the weight of each text in a loss with these weights of the labels.
    pub(crate) fn weights(&self, class_weights: &[f32]) -> Vec<f64> {
        let of_text = |text| {
            let labels = class_weights.iter().zip(0..);
            let parts =
                labels.map(|(weight, label)| f64::from(weight * self.probability(text, label)));
            parts.sum()
        };
        (0..self.texts()).map(of_text).collect()
    }

    /// Returns the number of labelled and pseudo-labelled texts.
    pub(crate) fn texts(&self) -> usize {
        self.labels.len() + self.pseudo_labels.len() / self.classes
    }

    /// Returns the target probability of a label for a text, one-hot for labelled texts also if the labels are ordinal:
    /// the n-gram model is fitted to it.
    pub(crate) fn probability(&self, text: usize, label: u32) -> f32 {
        if let Some(distribution) = self.distributions.get(text) {
            return distribution[label as usize];
        }
        match self.labels.get(text) {
            Some(labels) => f32::from(u8::from(labels.contains(&label))),
            None => self.pseudo_label(text)[label as usize],
        }
    }

    /// Returns the network's target probabilities of some texts, `[texts, classes]`.
    pub(crate) fn select(&self, texts: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
        let mut targets = vec![0.0; texts.len() * self.classes];
        for (target, text) in targets.chunks_mut(self.classes).zip(texts) {
            if let Some(distribution) = self.distributions.get(text) {
                target.copy_from_slice(distribution);
                continue;
            }
            match (self.labels.get(text), &self.label_distributions) {
                (Some(labels), None) => {
                    labels
                        .iter()
                        .for_each(|&label| target[label as usize] = 1.0);
                }
                (Some(labels), Some(distributions)) => {
                    let start = labels[0] as usize * self.classes;
                    target.copy_from_slice(&distributions[start..start + self.classes]);
                }
                (None, _) => target.copy_from_slice(self.pseudo_label(text)),
            }
        }
        targets
    }

    fn pseudo_label(&self, text: usize) -> &[f32] {
        let start = (text - self.labels.len()) * self.classes;
        &self.pseudo_labels[start..start + self.classes]
    }
}

/// Returns the target probabilities for each of `classes` ordinal labels, `[classes, classes]`: the softmax of the
/// negative distances of the other labels, counted in labels (Díaz and Marathe, 2019, "Soft labels for ordinal
/// regression", equation 1).
fn ordinal_distributions(classes: usize) -> Vec<f32> {
    let labels = 0..classes;
    let rows = labels.clone().flat_map(|label| {
        let weight = move |other: usize| (-(label.abs_diff(other) as f64)).exp();
        let sum: f64 = labels.clone().map(weight).sum();
        labels
            .clone()
            .map(move |other| (weight(other) / sum) as f32)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinal_targets_fall_with_the_distance() {
        let data = LabelledTexts {
            labels: vec![1, 0],
            ..LabelledTexts::default()
        };
        let targets = Targets::of(OutputKind::Ordinal, 3, &data, Vec::new());
        let found = targets.select(0..2);
        let e = (-1f64).exp();
        let middle = [e, 1.0, e].map(|weight| weight / (1.0 + 2.0 * e));
        let first = [1.0, e, e * e].map(|weight| weight / (1.0 + e + e * e));
        for (found, expected) in found.iter().zip(middle.iter().chain(&first)) {
            assert!((f64::from(*found) - expected).abs() < 1e-6);
        }
        // The n-gram model is fitted to the labels.
        assert_eq!(targets.probability(0, 1), 1.0);
    }

    #[test]
    fn soft_labels_are_the_targets_of_the_network_and_of_ngrams() {
        let data = LabelledTexts {
            labels: vec![1, 0],
            distributions: vec![vec![0.25, 0.75], vec![1.0, 0.0]],
            ..LabelledTexts::default()
        };
        let targets = Targets::of(OutputKind::Single, 2, &data, vec![0.5, 0.5]);
        assert_eq!(targets.select(0..3), [0.25, 0.75, 1.0, 0.0, 0.5, 0.5]);
        let probabilities = [0, 1, 2].map(|text| targets.probability(text, 1));
        assert_eq!(probabilities, [0.75, 0.0, 0.5]);
        assert!(targets.are_exclusive());
    }

    #[test]
    fn a_text_may_have_several_labels_or_none() {
        let data = LabelledTexts {
            label_sets: vec![vec![0, 2], vec![]],
            ..LabelledTexts::default()
        };
        let pseudo_labels = vec![0.9, 0.8, 0.1];
        let targets = Targets::of(OutputKind::MultiLabel, 3, &data, pseudo_labels);
        assert_eq!((targets.labelled(), targets.texts()), (2, 3));
        let found = targets.select(0..3);
        assert_eq!(found, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.9, 0.8, 0.1]);
        assert_eq!(
            [0, 1, 2].map(|label| targets.probability(0, label)),
            [1.0, 0.0, 1.0]
        );
        assert!(!targets.are_exclusive());
    }

    #[test]
    fn labelled_texts_come_before_pseudo_labelled_ones() {
        let targets = Targets::new(2, vec![1, 0], vec![0.25, 0.75]);
        assert_eq!(targets.texts(), 3);
        let found = targets.select([2, 0, 1].into_iter());
        assert_eq!(found, [0.25, 0.75, 0.0, 1.0, 1.0, 0.0]);
        let probabilities = [0, 1, 2].map(|text| targets.probability(text, 1));
        assert_eq!(probabilities, [1.0, 0.0, 0.75]);
    }
}
