//! Splits a text into sentences.
//!
//! The rules follow Unicode's sentence boundaries (UAX #29), with what they leave open: English abbreviations, initials,
//! web addresses, wrapped lines, lists and HTML breaks. No crate fits. `unicode-segmentation` takes quadratic time (16 s
//! for a period and 40 kB of spaces) and ends a sentence at each line break. `icu_segmenter` is linear and also ends
//! them there, and needs 15 further crates for the smaller part of the rules. `sentencex` needs a newer Rust.
//!
//! Each step looks ahead over white space and brackets only, and back over one short word, so the time is linear.

mod abbreviations;
mod characters;
mod gap;
mod list_items;
mod stop;

use std::ops::Range;

use characters::is_terminator;
use gap::Gap;
use list_items::is_list_item;
use stop::Stop;

/// Returns the byte ranges of the sentences of a text, in order.
///
/// Ranges are not empty and do not start or end with white space, and together they cover the rest of the text. The HTML
/// tags `<br>` and `<p>` count as white space. Abbreviations are English; terminators are those of many scripts. A period
/// before a lower-case letter ends no sentence, so a text without capitals is split at `!`, `?` and line ends only.
///
/// ```
/// let text = "Mr. Smith paid $3.50. Was it worth it? “No!” he said.";
/// let sentences: Vec<&str> = sentiment::text::sentences(text)
///     .map(|range| &text[range])
///     .collect();
/// assert_eq!(
///     sentences,
///     ["Mr. Smith paid $3.50.", "Was it worth it?", "“No!” he said."]
/// );
/// ```
pub fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = Gap::read(text, at).end;
        if start == text.len() {
            return None;
        }
        let end = sentence_end(text, start);
        at = end;
        Some(start..end)
    })
}

/// Returns the end of the sentence that starts at `start`, without the white space after it.
fn sentence_end(text: &str, start: usize) -> usize {
    let mut at = start;
    let mut word = start;
    while let Some(next) = text[at..].chars().next() {
        if next.is_whitespace() || next == '<' {
            let gap = Gap::read(text, at);
            if gap.is_break || gap.has_line_break && is_list_item(&text[gap.end..]) {
                return at;
            }
            // A `<` that starts no break.
            if gap.end == at {
                at += 1;
            } else {
                (at, word) = (gap.end, gap.end);
            }
        } else if is_terminator(next) {
            let stop = Stop::read(text, at);
            if stop.ends_sentence(text, start, word) {
                return stop.end;
            }
            at = stop.end;
        } else {
            at += next.len_utf8();
        }
    }
    text.len()
}
