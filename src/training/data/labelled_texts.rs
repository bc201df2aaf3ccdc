//! Texts with their labels.

use crate::corpus::{Corpus, Example, LabelSet, soft_label_text};
use crate::model::check_labels;
use crate::training::error::TrainingError;

/// Texts and the index of each text's label.
#[derive(Clone, Debug, Default)]
pub struct LabelledTexts {
    /// The texts.
    pub texts: Vec<String>,
    /// For each text, the index of its label in [`Dataset::labels`](super::dataset::Dataset::labels). Empty if texts may have several labels.
    pub labels: Vec<u32>,
    /// For each text, the indices of its labels, if texts may have any number of labels.
    pub label_sets: Vec<Vec<u32>>,
    /// For each text, the probability of each label, if the corpus has soft labels. Its label is the most probable one.
    pub distributions: Vec<Vec<f32>>,
}

impl LabelledTexts {
    /// Converts the examples of a corpus. Returns the labels too.
    pub(crate) fn of(corpus: Corpus) -> Result<(Self, Vec<String>), TrainingError> {
        let Corpus {
            examples,
            labels,
            is_multi_label,
            distributions,
            ..
        } = corpus;
        let mut texts = match is_multi_label {
            true => Self::with_sets(examples, &labels, "the corpus")?,
            false => Self::new(examples, &labels, "the corpus")?,
        };
        texts.distributions = distributions;
        Ok((texts, labels))
    }

    /// Like [`LabelledTexts::new`], for examples whose labels are [`LabelSet`]s.
    pub fn with_sets(
        examples: Vec<Example>,
        labels: &[String],
        name: &str,
    ) -> Result<Self, TrainingError> {
        check_labels(labels.len())?;
        let mut indexed = Self::default();
        for Example { text, label } in examples {
            let set = LabelSet::parse(&label).unwrap_or_else(|| LabelSet::from_iter([label]));
            let indices = set.iter().map(|label| index_of(label, labels, name));
            indexed.label_sets.push(indices.collect::<Result<_, _>>()?);
            indexed.texts.push(text);
        }
        Ok(indexed)
    }

    /// Converts the labels of examples to indices in `labels`. The error about an unknown label refers
    /// to the examples by `name`.
    pub fn new(
        examples: Vec<Example>,
        labels: &[String],
        name: &str,
    ) -> Result<Self, TrainingError> {
        check_labels(labels.len())?;
        let mut indexed = Self::default();
        for Example { text, label } in examples {
            indexed.labels.push(index_of(&label, labels, name)?);
            indexed.texts.push(text);
        }
        Ok(indexed)
    }

    /// Returns the texts at `indices`.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self {
            texts: indices
                .iter()
                .map(|&index| self.texts[index].clone())
                .collect(),
            labels: pick(&self.labels, indices),
            label_sets: pick(&self.label_sets, indices),
            distributions: pick(&self.distributions, indices),
        }
    }

    /// Returns the label of each text as the probability of each of `classes` labels.
    pub(super) fn one_hot(&self, classes: usize) -> Vec<Vec<f32>> {
        let distribution = |&label: &u32| {
            let mut distribution = vec![0.0; classes];
            distribution[label as usize] = 1.0;
            distribution
        };
        self.labels.iter().map(distribution).collect()
    }

    /// Returns the stratum of each text: its label, or the rarest of its labels and a separate one for no label.
    pub(crate) fn strata(&self) -> Vec<u32> {
        if self.label_sets.is_empty() {
            return self.labels.clone();
        }
        let largest = self.label_sets.iter().flatten().max();
        let counts = self.label_counts(largest.map_or(0, |&label| label as usize + 1));
        let rarest = |set: &Vec<u32>| {
            let labels = set.iter().copied();
            labels.min_by_key(|&label| (counts[label as usize], label))
        };
        let strata = self.label_sets.iter().map(rarest);
        strata.map(|label| label.unwrap_or(u32::MAX)).collect()
    }

    /// Returns the names of a text's labels: one, or any number for a multi-label model.
    pub fn label_names<'a>(&self, text: usize, labels: &'a [String]) -> Vec<&'a str> {
        let name = |&label: &u32| labels[label as usize].as_str();
        match self.label_sets.get(text) {
            None => vec![name(&self.labels[text])],
            Some(set) => set.iter().map(name).collect(),
        }
    }

    /// Returns the label of a text with its probabilities, or its labels as a JSON list.
    pub(super) fn label_text(&self, text: usize, labels: &[String]) -> String {
        match self.label_sets.get(text) {
            None => {
                let distribution = self.distributions.get(text).map(Vec::as_slice);
                soft_label_text(&labels[self.labels[text] as usize], distribution).into_owned()
            }
            Some(_) => {
                let names = self.label_names(text, labels).into_iter();
                names.collect::<LabelSet>().to_string()
            }
        }
    }

    /// Returns the number of texts that have each label, `[classes]`.
    pub fn label_counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        let labels = self.labels.iter().chain(self.label_sets.iter().flatten());
        labels.for_each(|&label| counts[label as usize] += 1);
        counts
    }
}

/// Returns the values at `indices`, or none if there are none.
fn pick<Value: Clone>(values: &[Value], indices: &[usize]) -> Vec<Value> {
    let found = indices.iter().filter_map(|&index| values.get(index));
    found.cloned().collect()
}

/// Returns the index of a label. The error refers to its examples by `name`.
fn index_of(label: &str, labels: &[String], name: &str) -> Result<u32, TrainingError> {
    let index = labels.iter().position(|known| known == label);
    let index = index.ok_or_else(|| TrainingError::UnknownLabel {
        location: name.into(),
        label: label.into(),
        labels: labels.to_vec(),
    })?;
    Ok(index as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stratum_of_a_text_is_its_rarest_label() {
        let texts = LabelledTexts {
            texts: ["a", "b", "c", "d"].map(String::from).to_vec(),
            label_sets: vec![vec![0, 1], vec![0], vec![], vec![0, 2]],
            ..LabelledTexts::default()
        };
        assert_eq!(texts.strata(), [1, 0, u32::MAX, 2]);
        assert_eq!(texts.label_counts(3), [3, 1, 1]);
        assert_eq!(texts.select(&[3]).label_sets, [vec![0, 2]]);
    }
}
