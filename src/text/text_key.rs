//! Identifies texts that differ only in markup, invisible characters, white space and case.

use sha2::{Digest, Sha256};
use unicase::UniCase;

use super::cleaning::{Cleaned, CleaningRules};

/// A 128-bit key that is equal for two texts if they are the same text.
///
/// They are the same if they are equal after cleaning, Unicode case folding and collapsing white space: the
/// differences that preprocessing removes. The key is the start of a SHA-256 digest, so different texts
/// practically never have the same key, even if someone tries to find two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextKey(u128);

impl TextKey {
    /// Returns the key of a text.
    pub fn of(text: &str) -> Self {
        let mut cleaned = Cleaned::default();
        cleaned.clean(text, CleaningRules::of_version(2));
        let folded = fold_case(cleaned.text(text));
        let mut hasher = Sha256::new();
        for word in folded.split_whitespace() {
            hasher.update(word);
            hasher.update(" ");
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut start = [0; 16];
        start.copy_from_slice(&digest[..16]);
        Self(u128::from_le_bytes(start))
    }
}

/// Returns the text after full Unicode case folding.
pub(crate) fn fold_case(text: &str) -> String {
    UniCase::unicode(text).to_folded_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_white_space_case_and_unicode_form_do_not_matter() {
        let key = TextKey::of("A fine café & more");
        for same in [
            "a FINE CAFÉ & MORE",
            "  A\tfine\u{a0}\ncafé &  more ",
            "<p>A fine<br/>café</p> &amp; more",
            "A fi\u{ad}ne cafe\u{301} & more\u{feff}",
        ] {
            assert_eq!(TextKey::of(same), key, "{same}");
        }
        assert_eq!(TextKey::of("ΟΔΟΣ Straße"), TextKey::of("οδος STRASSE"));
    }

    #[test]
    fn words_and_punctuation_matter() {
        let texts = ["", "a b", "ab", "a b.", "b a", "a <3 b", "it's", "its"];
        for (index, text) in texts.iter().enumerate() {
            for other in &texts[..index] {
                assert_ne!(TextKey::of(text), TextKey::of(other), "{text} {other}");
            }
        }
        assert_eq!(TextKey::of(""), TextKey::of(" \u{200b}<br>\n"));
    }
}
