//! The lines of a message on a terminal: it breaks between words, and what is to be copied stays whole.

use super::columns::{breaks_indented, width};

/// The indentation of the lines after the first.
const INDENTATION: &str = "  ";

/// Breaks the lines of a message into lines of at most `columns` columns. Commands in backquotes, texts in double quotes and options
/// with their values stay whole, and so does each of `names`, such as a path with spaces.
pub fn wrapped(message: &str, columns: usize, names: &[String]) -> String {
    let lines = message.split('\n');
    let lines = lines.map(|line| wrapped_line(line, columns, names));
    lines.collect::<Vec<_>>().join("\n")
}

fn wrapped_line(message: &str, columns: usize, names: &[String]) -> String {
    let mut unbroken = message.as_bytes().to_vec();
    for range in whole_parts(message, names) {
        let spaces = unbroken[range].iter_mut().filter(|byte| **byte == b' ');
        spaces.for_each(|space| *space = b'_');
    }
    // Only ASCII was replaced, by ASCII.
    let unbroken = String::from_utf8(unbroken).unwrap_or_else(|_| message.to_owned());
    let mut lines = message.to_owned();
    let breaks = breaks_indented(&unbroken, columns, width(INDENTATION));
    for &space in breaks.iter().rev() {
        lines.replace_range(space..=space, &format!("\n{INDENTATION}"));
    }
    lines
}

/// Returns the parts of a message that have no line break.
fn whole_parts(message: &str, names: &[String]) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    for quote in ['`', '"'] {
        let quotes: Vec<usize> = message.match_indices(quote).map(|(at, _)| at).collect();
        parts.extend(quotes.chunks_exact(2).map(|pair| pair[0]..pair[1]));
    }
    for name in names.iter().filter(|name| name.contains(' ')) {
        let found = message.match_indices(name.as_str());
        parts.extend(found.map(|(at, name)| at..at + name.len()));
    }
    // The space between an option and its value.
    for (space, _) in message.match_indices(' ') {
        let word = message[..space].rsplit(' ').next().unwrap_or_default();
        let is_option = word.trim_start_matches(['`', '"', '(']).starts_with("--");
        if is_option && word.ends_with(|end: char| end.is_ascii_alphanumeric()) {
            parts.push(space..space + 1);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_first_are_indented() {
        assert_eq!(wrapped("one two three", 7, &[]), "one two\n  three");
        assert_eq!(wrapped("one two six ten", 7, &[]), "one two\n  six\n  ten");
        assert_eq!(wrapped("很好 电影", 7, &[]), "很好\n  电影");
        assert_eq!(wrapped("", 7, &[]), "");
        assert_eq!(wrapped("one = 1\ntwo = 2\n", 8, &[]), "one = 1\ntwo = 2\n");
    }

    #[test]
    fn what_is_copied_stays_whole() {
        for (message, lines) in [
            ("use `a b c` or d", "use\n  `a b c`\n  or d"),
            ("map \"a b c\" to d", "map\n  \"a b c\"\n  to d"),
            ("half an \" inch", "half an \"\n  inch"),
            ("add --to X, or b", "add\n  --to X,\n  or b"),
            ("omit --to, or b", "omit --to,\n  or b"),
        ] {
            assert_eq!(wrapped(message, 10, &[]), lines);
            assert_eq!(wrapped(message, 80, &[]), message);
        }
    }

    #[test]
    fn names_with_spaces_stay_whole() {
        let names = ["my films.csv".to_owned()];
        let message = "error: my films.csv:3: the label is empty";
        let lines = "error:\n  my films.csv:3:\n  the label is\n  empty";
        assert_eq!(wrapped(message, 16, &names), lines);
    }
}
