//! The drawing library's error type, private to this module.

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

/// The result of drawing to SVG.
pub type DrawingResult<T> = Result<T, DrawingAreaErrorKind<io::Error>>;
