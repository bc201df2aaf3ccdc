//! A rendered chart, as SVG and as PNG.

use super::{palette, pdf, png};
use crate::report::error::ReportError;

/// A rendered chart of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chart {
    /// The file name without extension, such as "roc".
    pub name: &'static str,
    /// The title, which the chart also shows.
    pub title: String,
    /// The caption: one to three sentences on how to read the chart.
    pub description: &'static str,
    /// The SVG to embed in a page. Text and axes inherit the page's text colour.
    pub svg: String,
    /// Whether the chart needs the full width of a page.
    pub wide: bool,
}

impl Chart {
    /// Returns a standalone SVG file, dark on white.
    pub fn svg_file(&self) -> String {
        let (start, drawing) = self.svg.split_at(self.svg.find('>').unwrap_or_default());
        let ink = palette::STAND_ALONE_INK;
        let drawing = drawing.strip_prefix('>').unwrap_or(drawing);
        format!(
            "{start} color=\"{ink}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>{drawing}\n"
        )
    }

    /// Renders a PNG image, dark on white, with `scale` times as many pixels a side as the drawing has units.
    ///
    /// The embedded font covers the Latin, Greek and Cyrillic scripts. The SVG uses the viewer's fonts and covers
    /// their scripts.
    pub fn png(&self, scale: f32) -> Result<Vec<u8>, ReportError> {
        png::render(&self.svg_file(), scale).map_err(|reason| self.error("PNG", reason))
    }

    /// Renders a PDF of one page, dark on white, with half a point per unit of the drawing. Texts are outlines in the
    /// embedded font.
    pub fn pdf(&self) -> Result<Vec<u8>, ReportError> {
        pdf::render(&self.svg_file()).map_err(|reason| self.error("PDF", reason))
    }

    fn error(&self, format: &'static str, reason: String) -> ReportError {
        ReportError::Rendering {
            chart: self.name,
            format,
            reason,
        }
    }
}
