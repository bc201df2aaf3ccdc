//! The metrics of an evaluation as JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Average, Evaluation, Group, Interval, Intervals, Metric};

/// The metrics of an evaluation as JSON, with the keys of scikit-learn's
/// `classification_report(output_dict=True)`, and the names of its functions for the other metrics. The rows of
/// `confusion_matrix` are the actual labels. An undefined metric is null. Labels that are neither actual nor predicted
/// have zeros, where scikit-learn leaves them out, and are in no average.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    evaluation: &'a Evaluation,
    intervals: Option<Intervals>,
}

impl Evaluation {
    /// Returns all metrics in serializable form, optionally with confidence intervals.
    pub fn summary(&self, intervals: Option<Intervals>) -> Summary<'_> {
        Summary {
            evaluation: self,
            intervals,
        }
    }
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            evaluation,
            intervals,
        } = self;
        let matrix = evaluation.confusion_matrix();
        let classes = matrix.classes();
        let mut map = serializer.serialize_map(None)?;
        for (index, label) in evaluation.labels.iter().enumerate() {
            map.serialize_entry(label, &classes[index])?;
        }
        map.serialize_entry("accuracy", &matrix.accuracy())?;
        map.serialize_entry("macro avg", &matrix.average(Average::Macro))?;
        map.serialize_entry("weighted avg", &matrix.average(Average::Weighted))?;
        map.serialize_entry("confusion_matrix", &matrix)?;
        let metrics = evaluation.metrics();
        let reported = Metric::all_of(&evaluation.labels);
        for (metric, value) in reported.iter().zip(metrics).skip(1) {
            map.serialize_entry(metric.key(), &value)?;
        }
        if let Some(intervals) = intervals {
            let of_metrics = reported.iter().zip(intervals);
            let named: serde_json::Map<String, serde_json::Value> = of_metrics
                .map(|(metric, Interval { low, high })| {
                    (metric.key().into(), serde_json::json!([low, high]))
                })
                .collect();
            map.serialize_entry("intervals", &named)?;
        }
        map.serialize_entry("confused_pairs", &matrix.confused_pairs())?;
        map.serialize_entry("by_length", &Group::by_length(evaluation))?;
        map.serialize_entry("by_coverage", &Group::by_coverage(evaluation))?;
        map.end()
    }
}
