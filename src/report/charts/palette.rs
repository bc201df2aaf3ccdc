//! The colours and dashes of charts.

use plotters::style::{Color, RGBAColor, RGBColor};

use crate::html::palette::SERIES;

/// The placeholder colour of text and axes. No other element uses it, so the finished SVG can replace it with
/// [`CURRENT_COLOR`].
pub const INK: RGBColor = RGBColor(1, 2, 3);

/// The attribute value that the SVG backend writes for [`INK`]. Quotes in texts are escaped, so no label can match it.
pub const INK_ATTRIBUTE: &str = "\"#010203\"";

/// The attribute value that makes a shape inherit the surrounding text colour.
pub const CURRENT_COLOR: &str = "\"currentColor\"";

/// The text colour of a standalone chart.
pub const STAND_ALONE_INK: &str = "#1f2328";

/// The colour of right predictions and of the first series.
pub const RIGHT: RGBColor = series(0);

/// The colour of wrong predictions and of the second series.
pub const WRONG: RGBColor = series(1);

/// The colour of the third series.
pub const THIRD: RGBColor = series(2);

/// The lengths of a dash and of the gap after it, of the lines from the third on. They tell lines apart in greyscale.
const DASHES: [(i32, i32); 4] = [(14, 7), (4, 5), (22, 6), (9, 12)];

/// The look of a line.
#[derive(Clone, Copy)]
pub struct LineLook {
    pub color: RGBColor,
    /// The lengths of a dash and of the gap after it; `None` for a solid line.
    pub dash: Option<(i32, i32)>,
}

/// Returns the look of the line at `index`: two solid lines, then dashed ones, no two of which are alike among the first
/// twelve.
pub fn line_look(index: usize) -> LineLook {
    // After each round of colours, a colour has the next dashes.
    let dash = index.checked_sub(2);
    LineLook {
        color: series(index % SERIES.len()),
        dash: dash.map(|dash| DASHES[(dash + index / SERIES.len()) % DASHES.len()]),
    }
}

const fn series(index: usize) -> RGBColor {
    let [red, green, blue] = SERIES[index];
    RGBColor(red, green, blue)
}

/// Returns the ink at an opacity, for grid and reference lines.
pub fn faint_ink(opacity: f64) -> RGBAColor {
    INK.mix(opacity)
}
