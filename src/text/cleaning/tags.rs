//! HTML tags, comments and declarations.
//!
//! HTML parsers give no map to offsets in the original, so tags are scanned by hand.

use crate::text::placeholders;

/// The maximum length of a tag in bytes, URLs in attributes included. A `<` without a `>` within this
/// distance is text.
const MAX_TAG_BYTES: usize = 1024;

/// Returns the end of the tag that starts at `at`. With `keeps_placeholders`, a placeholder such as `<url>` is text.
pub(super) fn tag(text: &str, at: usize, keeps_placeholders: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let window = &bytes[at + 1..bytes.len().min(at + MAX_TAG_BYTES)];
    if !begins_tag(window) || (keeps_placeholders && placeholders::length(&text[at..]).is_some()) {
        return None;
    }
    let length = window
        .iter()
        .position(|&byte| matches!(byte, b'>' | b'<'))?;
    (window[length] == b'>').then_some(at + 1 + length + 1)
}

/// Returns whether the bytes after a `<` start with a tag name and a delimiter. False for `</3` and
/// `<me@here.org>`.
fn begins_tag(rest: &[u8]) -> bool {
    let name = match rest {
        [b'!', declaration @ ..] => {
            return matches!(declaration, [b'-', b'-', ..] | [b'a'..=b'z' | b'A'..=b'Z', ..]);
        }
        [b'/', name @ ..] | name => name,
    };
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let length = name.iter().take_while(|byte| is_of_name(byte)).count();
    matches!(name, [b'a'..=b'z' | b'A'..=b'Z', ..])
        && matches!(
            name.get(length),
            Some(b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n')
        )
}
