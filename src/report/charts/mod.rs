//! The charts of a report, one module per kind.

mod accuracy_by_group;
mod axes;
mod calibration;
mod chart;
mod chart_frame;
mod confusion;
mod curves;
mod downsampling;
mod drawing_error;
mod palette;
mod png;
mod top_labels;
mod training_curves;

use super::contents::Report;
use super::error::ReportError;
pub use chart::Chart;
use drawing_error::DrawingResult;

/// Draws every chart for which the report has data.
pub fn charts(report: &Report) -> Result<Vec<Chart>, ReportError> {
    draw_all(report).map_err(|error| ReportError::Drawing(error.into()))
}

fn draw_all(report: &Report) -> DrawingResult<Vec<Chart>> {
    let drawn = [
        confusion::matrix(report)?,
        curves::roc(report)?,
        curves::precision_recall(report)?,
        calibration::reliability(report)?,
        calibration::confidences(report)?,
        accuracy_by_group::by_length(report)?,
        accuracy_by_group::by_coverage(report)?,
        training_curves::training(report)?,
    ];
    Ok(drawn.into_iter().flatten().collect())
}
