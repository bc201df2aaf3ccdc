//! Comparing two classifiers on the same texts.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::confidence_interval::{Interval, bootstrap};
use super::mcnemar::{McNemar, mcnemar};
use super::metric::{COUNT, Metric, MetricInputs};
use super::{Evaluation, ScoredText};

/// A comparison of two classifiers on the same texts.
///
/// The JSON form has the metrics of the `first` and the `second` classifier, the `differences` with their
/// confidence intervals, and the `mcnemar` test.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The evaluation of the first classifier.
    pub first: &'a Evaluation,
    /// The evaluation of the second classifier.
    pub second: &'a Evaluation,
    /// The metrics of the second minus those of the first, in the order of [`Metric::ALL`], with 95% intervals
    /// from the paired bootstrap (Efron and Tibshirani 1993).
    pub differences: [(f64, Interval); COUNT],
    /// McNemar's test for a difference in accuracy.
    pub mcnemar: McNemar,
}

impl<'a> Comparison<'a> {
    /// Compares two evaluations of the same texts. `seed` is the random seed of the bootstrap.
    pub fn new(first: &'a Evaluation, second: &'a Evaluation, seed: u64) -> Self {
        let inputs = (MetricInputs::of(first), MetricInputs::of(second));
        let difference = |texts: &[usize]| -> [f64; COUNT] {
            let (first, second) = (inputs.0.metrics(texts), inputs.1.metrics(texts));
            std::array::from_fn(|metric| second[metric] - first[metric])
        };
        let rows = first.rows.len();
        let values = difference(&(0..rows).collect::<Vec<_>>());
        let intervals = bootstrap(rows, seed, difference);
        let correct = |evaluation: &Evaluation| -> Vec<bool> {
            evaluation.rows.iter().map(ScoredText::is_correct).collect()
        };
        Self {
            mcnemar: mcnemar(&correct(first), &correct(second)),
            first,
            second,
            differences: std::array::from_fn(|metric| (values[metric], intervals[metric])),
        }
    }
}

impl Serialize for Comparison<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let differences: serde_json::Map<String, serde_json::Value> =
            Metric::all_of(&self.first.labels)
                .iter()
                .zip(self.differences)
                .map(|(metric, (difference, Interval { low, high }))| {
                    let value =
                        serde_json::json!({"difference": difference, "interval": [low, high]});
                    (metric.key().into(), value)
                })
                .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("first", &self.first.summary(None))?;
        map.serialize_entry("second", &self.second.summary(None))?;
        map.serialize_entry("differences", &differences)?;
        map.serialize_entry("mcnemar", &self.mcnemar)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::metric::tests::{assert_same, evaluation, sample};

    /// Both sides use the same bootstrap sample, whatever the order of their probabilities.
    #[test]
    fn differences_are_of_the_same_texts() {
        let (first, second) = (evaluation(0.7), evaluation(1.9));
        let found = Comparison::new(&first, &second, 5).differences;
        let plain = first.metrics().into_iter().zip(second.metrics());
        let plain: Vec<f64> = plain.map(|(first, second)| second - first).collect();
        assert_same(&found.map(|(difference, _)| difference), &plain);
        let expected: [Interval; COUNT] = bootstrap(40, 5, |texts| {
            let (first, second) = (sample(&first, texts), sample(&second, texts));
            let (first, second) = (first.metrics(), second.metrics());
            std::array::from_fn(|metric| second[metric] - first[metric])
        });
        let ends = |of: fn(&Interval) -> f64| {
            let found = found.map(|(_, interval)| of(&interval));
            assert_same(&found, &expected.map(|interval| of(&interval)));
        };
        ends(|interval| interval.low);
        ends(|interval| interval.high);
    }
}
