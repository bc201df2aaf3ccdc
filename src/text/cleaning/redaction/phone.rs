//! Phone numbers in international, North American and national notation.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;

use super::follows_word;

/// The maximum length of a phone number in bytes, with its separators.
const MAX_PHONE_BYTES: usize = 32;

/// The notations of phone numbers, and how many digits they have.
static NOTATIONS: LazyLock<[(Regex, RangeInclusive<usize>); 4]> = LazyLock::new(|| {
    let notation = |pattern: &str, digits| {
        let pattern = format!(r"^(?:{pattern})(?-u:\b)");
        (Regex::new(&pattern).expect("a valid pattern"), digits)
    };
    [
        // +44 20 7946 0958
        notation(
            r"\+[0-9]{1,3}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9]{1,4}(?:[ .-]?[0-9]{1,4}){1,5}",
            8..=15,
        ),
        // (555) 123-4567, 1-555-123-4567, 555.123.4567
        notation(
            r"(?:1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-]?)[0-9]{3}[ .-]?[0-9]{4}",
            10..=11,
        ),
        // 555-1234
        notation("[2-9][0-9]{2}-[0-9]{4}", 7..=7),
        // 020 7946 0958, (030) 1234567, 01 23 45 67 89
        notation(
            r"(?:0[0-9]{1,4}|\(0[0-9]{1,4}\))[ ./-]?[0-9]{2,8}(?:[ .-]?[0-9]{2,4}){0,4}",
            9..=12,
        ),
    ]
});

/// A date, which may look like the start of a national number.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}(?-u:\b)").expect("a valid pattern")
});

/// Returns the end of the phone number that starts at `at`, or else of the number there, as an error.
pub(super) fn phone(text: &str, at: usize) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let number_end = number_end(bytes, at);
    if bytes[at].is_ascii_digit() && follows_word(text, at) {
        return Err(number_end);
    }
    let is_of_phone = |byte: &u8| byte.is_ascii_digit() || b"+() .-/".contains(byte);
    let length = bytes[at..]
        .iter()
        .take(MAX_PHONE_BYTES)
        .take_while(|byte| is_of_phone(byte))
        .count();
    let window = &text[at..at + length];
    if DATE.is_match(window) {
        return Err(number_end);
    }
    let end_of = |(notation, digits): &(Regex, RangeInclusive<usize>)| {
        let found = notation.find(window)?.as_str();
        let ends = std::iter::successors(Some(found), |longer| without_last_group(longer));
        let is_whole = |phone: &&str| {
            digits.contains(&count_digits(phone)) && ends_number(text, at + phone.len(), phone)
        };
        let phone = ends
            .skip_while(|phone| ends_in_rating(phone))
            .find(is_whole)?;
        Some(at + phone.len())
    };
    NOTATIONS.iter().find_map(end_of).ok_or(number_end)
}

fn count_digits(number: &str) -> usize {
    number.bytes().filter(u8::is_ascii_digit).count()
}

/// Returns a number without its last group of digits and the separator before it. What follows a number may look like one:
/// `+44 20 7946 0958 10/10`.
fn without_last_group(number: &str) -> Option<&str> {
    let groups = number.trim_end_matches(|last: char| last.is_ascii_digit());
    let shorter = groups.trim_end_matches([' ', '.', '-']);
    (!shorter.is_empty() && shorter.len() < number.len()).then_some(shorter)
}

/// Returns whether a number is longer than its country allows only because of a last group of one or two digits.
fn ends_in_rating(number: &str) -> bool {
    let Some(shorter) = without_last_group(number) else {
        return false;
    };
    let longest = if number.starts_with("+1") { 11 } else { 12 };
    number.len() - shorter.len() <= 3 && count_digits(shorter) >= longest
}

/// Returns the end of the digits at `start` and of those that separators join to them, which begin no phone number.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start + 1;
    if !bytes[start].is_ascii_digit() {
        return end;
    }
    loop {
        match bytes[end..] {
            [b'0'..=b'9', ..] => end += 1,
            [b'.' | b',' | b':' | b'/' | b'-', b'0'..=b'9', ..] => end += 2,
            _ => return end,
        }
    }
}

/// Returns whether `phone` ends at `end` of a text, rather than go on as a word or a longer number.
fn ends_number(text: &str, end: usize, phone: &str) -> bool {
    let mut rest = text[end..].chars();
    let is_separated = !phone.bytes().all(|byte| byte.is_ascii_digit());
    match rest.next() {
        // Another number follows, or another extension: `555-123-4567/8`.
        Some(',' | ':' | '/') if is_separated => true,
        Some('.' | ',' | ':' | '/' | '-') => !rest.next().is_some_and(|next| next.is_ascii_digit()),
        Some(next) => !next.is_alphanumeric() && next != '_',
        None => true,
    }
}
