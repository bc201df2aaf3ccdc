//! What a run takes its texts for: a label where a person gave one, probabilities where a model did.

/// Of each text the probability of each label.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    classes: usize,
    /// Of the first texts, each one's label.
    labels: Vec<u32>,
    /// Of the others, `[texts, classes]`.
    probabilities: Vec<f32>,
}

impl Targets {
    /// The labels of some texts, each below `classes`, and then what a model says of others, `[texts, classes]`.
    pub(crate) fn new(classes: usize, labels: Vec<u32>, probabilities: Vec<f32>) -> Self {
        Self {
            classes,
            labels,
            probabilities,
        }
    }

    /// Changes what a model says of the texts without labels: `[texts, classes]`.
    pub(crate) fn set_pseudo_labels(&mut self, probabilities: Vec<f32>) {
        self.probabilities = probabilities;
    }

    /// What a model says of the texts without labels: `[texts, classes]`.
    pub(crate) fn pseudo_labels(&self) -> &[f32] {
        &self.probabilities
    }

    /// How many texts have labels that were given.
    pub(crate) fn given(&self) -> usize {
        self.labels.len()
    }

    /// How many labels there are.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// How many texts there are.
    pub(crate) fn texts(&self) -> usize {
        self.labels.len() + self.probabilities.len() / self.classes
    }

    /// How probable a label is for a text.
    pub(crate) fn probability(&self, text: usize, label: u32) -> f32 {
        match self.labels.get(text) {
            Some(&given) => f32::from(u8::from(given == label)),
            None => self.probabilities(text)[label as usize],
        }
    }

    /// The probabilities of some texts: `[texts, classes]`.
    pub(crate) fn of_texts(&self, texts: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
        let mut targets = vec![0.0; texts.len() * self.classes];
        for (target, text) in targets.chunks_mut(self.classes).zip(texts) {
            match self.labels.get(text) {
                Some(&label) => target[label as usize] = 1.0,
                None => target.copy_from_slice(self.probabilities(text)),
            }
        }
        targets
    }

    fn probabilities(&self, text: usize) -> &[f32] {
        let start = (text - self.labels.len()) * self.classes;
        &self.probabilities[start..start + self.classes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_before_probabilities() {
        let targets = Targets::new(2, vec![1, 0], vec![0.25, 0.75]);
        assert_eq!(targets.texts(), 3);
        let found = targets.of_texts([2, 0, 1].into_iter());
        assert_eq!(found, [0.25, 0.75, 0.0, 1.0, 1.0, 0.0]);
        let of_label = [0, 1, 2].map(|text| targets.probability(text, 1));
        assert_eq!(of_label, [1.0, 0.0, 0.75]);
    }
}
