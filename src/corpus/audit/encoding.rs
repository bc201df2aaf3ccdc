//! Signs that a text was decoded with the wrong encoding.

use std::ops::Range;

use serde::Serialize;

/// The characters of the bytes 0x80 to 0x9F in Windows-1252. Undefined bytes are control characters.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Texts with signs of a wrong encoding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EncodingDamage {
    /// Texts with U+FFFD, which stands for invalid bytes.
    pub replacement_characters: RowCount,
    /// Texts with NUL, often a sign of UTF-16.
    pub nul_characters: RowCount,
    /// Texts with mojibake: UTF-8 decoded as Windows-1252 or Latin-1, such as `Ã©` for `é`.
    pub mojibake: RowCount,
}

/// A number of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RowCount {
    /// The number of rows.
    pub rows: usize,
    /// The number of the first row in its corpus, from 1.
    pub first_row: Option<usize>,
}

/// The signs of a wrong encoding in a text.
#[derive(Clone, Copy)]
pub(super) struct TextDamage {
    has_replacement_character: bool,
    has_nul: bool,
    has_mojibake: bool,
}

impl TextDamage {
    pub(super) fn of(text: &str) -> Self {
        Self {
            has_replacement_character: text.contains(char::REPLACEMENT_CHARACTER),
            has_nul: text.contains('\0'),
            has_mojibake: has_mojibake(text),
        }
    }
}

impl EncodingDamage {
    pub(super) fn of(texts: impl Iterator<Item = TextDamage>) -> Self {
        let mut damage = Self::default();
        for (index, text) in texts.enumerate() {
            let row = index + 1;
            let counts = &mut damage.replacement_characters;
            counts.add(row, text.has_replacement_character);
            damage.nul_characters.add(row, text.has_nul);
            damage.mojibake.add(row, text.has_mojibake);
        }
        damage
    }
}

impl RowCount {
    fn add(&mut self, row: usize, is_counted: bool) {
        if is_counted {
            self.rows += 1;
            self.first_row.get_or_insert(row);
        }
    }
}

/// Returns whether a part of the text is valid UTF-8 after encoding it as Windows-1252.
fn has_mojibake(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut bytes = Vec::new();
    text.split(|character| windows_1252(character).is_none())
        .any(|run| {
            bytes.clear();
            bytes.extend(run.chars().filter_map(windows_1252));
            bytes
                .utf8_chunks()
                .any(|chunk| is_likely_text(chunk.valid()))
        })
}

/// Returns the byte of a character that is not ASCII.
fn windows_1252(character: char) -> Option<u8> {
    match character {
        '\u{80}'..='\u{ff}' => u8::try_from(character).ok(),
        _ => {
            let mut bytes = (0x80..).zip(WINDOWS_1252.chars());
            let found = bytes.find(|&(_, of_byte)| of_byte == character);
            found.map(|(byte, _)| byte)
        }
    }
}

/// Returns whether decoded characters were meant. One accented letter of Latin-1, punctuation mark or emoji
/// suffices. Others must be two in a row: `CAFÉ»` would be one phonetic letter.
fn is_likely_text(decoded: &str) -> bool {
    const COMMON: [Range<char>; 3] = [
        '\u{80}'..'\u{100}',
        '\u{2000}'..'\u{2140}',
        '\u{1f000}'..'\u{20000}',
    ];
    let mut characters = decoded.chars();
    characters.any(|character| COMMON.iter().any(|range| range.contains(&character)))
        || decoded.chars().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_decoded_as_windows_1252_is_mojibake() {
        for text in [
            "cafÃ©",
            "itâ€™s",
            "â€œquotedâ€\u{9d}",
            "5 â‚¬",
            "5 Â£",
            "ðŸ˜€",
            "Ð¿Ñ€Ð¸Ð²ÐµÑ‚",
            "å¥½å\u{90}ƒ",
            "voil\u{c3}\u{a0}",
        ] {
            assert!(has_mojibake(text), "{text}");
        }
    }

    #[test]
    fn texts_with_accents_are_not_mojibake() {
        for text in [
            "plain",
            "naïve café à côté",
            "« CAFÉ»",
            "« café…»",
            "NÃO É BOM, MAMÃE!",
            "Größe “Übung”",
            "não… “não”",
            "ÇOK İYİ",
            "привет",
            "好吃…“很好”",
            "25 °C ± 2 €",
            "Trần Â n",
        ] {
            assert!(!has_mojibake(text), "{text}");
        }
    }

    #[test]
    fn rows_are_counted_from_1() {
        let texts = ["good", "\0b\0a\0d", "caf\u{fffd}", "\u{fffd} cafÃ©"];
        let damage = EncodingDamage::of(texts.into_iter().map(TextDamage::of));
        let count = |rows, first_row| RowCount { rows, first_row };
        assert_eq!(damage.replacement_characters, count(2, Some(3)));
        assert_eq!(damage.nul_characters, count(1, Some(2)));
        assert_eq!(damage.mojibake, count(1, Some(4)));
        let clean = EncodingDamage::of(std::iter::once(TextDamage::of("good")));
        assert_eq!(clean, EncodingDamage::default());
    }
}
