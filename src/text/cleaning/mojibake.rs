//! Mojibake: UTF-8 that was read as Windows-1252 or Latin-1, such as `â€™` for `’` and `Ã©` for `é`.
//!
//! The heuristics are those of ftfy for these two encodings, without its rules for lost bytes: a sequence is repaired if
//! it is the UTF-8 of a character and unlikely to be what someone wrote. `É»` in `«CAFÉ»` is such a sequence, too.

use super::replaced::Replaced;
use super::windows_1252;

/// The first UTF-8 byte of the characters from `Â` to `ô`, one of which starts each sequence.
const LEAD_BYTE: u8 = 0xc3;

/// Returns whether a text has mojibake.
pub(crate) fn has_mojibake(text: &str) -> bool {
    runs(text).any(|run| run.is_certain(text))
}

/// Replaces mojibake by the characters that were meant.
pub(super) fn repair(text: &str, output: &mut Replaced) {
    let certain = runs(text).filter(|run| run.is_certain(text));
    let certain_leads = certain.fold(0, |leads, run| leads | run.leads);
    if certain_leads == 0 {
        return;
    }
    // A letter that is not clear alone is clear in a text with others of the same script.
    let is_meant = |run: &Run| run.leads & !certain_leads == 0 || run.is_certain(text);
    let mut buffer = [0; 4];
    for run in runs(text).filter(is_meant) {
        let mut at = run.start;
        while let Some(sequence) = Sequence::at(text, at).filter(|_| at < run.end) {
            let meant = sequence.character.encode_utf8(&mut buffer);
            output.replace(text, at..sequence.end, meant);
            at = sequence.end;
        }
    }
    output.finish(text);
}

/// The UTF-8 of one character, read as Windows-1252.
struct Sequence {
    end: usize,
    lead: u8,
    character: char,
    /// Whether all characters after the first may follow a word: `É»`.
    ends_word: bool,
}

impl Sequence {
    fn at(text: &str, start: usize) -> Option<Self> {
        let mut characters = text[start..].chars();
        let lead = windows_1252::encode(characters.next()?)?;
        let length = match lead {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None,
        };
        let mut bytes = [lead, 0, 0, 0];
        let mut ends_word = true;
        for byte in &mut bytes[1..length] {
            let next = characters.next()?;
            *byte = windows_1252::encode(next)?;
            ends_word &= may_follow_word(next);
        }
        let character = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
        Some(Self {
            end: text.len() - characters.as_str().len(),
            lead,
            character,
            ends_word,
        })
    }
}

/// Returns whether a character of Windows-1252 often follows a letter without a space.
fn may_follow_word(character: char) -> bool {
    matches!(
        character,
        '\u{a0}'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '‘'
            | '’'
            | '“'
            | '”'
            | '…'
            | '–'
            | '—'
            | '•'
            | '·'
            | '€'
            | '™'
            | '®'
            | '©'
            | '°'
            | 'ª'
            | 'º'
            | '¹'
            | '²'
            | '³'
    )
}

/// Adjacent sequences.
struct Run {
    start: usize,
    end: usize,
    /// The first bytes of the sequences: bit 0 for 0xC0.
    leads: u64,
    first: Sequence,
    is_single: bool,
    ends_word: bool,
}

impl Run {
    fn at(text: &str, start: usize) -> Option<Self> {
        let first = Sequence::at(text, start)?;
        let mut run = Self {
            start,
            end: first.end,
            leads: lead_bit(first.lead),
            is_single: true,
            ends_word: first.ends_word,
            first,
        };
        while let Some(next) = Sequence::at(text, run.end) {
            run.end = next.end;
            run.leads |= lead_bit(next.lead);
            run.is_single = false;
            run.ends_word &= next.ends_word;
        }
        Some(run)
    }

    /// Returns whether nobody wrote this run.
    fn is_certain(&self, text: &str) -> bool {
        if !self.is_single {
            return !self.ends_word;
        }
        let before = text[..self.start].chars().next_back();
        let after = text[self.end..].chars().next();
        let is = |next: Option<char>, kind: fn(char) -> bool| next.is_some_and(kind);
        match self.first.lead {
            // `ä»` at the end of a word in capitals: `«AMANHû`.
            0xc2 | 0xc3 => {
                !self.ends_word || !is(before, char::is_uppercase) || is(after, char::is_alphabetic)
            }
            // Letters of Central Europe and Turkey: `Å“` in `cœur`, but not in `„TVÅ“`.
            0xc4 | 0xc5 => {
                !self.ends_word
                    || is(before, char::is_lowercase)
                    || (!is(before, char::is_alphabetic) && is(after, char::is_lowercase))
            }
            // Other scripts have two letters in a row.
            0xc6..=0xdf => false,
            _ => !self.ends_word || matches!(self.first.character, '\u{2000}'..='\u{2140}'),
        }
    }
}

fn lead_bit(lead: u8) -> u64 {
    1 << (lead & 0x3f)
}

/// Returns the runs of sequences.
fn runs(text: &str) -> impl Iterator<Item = Run> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(LEAD_BYTE, &text.as_bytes()[at..])?;
            match Run::at(text, start) {
                Some(run) => {
                    at = run.end;
                    return Some(run);
                }
                // The characters that start with this byte have two bytes.
                None => at = start + 2,
            }
        }
    })
}
