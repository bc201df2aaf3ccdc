//! Faces: those made of punctuation and those that are emoji.

/// The emoticons that begin with a byte, by the field's usual lists (Wikipedia's Western ones); a
/// longer one comes before its beginning.
fn emoticons(first: u8) -> &'static [&'static str] {
    match first {
        b'>' => &[">:-(", ">:-)", ">:(", ">:)"],
        b':' => &[
            ":'-(", ":'-)", ":'(", ":')", ":-))", ":-((", ":-)", ":-(", ":-D", ":-P", ":-p", ":-/",
            ":-\\", ":-|", ":-O", ":-o", ":-*", ":-S", ":-s", ":-3", ":-]", ":-[", ":-}", ":-{",
            ":))", ":((", ":)", ":(", ":D", ":P", ":p", ":/", ":\\", ":|", ":O", ":o", ":*", ":S",
            ":s", ":3", ":]", ":[", ":}", ":{",
        ],
        b';' => &[";-)", ";-(", ";-D", ";-P", ";)", ";(", ";D", ";P"],
        b'=' => &["=)", "=(", "=D", "=P", "=/"],
        b'8' => &["8-)"],
        b'B' => &["B-)"],
        b'X' => &["XD"],
        b'x' => &["xD"],
        b'^' => &["^_^"],
        b'-' => &["-_-"],
        b'o' => &["o_O"],
        b'O' => &["O_o"],
        b'T' => &["T_T"],
        b'<' => &["<3", "</3"],
        b'\\' => &["\\o/"],
        b'(' => &["(:"],
        _ => &[],
    }
}

/// How many bytes an emoticon at the beginning of `text` takes. The caller knows that no letter or
/// digit stands before it.
pub(super) fn emoticon(text: &str) -> Option<usize> {
    let candidates = emoticons(*text.as_bytes().first()?);
    let found = candidates
        .iter()
        .find(|emoticon| text.starts_with(**emoticon))?;
    let after = text[found.len()..].chars().next();
    // `:D` is a face, `:Dogs` and `:30` are not; nor is the `:/` of `http://`.
    let ends = after.is_none_or(|next| !next.is_alphanumeric() && next != '/');
    ends.then_some(found.len())
}

/// How many bytes an emoji at the beginning of `text` takes, with its skin tone, its variation
/// selector and what zero-width joiners tie to it (Unicode Technical Standard 51, ED-17).
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

const ZERO_WIDTH_JOINER: char = '\u{200d}';

fn is_regional_indicator(character: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&character)
}

/// Variation selectors, skin tones, the keycap, and the tags of sub-national flags.
fn is_modifier(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// Whether a character alone, or with the selector that asks for its picture, is an emoji.
fn is_emoji(character: char) -> bool {
    // The letters of most scripts lie elsewhere, and need not be looked up.
    if !matches!(character, '©' | '®' | '\u{2000}'..='\u{3300}' | '\u{1f000}'..='\u{1ffff}') {
        return false;
    }
    is_listed(character)
}

fn is_listed(character: char) -> bool {
    let mut buffer = [0; 8];
    let length = character.encode_utf8(&mut buffer).len();
    let selector = '\u{fe0f}'.encode_utf8(&mut buffer[length..]).len();
    // Both are whole characters that were just written.
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
}
