//! The error of the drawing library, which stays inside this module.

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

/// The result of drawing onto an SVG.
pub type DrawingResult<T> = Result<T, DrawingAreaErrorKind<io::Error>>;
