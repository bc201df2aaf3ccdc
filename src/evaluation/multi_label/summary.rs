//! The metrics of a multi-label evaluation as JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{MultiLabelAverage, MultiLabelEvaluation, MultiLabelIntervals, MultiLabelMetric};
use crate::evaluation::Interval;

/// The metrics of a multi-label evaluation as JSON.
#[derive(Clone, Debug)]
pub struct MultiLabelSummary<'a> {
    pub(super) evaluation: &'a MultiLabelEvaluation,
    pub(super) intervals: Option<MultiLabelIntervals>,
}

impl Serialize for MultiLabelSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            evaluation,
            intervals,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        let counts = evaluation.label_counts(evaluation.rows.iter());
        for (label, counts) in evaluation.labels.iter().zip(counts) {
            map.serialize_entry(label, &counts.metrics())?;
        }
        for average in MultiLabelAverage::ALL {
            map.serialize_entry(average.name(), &evaluation.average(average))?;
        }
        for (metric, value) in MultiLabelMetric::ALL.iter().zip(evaluation.metrics()) {
            map.serialize_entry(metric.key(), &value)?;
        }
        if let Some(intervals) = intervals {
            let of_metrics = MultiLabelMetric::ALL.iter().zip(intervals);
            let named = of_metrics.map(|(metric, Interval { low, high })| {
                (metric.key().into(), serde_json::json!([low, high]))
            });
            let named: serde_json::Map<String, serde_json::Value> = named.collect();
            map.serialize_entry("intervals", &named)?;
        }
        map.end()
    }
}
