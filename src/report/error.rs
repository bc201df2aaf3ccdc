use std::error::Error;

use thiserror::Error;

/// An error from drawing a report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Drawing a chart failed.
    #[error("could not draw a chart: {0}")]
    Drawing(#[source] Box<dyn Error + Send + Sync>),
    /// Rendering a chart to PNG or PDF failed.
    #[error("could not render chart {chart:?} to {format}: {reason}")]
    Rendering {
        /// The chart's name.
        chart: &'static str,
        /// The format.
        format: &'static str,
        /// The reason.
        reason: String,
    },
}
