//! Tokens that stand for personal data and numbers, as in the GloVe vectors of tweets.

/// The token of URLs.
pub(super) const URL: &str = "<url>";
/// The token of user names, such as `@name`.
pub(super) const USER: &str = "<user>";
/// The token of e-mail addresses.
pub(super) const EMAIL: &str = "<email>";
/// The token of phone numbers.
pub(super) const PHONE: &str = "<phone>";
/// The token of numbers.
pub(super) const NUMBER: &str = "<number>";

const ALL: [&str; 5] = [URL, USER, EMAIL, PHONE, NUMBER];

/// Returns the length of a placeholder at the start of `text`, in any case.
pub(super) fn length(text: &str) -> Option<usize> {
    let begins = |placeholder: &&&str| {
        let start = text.as_bytes().get(..placeholder.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(placeholder.as_bytes()))
    };
    ALL.iter().find(begins).map(|placeholder| placeholder.len())
}

/// Returns whether a token is a placeholder.
pub(super) fn is_placeholder(token: &str) -> bool {
    ALL.contains(&token)
}

/// Returns whether a token is a number: digits with separators and a sign, such as `-1,000.5` and `10:30`.
pub(super) fn is_number(token: &str) -> bool {
    let unsigned = token.strip_prefix(['+', '-']).unwrap_or(token);
    unsigned.ends_with(char::is_numeric)
        && unsigned
            .chars()
            .all(|character| character.is_numeric() || matches!(character, '.' | ',' | ':'))
}
