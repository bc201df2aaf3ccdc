use std::io;

use plotters::drawing::DrawingAreaErrorKind;
use thiserror::Error;

/// Why a report could not be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A chart could not be drawn.
    #[error("could not draw a chart: {0}")]
    Drawing(#[from] DrawingAreaErrorKind<io::Error>),
    /// A chart is no SVG that can be rasterised.
    #[error("could not read a chart to rasterise it: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// A chart could not become an image.
    #[error("could not make a PNG of the chart {chart:?}: {reason}")]
    Png {
        /// The chart's name.
        chart: &'static str,
        /// What is wrong.
        reason: String,
    },
}
