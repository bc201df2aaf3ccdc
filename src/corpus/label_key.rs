//! A key that is equal for labels that differ only in spelling.

use unicode_normalization::UnicodeNormalization;

use crate::text::fold_case;

/// Returns a key that is equal for labels that differ only in spelling, such as `Positive` and `positive `.
///
/// The key ignores zero-width characters, soft hyphens, the Unicode form (NFC or NFD), case, outer white space
/// and the amount of inner white space. Numbers are compared by value: `1`, `1.0` and `+1` have one key, also
/// `true`; `0` has that of `false`. A number with leading zeros, such as `01`, may be a code and keeps them, and
/// a number with an exponent is compared as text.
pub fn label_key(label: &str) -> String {
    let visible = label.chars().filter(|character| !is_invisible(*character));
    let folded = fold_case(&visible.nfc().collect::<String>());
    let key = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    match key.as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        _ => plain_number(&key).unwrap_or(key),
    }
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

/// Returns a decimal number without a plus sign and without trailing zeros after the decimal point; `None` for
/// other text. Compares as text because floats would make large numbers equal.
fn plain_number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let number = match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    };
    let sign = if number == "0" { "" } else { sign };
    Some(format!("{sign}{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for (label, variants) in [
            (
                "positive",
                &["Positive", " POSITIVE\t", "posi\u{ad}tive"][..],
            ),
            ("very good", &["Very  good", "very\u{a0}good\u{200b}"]),
            (
                "café",
                &["cafe\u{301}", "\u{feff}CAFÉ", "cafe\u{200d}\u{301}"],
            ),
            ("1", &["1.0", "+1", "1.", "True", "1.00", " 1 "]),
            ("0", &["0.0", "-0", ".0", "FALSE"]),
            ("-1", &["-1.0"]),
            ("0.5", &[".5", "0.50", "+0.5"]),
        ] {
            assert_eq!(label_key(label), label);
            for variant in variants {
                assert_eq!(label_key(variant), label, "{variant:?}");
            }
        }
    }

    #[test]
    fn different_labels_stay_different() {
        let labels = [
            "",
            "1",
            "-1",
            "10",
            "01",
            "0",
            "0.1",
            "1e0",
            "-",
            "+",
            ".",
            "+-1",
            "1.0.0",
            "9007199254740993",
            "9007199254740992",
            "very good",
            "verygood",
            "inf",
            "not positive",
            "positive",
            "yes",
        ];
        for (index, label) in labels.iter().enumerate() {
            for other in &labels[..index] {
                assert_ne!(label_key(label), label_key(other), "{label} {other}");
            }
        }
    }
}
