//! A finished chart, as SVG and as PNG.

use super::{palette, png};
use crate::report::error::ReportError;

/// A drawing of some of a report's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chart {
    /// A name for its file, without an extension: "roc".
    pub name: &'static str,
    /// Its heading, which is also in the drawing.
    pub title: String,
    /// How to read it, in a sentence or two.
    pub description: &'static str,
    /// The drawing as SVG for a page: its text and axes take the colour of the text around it.
    pub svg: String,
    /// Whether it has so much in it that it wants a page's whole width.
    pub wide: bool,
}

impl Chart {
    /// The drawing as an SVG file of its own: dark on white.
    pub fn svg_file(&self) -> String {
        let (start, drawing) = self.svg.split_at(self.svg.find('>').unwrap_or_default());
        let ink = palette::STAND_ALONE_INK;
        let drawing = drawing.strip_prefix('>').unwrap_or(drawing);
        format!(
            "{start} color=\"{ink}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>{drawing}\n"
        )
    }

    /// The drawing as a PNG image: dark on white.
    ///
    /// Its font has the Latin, Greek and Cyrillic scripts; the SVG has every script that the
    /// reader's machine has.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        png::render(self.name, &self.svg_file())
    }
}
