//! Emoticons, such as `:-)`, and emoji.

/// Returns the emoticons that start with a byte, from Wikipedia's list of Western emoticons. Each one
/// comes before its prefixes.
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

/// Returns the length in bytes of an emoticon at the start of `text`. The caller checks that no letter
/// or digit comes before it.
pub(super) fn emoticon(text: &str) -> Option<usize> {
    let candidates = emoticons(*text.as_bytes().first()?);
    let found = candidates
        .iter()
        .find(|emoticon| text.starts_with(**emoticon))?;
    let after = text[found.len()..].chars().next();
    // `:D` is an emoticon; `:Dogs`, `:30` and the `:/` of `http://` are not.
    let ends = after.is_none_or(|next| !next.is_alphanumeric() && next != '/');
    ends.then_some(found.len())
}

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

const ZERO_WIDTH_JOINER: char = '\u{200d}';

fn is_regional_indicator(character: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&character)
}

/// Returns whether a character is a variation selector, a skin tone, the keycap or a tag of a
/// sub-national flag.
fn is_modifier(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
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
    let selector = '\u{fe0f}'.encode_utf8(&mut buffer[length..]).len();
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
}
