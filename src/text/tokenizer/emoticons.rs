//! Emoticons, such as `:-)`.

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
