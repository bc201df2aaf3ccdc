//! Which tokens are words.

use super::emoji::emoji;
use super::emoticons::emoticon;
use super::web::url;
use crate::text::placeholders::is_placeholder;
use crate::text::respelling::ELONGATED;

/// Returns whether a token is a word: it has a letter and is neither a URL nor an @mention, nor stands for one or for an elongation.
pub(crate) fn is_word(token: &str) -> bool {
    token.contains(char::is_alphabetic)
        && !token.starts_with('@')
        && !is_placeholder(token)
        && token != ELONGATED
        && url(token).is_none()
}

/// Returns whether a token is an emoticon or an emoji, which says something as a word does.
pub(crate) fn is_pictograph(token: &str) -> bool {
    let length = emoji(token).or_else(|| emoticon(token));
    length == Some(token.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_letters() {
        for word in ["good", "n't", "#fail", "10th", "très", "映画", "хорошо"] {
            assert!(is_word(word) && !is_pictograph(word), "{word}");
        }
        for token in [
            "10/10",
            "...",
            "!",
            "@ann",
            "http://a.b/c",
            "www.a.b",
            "5",
            "<user>",
            "<elongated>",
            "",
        ] {
            assert!(!is_word(token) && !is_pictograph(token), "{token}");
        }
        for token in [":)", ":-(", "👍", "👍🏽", "❤️", "<3"] {
            assert!(is_pictograph(token), "{token}");
        }
    }
}
