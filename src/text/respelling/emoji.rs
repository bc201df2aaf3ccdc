//! Unknown emoji as the words of their names: `💩` becomes `pile` and `poo`.

use super::part::{Part, Rank};
use crate::text::tokenizer::emoji::name_words;

/// Returns the known words of an emoji's name.
pub(super) fn describe(token: &str, rank: &Rank) -> Option<Vec<Part>> {
    let words = name_words(token).filter(|word| rank(word).is_some());
    let parts: Vec<Part> = words.map(|word| Part::whole(word, token)).collect();
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_of_the_name() {
        let rank = |word: &str| (word != "crying").then_some(0);
        let words = |token| describe(token, &rank).unwrap_or_default();
        assert_eq!(
            words("😭"),
            [Part::whole("loudly", "😭"), Part::whole("face", "😭")]
        );
        assert_eq!(words("good"), []);
    }
}
