//! The space between two words: white space and HTML breaks.

/// White space and HTML breaks between two words.
pub struct Gap {
    pub end: usize,
    pub has_line_break: bool,
    /// Whether it has a blank line or an HTML break, or ends the text.
    pub is_break: bool,
}

impl Gap {
    pub fn read(text: &str, start: usize) -> Self {
        let mut end = start;
        let mut lines = 0;
        let mut has_tag = false;
        while let Some(next) = text[end..].chars().next() {
            if let Some(length) = break_tag(&text[end..]) {
                has_tag = true;
                end += length;
                continue;
            }
            if !next.is_whitespace() {
                break;
            }
            lines += match next {
                '\r' if text[end..].starts_with("\r\n") => 0,
                '\n' | '\r' | '\u{85}' | '\u{2028}' => 1,
                // A page and a paragraph.
                '\u{c}' | '\u{2029}' => 2,
                _ => 0,
            };
            end += next.len_utf8();
        }
        Self {
            end,
            has_line_break: lines > 0,
            is_break: lines > 1 || has_tag || end == text.len(),
        }
    }
}

/// Returns the length of the tag `<br>` or `<p>` at the start of `text`, if there is one.
fn break_tag(text: &str) -> Option<usize> {
    let tag = text.strip_prefix('<')?;
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let name = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if !["br", "p"]
        .iter()
        .any(|break_tag| tag[..name].eq_ignore_ascii_case(break_tag))
    {
        return None;
    }
    let rest = &tag[name..];
    // Stopping at the next tag keeps the time linear.
    let end = rest.find(['<', '>'])?;
    let is_name = rest.starts_with(|next: char| next == '>' || next == '/' || next.is_whitespace());
    let length = text.len() - rest.len() + end + 1;
    (is_name && text[..length].ends_with('>')).then_some(length)
}
