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
    runs(text).any(|run| run.is_certain)
}

/// Replaces mojibake by the characters that were meant.
pub(super) fn repair(text: &str, output: &mut Replaced) {
    let certain = runs(text).filter(|run| run.is_certain);
    let certain_leads = certain.fold(0, |leads, run| leads | run.leads);
    if certain_leads == 0 {
        return;
    }
    // A letter that is not clear alone is clear in a text with others of the same script.
    let is_meant = |run: &Run| run.leads & !certain_leads == 0 || run.is_certain;
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
    /// Whether all characters after the first may follow a letter: `É»`.
    is_plausible: bool,
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
        let mut is_plausible = true;
        for byte in &mut bytes[1..length] {
            let next = characters.next()?;
            *byte = windows_1252::encode(next)?;
            is_plausible &= may_follow_letter(next);
        }
        let character = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
        Some(Self {
            end: text.len() - characters.as_str().len(),
            lead,
            character,
            is_plausible,
        })
    }

    /// Returns whether nobody wrote this sequence, which starts at `start` of the text.
    fn is_certain(&self, text: &str, start: usize) -> bool {
        let before = text[..start].chars().next_back();
        let after = text[self.end..].chars().next();
        let is = |next: Option<char>, kind: fn(char) -> bool| next.is_some_and(kind);
        match self.lead {
            // No word ends in `Â`.
            0xc2 => true,
            // `Ã` at the end of a word in capitals: `«AMANHû`.
            0xc3 => {
                let second = text[start..self.end].chars().nth(1);
                !self.is_plausible
                    || is(second, char::is_alphabetic)
                    || !is(before, char::is_uppercase)
                    || is(after, char::is_alphanumeric)
            }
            // Letters of Central Europe and Turkey: `Å“` in `cœur`, but not in `„TVÅ“`.
            0xc4 | 0xc5 => {
                !self.is_plausible
                    || is(before, char::is_lowercase)
                    || (!is(before, char::is_alphabetic) && is(after, char::is_lowercase))
            }
            // Other scripts have two letters in a row.
            0xc6..=0xdf => false,
            0xe0..=0xf0 => {
                // Punctuation, symbols, the byte order mark and emoji.
                !self.is_plausible
                    || matches!(self.character, '\u{2000}'..='\u{2bff}' | '\u{feff}' | '\u{1f000}'..='\u{1ffff}')
            }
            // Rare and private characters.
            _ => false,
        }
    }
}

/// Returns whether a character of Windows-1252 often follows a letter: punctuation, and `š` in `máš…`.
fn may_follow_letter(character: char) -> bool {
    matches!(
        character,
        '\u{a0}'
            | 'Š'
            | 'Œ'
            | 'Ž'
            | 'š'
            | 'œ'
            | 'ž'
            | 'Ÿ'
            | '¡'
            | '¿'
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
            | '¹'
            | '²'
            | '³'
    )
}

/// Adjacent sequences.
struct Run {
    start: usize,
    end: usize,
    /// The first bytes of the sequences, as in [`lead_bit`].
    leads: u64,
    /// Whether nobody wrote this run.
    is_certain: bool,
}

impl Run {
    fn at(text: &str, start: usize) -> Option<Self> {
        let mut run = Self {
            start,
            end: start,
            leads: 0,
            is_certain: false,
        };
        let mut count = 0;
        let mut is_unlikely = false;
        while let Some(next) = Sequence::at(text, run.end) {
            run.is_certain |= next.is_certain(text, run.end);
            // `ã…‹` may be written, but not twice in a row; `Ö…` not three times.
            is_unlikely |= count > 1 || !next.is_plausible || matches!(next.lead, 0xe0..=0xf0);
            run.leads |= lead_bit(next.lead);
            run.end = next.end;
            count += 1;
        }
        run.is_certain |= count > 1 && is_unlikely;
        (count > 0).then_some(run)
    }
}

/// Returns a bit for each first byte of a sequence.
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
