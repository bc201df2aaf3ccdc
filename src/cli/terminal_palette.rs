//! The colours of a terminal: those of the pages, as many as it has, for its background.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor, Style};
use sentiment::tone::Tone;
use terminal_colorsaurus::ThemeMode;

use super::terminal_background::background;
use crate::html::palette::{DARK, LIGHT, Rgb, Theme};

/// The number of shades of a hue.
pub const SHADES: usize = 3;

/// The part of the hue in the background of a word, from weak to strong. The strongest is that of the pages.
const TINTS: [f64; SHADES] = [0.15, 0.3, 0.45];

/// The colours for the terminal on standard output.
#[derive(Clone, Copy)]
pub struct TerminalPalette {
    depth: Depth,
    background: ThemeMode,
}

/// The number of colours that a terminal has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    None,
    Of16,
    Of256,
    Of24Bit,
}

/// A hue, which tells a direction.
#[derive(Clone, Copy)]
pub enum Hue {
    /// Towards the label positive.
    Blue,
    /// Towards the label negative, and wrong predictions.
    Orange,
    /// Towards or away from another label.
    Violet,
}

impl TerminalPalette {
    /// Returns the palette for standard output.
    pub fn of_output() -> Self {
        static BACKGROUND: OnceLock<ThemeMode> = OnceLock::new();
        let depth = Depth::of_output();
        let background = match depth != Depth::None && io::stdout().is_terminal() {
            true => *BACKGROUND.get_or_init(background),
            false => ThemeMode::Dark,
        };
        Self { depth, background }
    }

    /// Returns whether there are colours.
    pub fn has_colors(self) -> bool {
        self.depth != Depth::None
    }

    /// Returns the style of a word: a shade of a hue, from 0 for weak to `SHADES - 1` for strong.
    pub fn shade(self, hue: Hue, shade: usize) -> Style {
        let text = self.text(hue);
        if matches!(self.depth, Depth::None | Depth::Of16) {
            return [text.dimmed(), text, text.bold()][shade];
        }
        let theme = self.theme();
        let tint = mixed(hue.color(theme), theme.sheet, TINTS[shade]);
        Style::new()
            .fg_color(self.color(theme.ink))
            .bg_color(self.color(tint))
    }

    /// Returns the style of text and bars in a hue.
    pub fn text(self, hue: Hue) -> Style {
        let color = match self.depth {
            Depth::None => None,
            Depth::Of16 => Some(hue.of_16(self.background).into()),
            Depth::Of256 | Depth::Of24Bit => self.color(hue.color(self.theme())),
        };
        Style::new().fg_color(color)
    }

    /// Returns the style of a label: its tone's colour. Other labels have none.
    pub fn label(self, label: &str) -> Style {
        match Tone::of(label) {
            Tone::Positive => self.text(Hue::Blue),
            Tone::Negative => self.text(Hue::Orange),
            Tone::Other => Style::new(),
        }
    }

    /// Returns the style of correct predictions.
    pub fn correct(self) -> Style {
        Style::new().bold()
    }

    /// Returns the style of wrong predictions.
    pub fn wrong(self) -> Style {
        self.text(Hue::Orange)
    }

    fn theme(self) -> &'static Theme {
        match self.background {
            ThemeMode::Dark => &DARK,
            ThemeMode::Light => &LIGHT,
        }
    }

    fn color(self, rgb: Rgb) -> Option<Color> {
        Some(match self.depth {
            Depth::Of24Bit => RgbColor::from(<(u8, u8, u8)>::from(rgb)).into(),
            _ => nearest_of_256(rgb).into(),
        })
    }
}

impl Depth {
    fn of_output() -> Self {
        let has_256 = || std::env::var("TERM").is_ok_and(|term| term.contains("256"));
        match AutoStream::choice(&io::stdout()) {
            ColorChoice::Never => Self::None,
            _ if anstyle_query::truecolor() => Self::Of24Bit,
            _ if has_256() => Self::Of256,
            _ => Self::Of16,
        }
    }
}

impl Hue {
    fn color(self, theme: &Theme) -> Rgb {
        match self {
            Self::Blue => theme.positive,
            Self::Orange => theme.negative,
            Self::Violet => theme.other,
        }
    }

    fn of_16(self, background: ThemeMode) -> AnsiColor {
        let color = match self {
            Self::Blue => AnsiColor::Blue,
            Self::Orange => AnsiColor::Red,
            Self::Violet => AnsiColor::Magenta,
        };
        color.bright(background == ThemeMode::Dark)
    }
}

/// Returns a mixture of two colours, with this part of the first one.
fn mixed(one: Rgb, other: Rgb, part: f64) -> Rgb {
    let mixed = |one: u8, other: u8| part * f64::from(one) + (1.0 - part) * f64::from(other);
    std::array::from_fn(|channel| mixed(one[channel], other[channel]).round() as u8)
}

/// Returns the nearest colour of the cube of 6 × 6 × 6 colours and the 24 greys that terminals of 256 colours have.
fn nearest_of_256(rgb: Rgb) -> Ansi256Color {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let cube = (0..216u8).map(|index| {
        let level = |digit: u8| LEVELS[usize::from(index / digit % 6)];
        (16 + index, [level(36), level(6), level(1)])
    });
    let greys = (0..24u8).map(|index| (232 + index, [8 + 10 * index; 3]));
    let distance = |color: &Rgb| -> i32 {
        let differences = color
            .iter()
            .zip(rgb)
            .map(|(a, b)| i32::from(*a) - i32::from(b));
        differences.map(|difference| difference * difference).sum()
    };
    let nearest = cube.chain(greys).min_by_key(|(_, color)| distance(color));
    Ansi256Color(nearest.map_or(0, |(index, _)| index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_the_cube_and_greys_are_their_own_nearest() {
        assert_eq!(nearest_of_256([0, 95, 175]), Ansi256Color(25));
        assert_eq!(nearest_of_256([18, 18, 18]), Ansi256Color(233));
        assert_eq!(nearest_of_256([254, 255, 255]), Ansi256Color(231));
    }

    #[test]
    fn a_mixture_is_between_its_colours() {
        assert_eq!(mixed([0, 100, 200], [100, 100, 0], 0.25), [75, 100, 50]);
    }
}
