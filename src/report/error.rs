use std::error::Error;

use thiserror::Error;

/// An error while drawing a report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A chart could not be drawn.
    #[error("could not draw a chart: {0}")]
    Drawing(#[source] Box<dyn Error + Send + Sync>),
    /// A chart could not become an image.
    #[error("could not make a PNG of the chart {chart:?}: {reason}")]
    Png {
        /// The chart's name.
        chart: &'static str,
        /// What is wrong.
        reason: String,
    },
}
