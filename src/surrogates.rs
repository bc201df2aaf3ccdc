//! Replaces half surrogate pairs in JSON, which programs write that cut strings of UTF-16 units.
//!
//! `serde_json` refuses them in every `str`. It accepts them in bytes, but a value that may be a string or an object
//! cannot be read as bytes, so the escapes are replaced before the JSON is parsed.

use memchr::memchr;

/// Length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// Replaces each escape of half a surrogate pair by `\ufffd`, the replacement character. The length stays, so that
/// parser errors name the position in the original. Returns whether there was one.
pub(crate) fn replace_half_pairs(json: &mut [u8]) -> bool {
    let mut is_changed = false;
    let mut start = 0;
    while let Some(distance) = memchr(b'\\', &json[start..]) {
        let escape = start + distance;
        start = match unit(&json[escape..]) {
            // A pair.
            Some(0xd800..=0xdbff)
                if matches!(unit(&json[escape + ESCAPE..]), Some(0xdc00..=0xdfff)) =>
            {
                escape + 2 * ESCAPE
            }
            Some(0xd800..=0xdfff) => {
                json[escape..escape + ESCAPE].copy_from_slice(br"\ufffd");
                is_changed = true;
                escape + ESCAPE
            }
            Some(_) => escape + ESCAPE,
            // Another escape of two bytes, such as `\\`, or an invalid one, which the parser refuses.
            None => (escape + 2).min(json.len()),
        };
    }
    is_changed
}

/// Returns the UTF-16 unit of the escape at the start of `json`.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(br"\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn replaced(json: &str) -> String {
        let mut json = json.as_bytes().to_vec();
        replace_half_pairs(&mut json);
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn only_half_pairs_are_replaced() {
        for (json, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE00 good""#, r#""\ufffd good""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud83""#, r#""\ud83""#),
            (r#""\u+d83""#, r#""\u+d83""#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(replaced(json), expected);
        }
    }

    proptest! {
        /// Compares with the standard library's conversion of UTF-16.
        #[test]
        fn strings_of_any_units_become_what_lossy_utf16_is(
            units in vec(prop_oneof![any::<u16>(), 0xd700_u16..0xe100], 0..20)
        ) {
            let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let read: String = serde_json::from_str(&replaced(&format!("\"{escapes}\""))).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }
    }
}
