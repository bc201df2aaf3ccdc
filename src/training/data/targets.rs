//! Target distributions: one-hot for labelled texts, soft for pseudo-labelled ones.

/// The target probability of each label for each text: labelled texts first, then pseudo-labelled ones.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    classes: usize,
    /// The labels of the labelled texts.
    labels: Vec<u32>,
    /// The soft pseudo-labels, `[texts, classes]`.
    pseudo_labels: Vec<f32>,
}

impl Targets {
    /// Returns targets from labels, each below `classes`, and pseudo-labels, `[texts, classes]`.
    pub(crate) fn new(classes: usize, labels: Vec<u32>, pseudo_labels: Vec<f32>) -> Self {
        Self {
            classes,
            labels,
            pseudo_labels,
        }
    }

    /// Replaces the pseudo-labels, `[texts, classes]`.
    pub(crate) fn set_pseudo_labels(&mut self, pseudo_labels: Vec<f32>) {
        self.pseudo_labels = pseudo_labels;
    }

    /// Returns the pseudo-labels, `[texts, classes]`.
    pub(crate) fn pseudo_labels(&self) -> &[f32] {
        &self.pseudo_labels
    }

    /// Returns the number of labelled texts.
    pub(crate) fn labelled(&self) -> usize {
        self.labels.len()
    }

    /// Returns the number of labels.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// Returns the number of labelled and pseudo-labelled texts.
    pub(crate) fn texts(&self) -> usize {
        self.labels.len() + self.pseudo_labels.len() / self.classes
    }

    /// Returns the target probability of a label for a text.
    pub(crate) fn probability(&self, text: usize, label: u32) -> f32 {
        match self.labels.get(text) {
            Some(&actual) => f32::from(u8::from(actual == label)),
            None => self.pseudo_label(text)[label as usize],
        }
    }

    /// Returns the target probabilities of some texts, `[texts, classes]`.
    pub(crate) fn select(&self, texts: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
        let mut targets = vec![0.0; texts.len() * self.classes];
        for (target, text) in targets.chunks_mut(self.classes).zip(texts) {
            match self.labels.get(text) {
                Some(&label) => target[label as usize] = 1.0,
                None => target.copy_from_slice(self.pseudo_label(text)),
            }
        }
        targets
    }

    fn pseudo_label(&self, text: usize) -> &[f32] {
        let start = (text - self.labels.len()) * self.classes;
        &self.pseudo_labels[start..start + self.classes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
