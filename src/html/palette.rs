//! The colours of pages and charts.
//!
//! Blue and orange stay apart for a deuteranope. Nothing is told by colour alone: words towards `positive` and `negative`
//! differ in their underline, lines of charts from the third on are dashed, and bars have labels.

/// A colour as red, green and blue.
pub type Rgb = [u8; 3];

/// The colours of one theme. Those from `ink` to `other` are readable as text on `page` and `sheet`.
pub struct Theme {
    /// The background of the page.
    pub page: Rgb,
    /// The background of a box on it.
    pub sheet: Rgb,
    /// The text.
    pub ink: Rgb,
    /// Less important text.
    pub soft: Rgb,
    /// `positive`, right predictions, links.
    pub positive: Rgb,
    /// `negative`, wrong predictions, errors.
    pub negative: Rgb,
    /// Any other label.
    pub other: Rgb,
    /// The border of a control.
    pub edge: Rgb,
    /// The border of a box.
    pub line: Rgb,
}

/// The light theme.
pub const LIGHT: Theme = Theme {
    page: [0xf6, 0xf7, 0xf9],
    sheet: [0xff, 0xff, 0xff],
    ink: [0x1c, 0x21, 0x28],
    soft: [0x57, 0x60, 0x6b],
    positive: [0x16, 0x64, 0xa3],
    negative: [0xb4, 0x4a, 0x00],
    other: [0x68, 0x50, 0xb0],
    edge: [0x83, 0x8c, 0x96],
    line: [0xdf, 0xe3, 0xe8],
};

/// The dark theme.
pub const DARK: Theme = Theme {
    page: [0x0f, 0x12, 0x16],
    sheet: [0x18, 0x1c, 0x21],
    ink: [0xe6, 0xe9, 0xed],
    soft: [0x9c, 0xa6, 0xb1],
    positive: [0x6d, 0xb8, 0xef],
    negative: [0xf4, 0x96, 0x48],
    other: [0xb5, 0xa8, 0xf5],
    edge: [0x6f, 0x7a, 0x86],
    line: [0x2b, 0x32, 0x3a],
};

/// The colours of lines and bars, in order, in both themes: those of Okabe and Ito without yellow, which is invisible on white.
/// Blue, orange and sky blue are adjusted to a contrast of at least 3 on white and on the dark page.
pub const SERIES: [Rgb; 6] = [
    [0x1f, 0x7f, 0xbf],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xc0, 0x62, 0x97],
    [0xb8, 0x86, 0x0b],
    [0x3a, 0x98, 0xd6],
];

/// Returns the CSS variables of both themes.
pub fn variables() -> String {
    let series = SERIES.iter().enumerate();
    let series: String = series
        .map(|(index, &color)| format!("--series-{}:{};", index + 1, hex(color)))
        .collect();
    format!(
        ":root{{color-scheme:light dark;{series}{}}}\n\
         @media (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        of_theme(&LIGHT),
        of_theme(&DARK)
    )
}

fn of_theme(theme: &Theme) -> String {
    let named = [
        ("page", theme.page),
        ("sheet", theme.sheet),
        ("ink", theme.ink),
        ("soft", theme.soft),
        ("positive", theme.positive),
        ("negative", theme.negative),
        ("other", theme.other),
        ("edge", theme.edge),
        ("line", theme.line),
    ];
    let variable = |(name, color): &(&str, Rgb)| format!("--{name}:{};", hex(*color));
    named.iter().map(variable).collect()
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of a tint in the background of the word with the largest weight: see css/words.css.
    const STRONGEST_TINT: f64 = 0.45;

    fn linear(channel: u8) -> f64 {
        let value = f64::from(channel) / 255.0;
        match value <= 0.04045 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    }

    fn luminance([red, green, blue]: Rgb) -> f64 {
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn mixed(tint: Rgb, background: Rgb, part: f64) -> Rgb {
        std::array::from_fn(|channel| {
            let (tint, background) = (f64::from(tint[channel]), f64::from(background[channel]));
            (part * tint + (1.0 - part) * background).round() as u8
        })
    }

    /// A colour as a deuteranope sees it (Machado et al., 2009, severity 1), in linear RGB.
    fn seen_by_deuteranope(color: Rgb) -> [f64; 3] {
        const SIMULATION: [[f64; 3]; 3] = [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ];
        let color = color.map(linear);
        SIMULATION.map(|row| (0..3).map(|channel| row[channel] * color[channel]).sum())
    }

    #[test]
    fn text_is_readable_in_both_themes() {
        for theme in [&LIGHT, &DARK] {
            for background in [theme.page, theme.sheet] {
                let texts = [
                    theme.ink,
                    theme.soft,
                    theme.positive,
                    theme.negative,
                    theme.other,
                ];
                for text in texts {
                    let ratio = contrast(text, background);
                    assert!(ratio >= 4.5, "{text:x?} on {background:x?}: {ratio:.2}");
                }
                assert!(contrast(theme.edge, background) >= 3.0);
            }
            for tint in [theme.positive, theme.negative, theme.other] {
                let shaded = mixed(tint, theme.sheet, STRONGEST_TINT);
                let ratio = contrast(theme.ink, shaded);
                assert!(ratio >= 4.5, "on {tint:x?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn series_are_visible_on_both_backgrounds() {
        for series in SERIES {
            for background in [LIGHT.sheet, DARK.sheet] {
                let ratio = contrast(series, background);
                assert!(ratio >= 3.0, "{series:x?} on {background:x?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn a_deuteranope_tells_the_tones_apart() {
        let distance = |one: Rgb, other: Rgb| {
            let (one, other) = (seen_by_deuteranope(one), seen_by_deuteranope(other));
            let squares = one
                .iter()
                .zip(other)
                .map(|(one, other)| (one - other).powi(2));
            squares.sum::<f64>().sqrt()
        };
        for theme in [&LIGHT, &DARK] {
            assert!(distance(theme.positive, theme.negative) > 0.3);
        }
        assert!(distance(SERIES[0], SERIES[1]) > 0.3);
    }
}
