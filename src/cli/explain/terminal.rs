//! Explanations in a terminal: words shaded in the terminal's colours, or marked with signs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use sentiment::explain::{Basis, ClassExplanation, Explanation, Piece, Reading, Weight};
use sentiment::printable::visible;
use sentiment::tone::{Mark, Tone};

use crate::cli::columns::{breaks, left, output_columns, width};
use crate::cli::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, fitting, styled};
use crate::cli::terminal_palette::{Hue, SHADES, TerminalPalette};

/// The length of the longest bar, in characters.
const BAR: f64 = 30.0;

/// The maximum width of a word in a list.
pub const WORD_COLUMNS: usize = 24;

/// The style of words that the model does not know.
const UNKNOWN: Style = AnsiColor::BrightBlack
    .on_default()
    .effects(Effects::UNDERLINE);

/// How the words that weigh for a label are marked.
#[derive(Clone, Copy)]
pub struct Marks {
    palette: TerminalPalette,
    tone: Tone,
}

impl Marks {
    /// Returns the marks of weights for a label.
    pub fn of(label: &str, palette: TerminalPalette) -> Self {
        let tone = Tone::of(label);
        Self { palette, tone }
    }

    /// Returns the marks of an explanation's class. Attention is for no label.
    fn of_class(explanation: &Explanation, class: &ClassExplanation) -> Self {
        let palette = TerminalPalette::of_output();
        match explanation.basis {
            Basis::Attention => Self {
                palette,
                tone: Tone::Other,
            },
            _ => Self::of(&class.label, palette),
        }
    }

    /// Returns the style of a weight's bar.
    pub fn bar(self, weight: f64) -> Style {
        self.palette.text(hue(self.tone.mark(weight)))
    }

    /// Returns the style of a word, from 0 for a weak weight to `SHADES - 1` for a strong one.
    fn word(self, mark: Mark, shade: usize) -> Style {
        let style = self.palette.shade(hue(mark), shade);
        match mark {
            Mark::Positive | Mark::Negative => style,
            Mark::For => style | Effects::UNDERLINE,
            Mark::Against => style | Effects::DOTTED_UNDERLINE,
        }
    }

    /// Returns a piece of a text with its sign, and its style.
    fn segment(self, piece: &Piece) -> (String, Style) {
        let text = visible(piece.text);
        let has_colors = self.palette.has_colors();
        let shades = (piece.strength.abs() * SHADES as f64).round() as usize;
        if shades == 0 {
            return match piece.reading {
                Reading::Known => (text, Style::new()),
                Reading::Unknown if has_colors => (text, UNKNOWN),
                Reading::Unknown => (text + "[?]", Style::new()),
                Reading::Unread => (text, ASIDE),
            };
        }
        if has_colors {
            return (text, self.word(self.tone.mark(piece.strength), shades - 1));
        }
        let sign = if piece.strength > 0.0 { "+" } else { "−" };
        (format!("{text}[{}]", sign.repeat(shades)), Style::new())
    }

    /// Returns the meaning of the marks.
    fn legend(self) -> String {
        if !self.palette.has_colors() {
            return "[+] for the label, [−] against it, [?] unknown word".into();
        }
        let entry = |mark, meaning| styled(self.word(mark, SHADES - 1), meaning);
        let (one, other) = match self.tone {
            Tone::Other => (
                entry(Mark::For, "for the label"),
                entry(Mark::Against, "against it"),
            ),
            Tone::Positive | Tone::Negative => (
                entry(Mark::Positive, "towards positive"),
                entry(Mark::Negative, "towards negative"),
            ),
        };
        format!("{one}  {other}  {}", styled(UNKNOWN, "unknown word"))
    }
}

fn hue(mark: Mark) -> Hue {
    match mark {
        Mark::Positive => Hue::Blue,
        Mark::Negative => Hue::Orange,
        Mark::For | Mark::Against => Hue::Violet,
    }
}

/// Writes the explanation of each label.
pub fn write_explanation(out: &mut impl Write, explanation: &Explanation) -> io::Result<()> {
    for (place, class) in explanation.classes.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let marks = Marks::of_class(explanation, class);
        let name = styled(HEAD, cut(&class.label, LABEL_CHARACTERS));
        let basis = styled(ASIDE, explanation.basis.in_words());
        writeln!(out, "{name} {:.4}  {basis}\n", class.probability)?;
        writeln!(out, "{}\n", shaded(explanation, class))?;
        write_bars(out, &class.weights, marks)?;
        writeln!(out, "\n{}", marks.legend())?;
        if let Some(fit) = class.fit {
            writeln!(out, "{}", styled(ASIDE, fit.in_words(class)))?;
        }
    }
    Ok(())
}

/// Returns the text with its words marked, on a terminal with line breaks between words.
pub fn shaded(explanation: &Explanation, class: &ClassExplanation) -> String {
    let marks = Marks::of_class(explanation, class);
    let pieces = explanation.pieces(class);
    let segments: Vec<(String, Style)> = pieces.iter().map(|piece| marks.segment(piece)).collect();
    let plain: String = segments.iter().map(|(text, _)| text.as_str()).collect();
    let breaks = output_columns().map_or(Vec::new(), |columns| breaks(&plain, columns));
    let mut breaks = breaks.into_iter().peekable();
    let mut start = 0;
    let mut shaded = String::new();
    for (mut text, style) in segments {
        let end = start + text.len();
        while let Some(space) = breaks.next_if(|space| *space < end) {
            text.replace_range(space - start..=space - start, "\n");
        }
        shaded += &styled(style, text);
        start = end;
    }
    shaded
}

fn write_bars(out: &mut impl Write, weights: &[Weight], marks: Marks) -> io::Result<()> {
    let words = weights.iter();
    let words: Vec<String> = words
        .map(|weight| fitting(&weight.token, WORD_COLUMNS))
        .collect();
    let widths = words.iter().map(|word| width(word));
    let word_width = widths.max().unwrap_or(0);
    let weights_of = weights.iter().map(|weight| weight.weight.abs());
    let largest = weights_of.fold(0.0, f64::max);
    for (word, Weight { weight, .. }) in words.iter().zip(weights) {
        let length = (BAR * weight.abs() / largest).round() as usize;
        writeln!(
            out,
            "  {}  {weight:+.4}  {}",
            left(word, word_width),
            styled(marks.bar(*weight), "█".repeat(length))
        )?;
    }
    Ok(())
}
