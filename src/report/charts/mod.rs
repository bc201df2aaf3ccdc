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
mod pdf;
mod png;
mod top_labels;
mod training_curves;
mod vector_tree;

use super::contents::Report;
use super::error::ReportError;
pub use chart::Chart;
use drawing_error::DrawingResult;

/// Draws every chart for which the report has data.
pub fn charts(report: &Report) -> Result<Vec<Chart>, ReportError> {
    charts_with(report, Titles::Drawn)
}

/// Whether charts have their titles in them. In a paper, the caption has the title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Titles {
    /// Each chart begins with its title.
    Drawn,
    /// No chart has a title.
    None,
}

/// Draws every chart for which the report has data, with or without titles.
pub fn charts_with(report: &Report, titles: Titles) -> Result<Vec<Chart>, ReportError> {
    draw_all(report, titles).map_err(|error| ReportError::Drawing(error.into()))
}

fn draw_all(report: &Report, titles: Titles) -> DrawingResult<Vec<Chart>> {
    let drawn = [
        confusion::matrix(report, titles)?,
        curves::roc(report, titles)?,
        curves::precision_recall(report, titles)?,
        calibration::reliability(report, titles)?,
        calibration::confidences(report, titles)?,
        accuracy_by_group::by_length(report, titles)?,
        accuracy_by_group::by_coverage(report, titles)?,
        training_curves::training(report, titles)?,
    ];
    Ok(drawn.into_iter().flatten().collect())
}
