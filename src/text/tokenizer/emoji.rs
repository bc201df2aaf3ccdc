//! Emoji: their sequences in a text, the form that stands for all variants of one, and their names.

use emojis::{Emoji, SkinTone};

/// Returns the length in bytes of an emoji at the start of `text`, including skin tone, variation
/// selector and the emoji that zero-width joiners attach (Unicode Technical Standard 51, ED-17).
pub(super) fn emoji(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    let (_, first) = characters.next()?;
    if is_regional_indicator(first) {
        let (end, second) = characters.next()?;
        return is_regional_indicator(second).then_some(end + second.len_utf8());
    }
    if first.is_ascii() || !is_emoji(first) {
        return None;
    }
    let mut end = first.len_utf8();
    while let Some((_, next)) = characters.next() {
        let is_joined = next == ZERO_WIDTH_JOINER
            && characters
                .next_if(|&(_, joined)| is_emoji(joined))
                .is_some();
        if !is_joined && !is_modifier(next) {
            break;
        }
        end = characters
            .peek()
            .map_or(text.len(), |&(following, _)| following);
    }
    Some(end)
}

/// Returns the length in bytes of a keycap at the start of `text`, such as `1️⃣`: a digit, `#` or `*`, maybe a variation
/// selector, and the enclosing keycap.
pub(super) fn keycap(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(|first: char| matches!(first, '0'..='9' | '#' | '*'))?;
    let rest = rest.strip_prefix(EMOJI_SELECTOR).unwrap_or(rest);
    let after = rest.strip_prefix(KEYCAP)?;
    Some(text.len() - after.len())
}

/// Returns a token without variation selectors and skin tones, which all variants of an emoji share; `None` if it has none
/// of them or nothing else. A pair of two skin tones may become one emoji.
pub(in crate::text) fn fold(token: &str) -> Option<String> {
    if token.is_ascii() || !token.contains(is_presentation) {
        return None;
    }
    let emoji = emojis::get(token).and_then(|emoji| emoji.with_skin_tone(SkinTone::Default));
    let folded: String = emoji
        .map_or(token, Emoji::as_str)
        .chars()
        .filter(|&character| !is_presentation(character))
        .collect();
    (!folded.is_empty()).then_some(folded)
}

/// Returns the lower-cased words of an emoji's CLDR name, such as `red heart`, without function words; none for other
/// tokens.
pub(crate) fn name_words(token: &str) -> impl Iterator<Item = String> {
    let name = match token.is_ascii() {
        true => None,
        false => emojis::get(token).map(|emoji| emoji.name()),
    };
    name.unwrap_or_default()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.len() > 1 && !FUNCTION_WORDS.contains(word))
        .map(str::to_lowercase)
}

/// The words of CLDR names that say nothing about an emoji.
const FUNCTION_WORDS: [&str; 8] = ["and", "at", "for", "in", "of", "on", "the", "with"];

const EMOJI_SELECTOR: char = '\u{fe0f}';

/// The character that encloses the one before it in a keycap.
pub(super) const KEYCAP: char = '\u{20e3}';

const ZERO_WIDTH_JOINER: char = '\u{200d}';

fn is_regional_indicator(character: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&character)
}

/// Returns whether a character is a variation selector, a skin tone, the keycap or a tag of a
/// sub-national flag.
fn is_modifier(character: char) -> bool {
    is_presentation(character) || matches!(character, KEYCAP | '\u{e0020}'..='\u{e007f}')
}

/// Returns whether a character is a variation selector or a skin tone.
fn is_presentation(character: char) -> bool {
    matches!(
        character,
        '\u{fe0e}' | EMOJI_SELECTOR | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Returns whether a character is an emoji, alone or with the emoji variation selector.
fn is_emoji(character: char) -> bool {
    // A fast exit: letters of most scripts lie outside these ranges.
    if !matches!(character, '©' | '®' | '\u{2000}'..='\u{3300}' | '\u{1f000}'..='\u{1ffff}') {
        return false;
    }
    is_listed(character)
}

fn is_listed(character: char) -> bool {
    let mut buffer = [0; 8];
    let length = character.encode_utf8(&mut buffer).len();
    let selector = EMOJI_SELECTOR.encode_utf8(&mut buffer[length..]).len();
    // Never fails: the buffer holds two encoded characters.
    let with_selector = std::str::from_utf8(&buffer[..length + selector]).unwrap_or_default();
    emojis::get(&with_selector[..length]).is_some() || emojis::get(with_selector).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_lie_only_where_they_are_looked_up() {
        for character in ('\u{80}'..=char::MAX).filter(|&character| is_listed(character)) {
            assert!(is_emoji(character), "{:x}", u32::from(character));
        }
    }

    #[test]
    fn sequences_are_one() {
        for whole in ["👍🏽", "👩‍👩‍👧", "🇫🇷", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏳️‍🌈", "☺"]
        {
            assert_eq!(emoji(&format!("{whole}x")), Some(whole.len()), "{whole}");
        }
        for none in ["a", "é", "中", "\u{200d}", "\u{fe0f}", "", "🇫"] {
            assert_eq!(emoji(none), None, "{none}");
        }
        assert_eq!(emoji("👍👍"), Some("👍".len()));
    }

    #[test]
    fn keycaps_are_one() {
        assert_eq!(keycap("1️⃣2️⃣"), Some("1️⃣".len()));
        assert_eq!(keycap("#⃣"), Some("#⃣".len()));
        for none in ["1", "#a", "a⃣", "1️", ""] {
            assert_eq!(keycap(none), None, "{none}");
        }
    }

    #[test]
    fn variants_of_an_emoji_share_a_form_with_a_name() {
        for emoji in emojis::iter() {
            let tones = emoji.skin_tones().into_iter().flatten();
            for variant in tones.chain([emoji]) {
                let folded = fold(variant.as_str()).unwrap_or(variant.as_str().into());
                assert_eq!(fold(&folded), None, "{variant}");
                let base = emojis::get(&folded).unwrap_or_else(|| panic!("{variant}"));
                assert_eq!(fold(base.as_str()).unwrap_or(base.as_str().into()), folded);
            }
        }
        assert_eq!(fold("👍🏽").as_deref(), Some("👍"));
        assert_eq!(fold("❤️").as_deref(), Some("❤"));
        for same in ["good", "é", "👍", "👩‍👩‍👧", "🏽"] {
            assert_eq!(fold(same), None, "{same}");
        }
    }

    #[test]
    fn names_have_words() {
        let words = |token| name_words(token).collect::<Vec<_>>();
        assert_eq!(words("❤"), ["red", "heart"]);
        assert_eq!(words("😂"), ["face", "tears", "joy"]);
        assert_eq!(words("🇫🇷"), ["flag", "france"]);
        for none in ["good", "é", "1"] {
            assert!(words(none).is_empty(), "{none}");
        }
    }
}
