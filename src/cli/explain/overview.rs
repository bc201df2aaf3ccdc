//! The important words of a corpus in a terminal.

use std::io::{self, Write};

use sentiment::explain::{Overview, OverviewClass};

use super::terminal::{Marks, WORD_COLUMNS, shaded};
use crate::cli::columns::{left, right, table_columns, width};
use crate::cli::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, fitting, styled};
use crate::cli::terminal_palette::TerminalPalette;

/// The range of the length of the longest bar of a sign, in characters.
const BARS: (usize, usize) = (5, 20);

/// The width of the columns between the word and the bars.
const FIGURES: &str = "  mean weight  in its texts   texts  ";

/// Writes the important words for each label, and the representative texts.
pub fn write_overview(out: &mut impl Write, overview: &Overview) -> io::Result<()> {
    // The weights for one of two labels are those against the other.
    let classes = match overview.classes.as_slice() {
        [other, class] => vec![(class, Some(other))],
        classes => classes.iter().map(|class| (class, None)).collect(),
    };
    for (class, other) in classes {
        write_words(out, class, other)?;
        writeln!(out)?;
    }
    let note = format!(
        "mean weight: over all {} texts; in its texts: over those with the word",
        overview.texts
    );
    writeln!(out, "{}", styled(ASIDE, note))?;
    if !overview.representatives.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "representative texts"))?;
    }
    for explanation in &overview.representatives {
        let class = explanation.answer();
        let label = styled(HEAD, cut(&class.label, LABEL_CHARACTERS));
        let text = shaded(explanation, class);
        writeln!(out, "\n{label} {:.4}\n{text}", class.probability)?;
    }
    Ok(())
}

/// Writes the words for a label with bars to the right, and the words against it with bars to the left.
fn write_words(
    out: &mut impl Write,
    class: &OverviewClass,
    other: Option<&OverviewClass>,
) -> io::Result<()> {
    let label = cut(&class.label, LABEL_CHARACTERS);
    let against = match other {
        Some(other) => format!("for {}", cut(&other.label, LABEL_CHARACTERS)),
        None => "against it".into(),
    };
    let title = format!("words for {label} (+) and {against} (−)");
    writeln!(out, "{}", styled(HEAD, title))?;
    let words = class.words.iter();
    let words: Vec<String> = words
        .map(|word| fitting(&word.token, WORD_COLUMNS))
        .collect();
    let widths = words.iter().map(|word| width(word));
    let word_width = widths.max().unwrap_or(0).max("word".len());
    let room = table_columns().saturating_sub(word_width + FIGURES.len() + 1);
    let half = (room / 2).clamp(BARS.0, BARS.1);
    let head = format!("{}{FIGURES}{}0", left("word", word_width), " ".repeat(half));
    writeln!(out, "{}", styled(HEAD, head))?;
    let marks = Marks::of(&class.label, TerminalPalette::of_output());
    let weights = class.words.iter().map(|word| word.mean_over_texts.abs());
    let largest = weights.fold(0.0, f64::max);
    for (shown, word) in words.iter().zip(&class.words) {
        let weight = word.mean_over_texts;
        let length = (half as f64 * weight.abs() / largest).round() as usize;
        let bar = styled(marks.bar(weight), "█".repeat(length));
        let bars = match weight > 0.0 {
            true => format!("{}│{bar}", " ".repeat(half)),
            false => format!("{}{bar}│", " ".repeat(half - length)),
        };
        writeln!(
            out,
            "{}  {weight:>+11.4}  {:>+12.4}  {}  {bars}",
            left(shown, word_width),
            word.mean_weight,
            right(&word.texts.to_string(), 6)
        )?;
    }
    Ok(())
}
