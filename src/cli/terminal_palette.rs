//! The colours of a terminal: as many as it has, for its background.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor, Style};
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The time in which a terminal must answer which background it has.
const ANSWER_TIME: Duration = Duration::from_millis(200);

/// The number of shades of a hue.
pub const SHADES: usize = 3;

/// The colours for the terminal on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalPalette {
    depth: Depth,
    background: ThemeMode,
}

/// The number of colours that a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    None,
    Of16,
    Of256,
    Of24Bit,
}

/// A hue, which tells a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hue {
    /// Towards the label positive.
    Blue,
    /// Towards the label negative, and wrong predictions.
    Orange,
    /// Towards or away from another label.
    Violet,
}

/// The colours of a hue on a background.
struct Shades {
    /// Backgrounds of words, from weak to strong.
    rgb: [RgbColor; SHADES],
    /// The nearest of 256 colours.
    of_256: [u8; SHADES],
    /// The colour of text and bars.
    text: RgbColor,
    text_of_256: u8,
    text_of_16: AnsiColor,
}

impl TerminalPalette {
    /// Returns the palette for standard output. A terminal that does not tell its background has a dark one, as most.
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
        let shades = hue.shades(self.background);
        let color: Color = match self.depth {
            Depth::None => return Style::new(),
            Depth::Of16 => {
                let text = shades.text_of_16.on_default();
                return [text.dimmed(), text, text.bold()][shade];
            }
            Depth::Of256 => Ansi256Color(shades.of_256[shade]).into(),
            Depth::Of24Bit => shades.rgb[shade].into(),
        };
        let is_dark = self.background == ThemeMode::Dark || shade == SHADES - 1;
        let ink = Ansi256Color(if is_dark { 231 } else { 16 });
        Style::new().fg_color(Some(ink.into())).bg_color(Some(color))
    }

    /// Returns the style of text and bars in a hue.
    pub fn text(self, hue: Hue) -> Style {
        let shades = hue.shades(self.background);
        let color: Color = match self.depth {
            Depth::None => return Style::new(),
            Depth::Of16 => shades.text_of_16.into(),
            Depth::Of256 => Ansi256Color(shades.text_of_256).into(),
            Depth::Of24Bit => shades.text.into(),
        };
        Style::new().fg_color(Some(color))
    }

    /// Returns the style of correct predictions.
    pub fn correct(self) -> Style {
        Style::new().bold()
    }

    /// Returns the style of wrong predictions.
    pub fn wrong(self) -> Style {
        self.text(Hue::Orange)
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

/// Asks the terminal for its background.
fn background() -> ThemeMode {
    let mut options = QueryOptions::default();
    options.timeout = ANSWER_TIME;
    theme_mode(options).unwrap_or(ThemeMode::Dark)
}

impl Hue {
    /// Returns the colours on a background. Text has a contrast of at least 4.5:1.
    fn shades(self, background: ThemeMode) -> Shades {
        match (self, background) {
            (Self::Blue, ThemeMode::Light) => Shades {
                rgb: [rgb(0xd6e9f5), rgb(0x8cc3e6), rgb(0x1a73ae)],
                of_256: [195, 117, 25],
                text: rgb(0x1a73ae),
                text_of_256: 25,
                text_of_16: AnsiColor::Blue,
            },
            (Self::Blue, ThemeMode::Dark) => Shades {
                rgb: [rgb(0x14344a), rgb(0x1b5680), rgb(0x1a73ae)],
                of_256: [17, 24, 25],
                text: rgb(0x62b3ea),
                text_of_256: 74,
                text_of_16: AnsiColor::BrightBlue,
            },
            (Self::Orange, ThemeMode::Light) => Shades {
                rgb: [rgb(0xfbe3d2), rgb(0xf2b082), rgb(0xc04f00)],
                of_256: [224, 216, 130],
                text: rgb(0xc04f00),
                text_of_256: 130,
                text_of_16: AnsiColor::Red,
            },
            (Self::Orange, ThemeMode::Dark) => Shades {
                rgb: [rgb(0x47260f), rgb(0x7f3a08), rgb(0xc04f00)],
                of_256: [52, 94, 130],
                text: rgb(0xf28a3c),
                text_of_256: 208,
                text_of_16: AnsiColor::BrightRed,
            },
            (Self::Violet, ThemeMode::Light) => Shades {
                rgb: [rgb(0xe8e2f3), rgb(0xbfaee0), rgb(0x6a51a3)],
                of_256: [189, 146, 61],
                text: rgb(0x6a51a3),
                text_of_256: 61,
                text_of_16: AnsiColor::Magenta,
            },
            (Self::Violet, ThemeMode::Dark) => Shades {
                rgb: [rgb(0x2b2440), rgb(0x4a3a75), rgb(0x6a51a3)],
                of_256: [237, 60, 61],
                text: rgb(0xb39ddb),
                text_of_256: 140,
                text_of_16: AnsiColor::BrightMagenta,
            },
        }
    }
}

const fn rgb(hex: u32) -> RgbColor {
    RgbColor((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}
