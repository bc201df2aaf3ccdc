//! Colour-blind-safe colours for light and dark backgrounds.

use plotters::style::{Color, RGBAColor, RGBColor};

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
pub const RIGHT: RGBColor = RGBColor(0x1f, 0x7f, 0xbf);

/// The colour of wrong predictions and of the second series.
pub const WRONG: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

/// The colour of the third series.
pub const THIRD: RGBColor = RGBColor(0x00, 0x9e, 0x73);

// The Okabe-Ito palette without yellow, which is invisible on white. Blue, orange and sky blue are adjusted to a
// contrast of at least 3:1 against white and against the dark page.
const SERIES: [RGBColor; 6] = [
    RIGHT,
    WRONG,
    THIRD,
    RGBColor(0xc0, 0x62, 0x97),
    RGBColor(0xb8, 0x86, 0x0b),
    RGBColor(0x3f, 0x9f, 0xdf),
];

/// The colour and dash style of a line.
#[derive(Clone, Copy)]
pub struct LineLook {
    pub color: RGBColor,
    pub dashed: bool,
}

/// Returns the style of the line at `index`: each colour solid first, then each colour dashed.
pub fn line_look(index: usize) -> LineLook {
    LineLook {
        color: SERIES[index % SERIES.len()],
        dashed: !(index / SERIES.len()).is_multiple_of(2),
    }
}

/// Returns the ink at an opacity, for grid and reference lines.
pub fn faint_ink(opacity: f64) -> RGBAColor {
    INK.mix(opacity)
}
