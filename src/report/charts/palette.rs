//! Colours that hold on white and on near-black, and apart for colour-blind eyes.

use plotters::style::{Color, RGBAColor, RGBColor};

/// Text and axes. A colour that nothing else has, so that it can become the page's own
/// ([`CURRENT_COLOR`]) in the finished SVG.
pub const INK: RGBColor = RGBColor(1, 2, 3);

/// How the SVG backend writes [`INK`] as an attribute. Inside texts quotes are escaped, so a label
/// cannot be mistaken for it.
pub const INK_ATTRIBUTE: &str = "\"#010203\"";

/// The attribute that makes a shape follow the text colour around it.
pub const CURRENT_COLOR: &str = "\"currentColor\"";

/// What the text colour is where there is no page around the chart.
pub const STAND_ALONE_INK: &str = "#1f2328";

/// What is right.
pub const RIGHT: RGBColor = RGBColor(0x1f, 0x7f, 0xbf);

/// What is wrong, or to be compared with what is right.
pub const WRONG: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

/// A third colour.
pub const THIRD: RGBColor = RGBColor(0x00, 0x9e, 0x73);

// Okabe and Ito's, without the yellow that white swallows, and the blue, the orange and the sky blue
// moved until each stands out by 3 to 1 against white and against the dark page.
const SERIES: [RGBColor; 6] = [
    RIGHT,
    WRONG,
    THIRD,
    RGBColor(0xc0, 0x62, 0x97),
    RGBColor(0xb8, 0x86, 0x0b),
    RGBColor(0x3f, 0x9f, 0xdf),
];

/// How one of several lines is drawn.
#[derive(Clone, Copy)]
pub struct LineLook {
    pub color: RGBColor,
    pub dashed: bool,
}

/// The look of the line with this number: each colour once as a whole line, then once dashed.
pub fn line_look(index: usize) -> LineLook {
    LineLook {
        color: SERIES[index % SERIES.len()],
        dashed: !(index / SERIES.len()).is_multiple_of(2),
    }
}

/// Ink thin enough for a grid.
pub fn faint_ink(opacity: f64) -> RGBAColor {
    INK.mix(opacity)
}
