//! Faces: those made of punctuation and those that are emoji.

/// Emoticons, by the field's usual lists (Wikipedia's Western ones); a longer one comes before its
/// beginning.
const EMOTICONS: [&str; 74] = [
    ">:-(", ">:-)", ">:(", ">:)", ":'-(", ":'-)", ":'(", ":')", ":-))", ":-((", ":-)", ":-(", ":-D",
    ":-P", ":-p", ":-/", ":-\\", ":-|", ":-O", ":-o", ":-*", ":-S", ":-s", ":-3", ":-]", ":-[",
    ":-}", ":-{", ":))", ":((", ":)", ":(", ":D", ":P", ":p", ":/", ":\\", ":|", ":O", ":o", ":*",
    ":S", ":s", ":3", ":]", ":[", ":}", ":{", ";-)", ";-(", ";-D", ";-P", ";)", ";(", ";D", ";P", "=)",
    "=(", "=D", "=P", "=/", "8-)", "B-)", "XD", "xD", "^_^", "-_-", "o_O", "O_o", "T_T", "<3", "</3",
    "\\o/", "(:",
];

/// How many bytes an emoticon at the beginning of `text` takes. The caller knows that no letter or
/// digit stands before it.
pub(super) fn emoticon(text: &str) -> Option<usize> {
    // Most characters begin none.
    if !matches!(text.as_bytes().first()?, b':' | b';' | b'=' | b'8' | b'B' | b'X' | b'x' | b'^'
        | b'-' | b'o' | b'O' | b'T' | b'<' | b'>' | b'\\' | b'(')
    {
        return None;
    }
    let found = EMOTICONS.iter().find(|emoticon| text.starts_with(**emoticon))?;
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
    while let Some((offset, next)) = characters.next() {
        let is_joined = next == ZERO_WIDTH_JOINER
            && characters.next_if(|&(_, joined)| is_emoji(joined)).is_some();
        if !is_joined && !is_modifier(next) {
            break;
        }
        end = characters.peek().map_or(text.len(), |&(following, _)| following);
        debug_assert!(offset < end);
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
    let mut buffer = [0; 8];
    let length = character.encode_utf8(&mut buffer).len();
    let selector = '\u{fe0f}'.encode_utf8(&mut buffer[length..]).len();
    // Both are whole characters that were just written.
    let with_selector = std::str::from_utf8(&buffer[..length + selector]).unwrap_or_default();
    emojis::get(&with_selector[..length]).is_some() || emojis::get(with_selector).is_some()
}
