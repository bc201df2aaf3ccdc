//! Signs that a text was decoded with the wrong encoding.

use serde::Serialize;

use crate::text::has_mojibake;

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
