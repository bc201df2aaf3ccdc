//! List items: `- a film`, `2. a film`.

/// Longest number or letter of a list item in bytes.
const MAX_LABEL: usize = 3;

/// Returns whether a word is the number or letter of a list item.
pub fn is_label(word: &str) -> bool {
    let is_number = word.bytes().all(|digit| digit.is_ascii_digit());
    word.len() <= MAX_LABEL && is_number
        || word.len() == 1 && word.bytes().all(|letter| letter.is_ascii_alphabetic())
}

/// Returns whether a line starts as a list item: `- `, `• `, `2. `, `b) `.
pub fn is_list_item(line: &str) -> bool {
    let is_followed = |rest: &str| rest.starts_with(char::is_whitespace);
    if let Some(rest) = line.strip_prefix(['-', '*', '•', '‣', '◦', '▪', '·', '–', '—'])
    {
        return is_followed(rest);
    }
    let line = line.strip_prefix('(').unwrap_or(line);
    let Some(end) = line
        .bytes()
        .take(MAX_LABEL + 1)
        .position(|byte| !byte.is_ascii_alphanumeric())
    else {
        return false;
    };
    let (label, rest) = line.split_at(end);
    let is_number = label.bytes().all(|digit| digit.is_ascii_digit());
    let rest = match rest.strip_prefix(')') {
        None if is_number => rest.strip_prefix('.'),
        rest => rest,
    };
    !label.is_empty() && is_label(label) && rest.is_some_and(is_followed)
}
