//! Explanations in a terminal: words shaded in the terminal's colours, or marked with signs.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor, Style};
use sentiment::explain::{ClassExplanation, Explanation, Overview, Piece, Weight, pieces};
use sentiment::printable::visible;

use super::super::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, styled};

/// The length of the longest bar, in characters.
const BAR: f64 = 30.0;

/// The maximum length of a word in a list, in characters.
const WORD_CHARACTERS: usize = 24;

/// The number of shades.
const LEVELS: usize = 3;

/// The colours of words that support a label and that oppose it, from weak to strong, as on the HTML pages.
const TOWARDS: [RgbColor; LEVELS] = [
    RgbColor(0xd6, 0xe9, 0xf5),
    RgbColor(0x8c, 0xc3, 0xe6),
    RgbColor(0x1f, 0x7f, 0xbf),
];
const AWAY: [RgbColor; LEVELS] = [
    RgbColor(0xfb, 0xe3, 0xd2),
    RgbColor(0xf2, 0xb0, 0x82),
    RgbColor(0xc0, 0x4f, 0x00),
];
/// The same colours, as the nearest of the 256-colour palette.
const TOWARDS_OF_256: [u8; LEVELS] = [195, 117, 32];
const AWAY_OF_256: [u8; LEVELS] = [224, 216, 130];

/// The ways a terminal can show strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shades {
    /// Signs after the word: `wonderful[++]`, `thin[−]`.
    Signs,
    /// 16 colours.
    Of16,
    /// 256 colours.
    Of256,
    /// 24-bit colours.
    Of24Bit,
}

impl Shades {
    /// Returns the shades that standard output supports.
    pub fn of_output() -> Self {
        let has_256 = || std::env::var("TERM").is_ok_and(|term| term.contains("256"));
        match AutoStream::choice(&io::stdout()) {
            ColorChoice::Never => Self::Signs,
            _ if anstyle_query::truecolor() => Self::Of24Bit,
            _ if has_256() => Self::Of256,
            _ => Self::Of16,
        }
    }

    /// Returns a shaded piece of a text.
    fn shade(self, piece: &Piece) -> String {
        let text = visible(piece.text);
        let level = (piece.strength.abs() * LEVELS as f64).round() as usize;
        if level == 0 {
            return text;
        }
        if self == Self::Signs {
            let sign = if piece.strength > 0.0 { "+" } else { "−" };
            return format!("{text}[{}]", sign.repeat(level));
        }
        styled(self.style(piece.strength > 0.0, level - 1), text)
    }

    fn style(self, is_towards: bool, level: usize) -> Style {
        let (rgb, of_256, of_16) = match is_towards {
            true => (TOWARDS, TOWARDS_OF_256, AnsiColor::Blue),
            false => (AWAY, AWAY_OF_256, AnsiColor::Red),
        };
        // Black text on the weak colours, white text on the strong ones.
        let ink = if level < 2 {
            Ansi256Color(16)
        } else {
            Ansi256Color(231)
        };
        let on = |background: Color| {
            Style::new()
                .fg_color(Some(ink.into()))
                .bg_color(Some(background))
        };
        match self {
            Self::Of24Bit => on(rgb[level].into()),
            Self::Of256 => on(Ansi256Color(of_256[level]).into()),
            Self::Of16 | Self::Signs => match level {
                0 => of_16.on_default().dimmed(),
                1 => of_16.on_default(),
                _ => of_16.on_default().bold(),
            },
        }
    }

    fn bar(self, weight: f64, largest: f64) -> String {
        let length = (BAR * weight.abs() / largest).round() as usize;
        let style = match self {
            Self::Signs => Style::new(),
            Self::Of24Bit if weight > 0.0 => Style::new().fg_color(Some(TOWARDS[2].into())),
            Self::Of24Bit => Style::new().fg_color(Some(AWAY[2].into())),
            _ if weight > 0.0 => AnsiColor::Blue.on_default(),
            _ => AnsiColor::Red.on_default(),
        };
        styled(style, "█".repeat(length))
    }
}

/// Writes the explanation of each label.
pub fn write_explanation(
    out: &mut impl Write,
    explanation: &Explanation,
    shades: Shades,
) -> io::Result<()> {
    for (place, class) in explanation.classes.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let name = styled(HEAD, cut(&class.label, LABEL_CHARACTERS));
        writeln!(
            out,
            "{name} {:.4}  {}\n",
            class.probability,
            styled(ASIDE, explanation.basis.in_words())
        )?;
        writeln!(
            out,
            "{}\n",
            shaded(&explanation.text, &class.weights, shades)
        )?;
        write_bars(out, &class.weights, shades)?;
        write_fit(out, class)?;
    }
    Ok(())
}

fn shaded(text: &str, weights: &[Weight], shades: Shades) -> String {
    pieces(text, weights)
        .iter()
        .map(|piece| shades.shade(piece))
        .collect()
}

fn write_bars(out: &mut impl Write, weights: &[Weight], shades: Shades) -> io::Result<()> {
    let words: Vec<String> = weights
        .iter()
        .map(|weight| cut(&weight.token, WORD_CHARACTERS))
        .collect();
    let width = words
        .iter()
        .map(|word| word.chars().count())
        .max()
        .unwrap_or(0);
    let largest = weights
        .iter()
        .map(|weight| weight.weight.abs())
        .fold(0.0, f64::max);
    for (word, Weight { weight, .. }) in words.iter().zip(weights) {
        writeln!(
            out,
            "  {word:width$}  {weight:+.4}  {}",
            shades.bar(*weight, largest)
        )?;
    }
    Ok(())
}

/// Writes the fit of the weights to the probability.
fn write_fit(out: &mut impl Write, class: &ClassExplanation) -> io::Result<()> {
    match class.fit {
        Some(fit) => writeln!(out, "\n{}", styled(ASIDE, fit.in_words(class))),
        None => Ok(()),
    }
}

/// Writes the important words for each label, and the representative texts.
pub fn write_overview(out: &mut impl Write, overview: &Overview, shades: Shades) -> io::Result<()> {
    for class in &overview.classes {
        let label = cut(&class.label, LABEL_CHARACTERS);
        let heading = format!("for {label}");
        let words: Vec<String> = class
            .words
            .iter()
            .map(|word| cut(&word.token, WORD_CHARACTERS))
            .collect();
        let widths = words.iter().map(|word| word.chars().count());
        let width = widths.max().unwrap_or(0).max(heading.chars().count());
        let largest = class.words.first().map_or(1.0, |word| word.mean_over_texts);
        let head = format!("{heading:width$}  over all texts   if present  texts");
        writeln!(out, "{}", styled(HEAD, head))?;
        for (shown, word) in words.iter().zip(&class.words) {
            writeln!(
                out,
                "{shown:width$}  {:>+14.4}  {:>+11.4}  {:>5}  {}",
                word.mean_over_texts,
                word.mean_weight,
                word.texts,
                shades.bar(word.mean_over_texts, largest)
            )?;
        }
        writeln!(out)?;
    }
    if !overview.representatives.is_empty() {
        writeln!(out, "{}", styled(HEAD, "representative texts"))?;
    }
    for explanation in &overview.representatives {
        let class = explanation.answer();
        let label = styled(HEAD, cut(&class.label, LABEL_CHARACTERS));
        let text = shaded(&explanation.text, &class.weights, shades);
        writeln!(out, "\n{label} {:.4}\n{text}", class.probability)?;
    }
    Ok(())
}
