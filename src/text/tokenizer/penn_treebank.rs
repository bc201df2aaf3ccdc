//! Penn Treebank tokenization in one pass over the text.
//!
//! The rules are those of NLTK's `NLTKWordTokenizer` with three differences, which follow the tokens of
//! the GloVe vectors:
//!
//! - A period that ends a sentence is a token anywhere in the text, not only at its end.
//! - Emoticons, emoji, URLs, @mentions and #hashtags are one token each.
//! - Typographic quotes were replaced by ASCII quotes (see [`crate::text::cleaning`]).
//!
//! Written by hand because no crate produces these tokens with byte offsets: `unicode-segmentation` keeps
//! `don't` whole, and the pre-tokenizers of `tokenizers` split it into `don`, `'` and `t`. NLTK's chain of
//! regular expressions takes a pass over the text for each rule.

use std::ops::Range;

use super::clitics;
use super::wholes::Wholes;

const OPENING_QUOTE: &str = "``";
const CLOSING_QUOTE: &str = "''";
/// The token of an ellipsis.
pub(super) const ELLIPSIS: &str = "...";

/// Abbreviations that keep their period unless the text ends there: the words that GloVe 6B has with a
/// period, without those that often end sentences (`no`, `mass`).
const ABBREVIATIONS: [&str; 36] = [
    "mr", "mrs", "ms", "dr", "prof", "rev", "gen", "sen", "rep", "gov", "capt", "sgt", "lt", "col",
    "maj", "adm", "st", "mt", "jr", "sr", "vs", "co", "corp", "inc", "ltd", "bros", "etc", "ph.d",
    "jan", "feb", "aug", "sept", "oct", "nov", "dec", "ave",
];

/// Calls `emit` with the byte range of each token, in order, and with the token's text where it is not
/// the lower-cased text of that range. From version 2 of the preprocessing on, keycaps and placeholders are one token each.
pub(super) fn tokenize(
    version: u32,
    text: &str,
    emit: impl FnMut(Range<usize>, Option<&'static str>),
) {
    let mut scanner = Scanner {
        wholes: Wholes::of(version, text),
        text,
        bytes: text.as_bytes(),
        end: text.trim_end().len(),
        emit,
    };
    let mut at = 0;
    while let Some(start) = scanner.skip_space(at) {
        let end = scanner.chunk_end(start);
        scanner.scan(start, end);
        at = end;
    }
}

struct Scanner<'a, Emit> {
    wholes: Wholes,
    text: &'a str,
    bytes: &'a [u8],
    /// The end of the text without trailing white space.
    end: usize,
    emit: Emit,
}

impl<Emit: FnMut(Range<usize>, Option<&'static str>)> Scanner<'_, Emit> {
    /// Returns the start of the next chunk, the text between two white spaces.
    fn skip_space(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..self.end.max(at)];
        let start = at + (rest.len() - rest.trim_start().len());
        (start < self.end).then_some(start)
    }

    fn chunk_end(&self, start: usize) -> usize {
        let mut at = start;
        while at < self.end {
            match self.bytes[at] {
                b' ' | b'\t'..=b'\r' => return at,
                0..128 => at += 1,
                _ => {
                    let Some(character) = self.text[at..].chars().next() else {
                        break;
                    };
                    if character.is_whitespace() {
                        return at;
                    }
                    at += character.len_utf8();
                }
            }
        }
        at
    }

    /// Splits a chunk into tokens.
    fn scan(&mut self, start: usize, end: usize) {
        // The start of the current word; `at` if there is none.
        let mut word = start;
        let mut at = start;
        while at < end {
            if let Some(length) = self.wholes.length(&self.text[at..end], word == at) {
                self.word(word..at);
                (self.emit)(at..at + length, None);
                (word, at) = (at + length, at + length);
                continue;
            }
            let byte = self.bytes[at];
            let (length, token) = match byte {
                b'.' => match self.period(word, at, end) {
                    0 => (0, None),
                    length => (length, None),
                },
                b'\'' => self.apostrophe(word, at, start, end),
                b'"' => (1, Some(self.quote(at, start))),
                b'`' => (run(&self.bytes[at..end], b'`'), None),
                b'-' if self.bytes[at..end].starts_with(b"--") => (2, None),
                b',' | b':' if !self.is_digit(at + 1, end) => (1, None),
                b';' | b'@' | b'#' | b'$' | b'%' | b'&' | b'?' | b'!' | b'*' | b'(' | b')'
                | b'[' | b']' | b'{' | b'}' | b'<' | b'>' => (1, None),
                128.. => self.symbol(at),
                _ => (0, None),
            };
            if length == 0 {
                at += self.character_length(at);
            } else {
                self.word(word..at);
                (self.emit)(at..at + length, token);
                (word, at) = (at + length, at + length);
            }
        }
        self.word(word..end);
    }

    /// Returns the length of the token of the period at `at`; 0 if the period belongs to the word.
    fn period(&self, word: usize, at: usize, end: usize) -> usize {
        let dots = run(&self.bytes[at..end], b'.');
        if dots > 1 {
            return dots;
        }
        let closes = |byte: &u8| matches!(byte, b']' | b')' | b'}' | b'>' | b'"' | b'\'');
        let ends_chunk = self.bytes[at + 1..end].iter().all(closes);
        let ends_text = end == self.end;
        let is_apart = ends_chunk && (ends_text || !is_abbreviation(&self.text[word..at]));
        usize::from(is_apart)
    }

    /// Returns the length and the text of the token of the apostrophe at `at`; length 0 if the apostrophe
    /// belongs to the word.
    fn apostrophe(
        &self,
        word: usize,
        at: usize,
        start: usize,
        end: usize,
    ) -> (usize, Option<&'static str>) {
        if self.bytes[at..end].starts_with(b"''") {
            return (2, Some(self.quote(at, start)));
        }
        let rest = &self.text[at + 1..end];
        let begins_word = rest.starts_with(char::is_alphanumeric);
        let is_clitic = || clitics::starts_with_clitic(&self.text[at..end]);
        let belongs = if word == at {
            begins_word && is_clitic()
        } else {
            begins_word
        };
        (usize::from(!belongs), None)
    }

    /// Returns the token of a double quote: an opening one at the start of a chunk and after a bracket.
    fn quote(&self, at: usize, start: usize) -> &'static str {
        let opens = at == start || matches!(self.bytes[at - 1], b'(' | b'[' | b'{' | b'<');
        if opens { OPENING_QUOTE } else { CLOSING_QUOTE }
    }

    /// Returns the length and the text of the token of a non-ASCII character; length 0 if the character
    /// belongs to the word.
    fn symbol(&self, at: usize) -> (usize, Option<&'static str>) {
        let character = self.text[at..].chars().next().unwrap_or_default();
        match character {
            '…' => (character.len_utf8(), Some(ELLIPSIS)),
            '\u{2012}'..='\u{2015}'
            | '«'
            | '»'
            | '„'
            | '‚'
            | '‹'
            | '›'
            | '¿'
            | '¡'
            | '。'
            | '、'
            | '，'
            | '！'
            | '？' => (character.len_utf8(), None),
            _ => (0, None),
        }
    }

    fn is_digit(&self, at: usize, end: usize) -> bool {
        self.bytes[at..end].first().is_some_and(u8::is_ascii_digit)
    }

    fn character_length(&self, at: usize) -> usize {
        match self.bytes[at] {
            0..128 => 1,
            _ => self.text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }

    /// Emits a word as one to three tokens: `should`, `n't`, `'ve`.
    fn word(&mut self, Range { start, end }: Range<usize>) {
        if start == end {
            return;
        }
        let Some(second) = clitics::split(&self.bytes[start..end]) else {
            (self.emit)(start..end, None);
            return;
        };
        match clitics::split(&self.bytes[start..start + second]) {
            Some(first) => {
                (self.emit)(start..start + first, None);
                (self.emit)(start + first..start + second, None);
            }
            None => (self.emit)(start..start + second, None),
        }
        (self.emit)(start + second..end, None);
    }
}

/// Returns the number of times `byte` repeats at the start.
fn run(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().take_while(|&&next| next == byte).count()
}

/// Returns whether a word is an initial (`J. R. Smith`), letters with periods (`U.S.`) or an abbreviation.
fn is_abbreviation(word: &str) -> bool {
    let initials = |word: &str| {
        word.split('.').all(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
        })
    };
    // `I` is the pronoun more often than an initial.
    (initials(word) && word != "I")
        || ABBREVIATIONS
            .iter()
            .any(|abbreviation| word.eq_ignore_ascii_case(abbreviation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        tokenize(2, text, |span, token| {
            tokens.push(token.unwrap_or(&text[span]).to_string())
        });
        tokens
    }

    fn assert_tokens(text: &str, expected: &str) {
        assert_eq!(tokens(text).join(" "), expected, "{text}");
    }

    #[test]
    fn words_and_clitics() {
        assert_tokens(
            "I don't think it's theirs.",
            "I do n't think it 's theirs .",
        );
        assert_tokens("We'll say they'd've gone", "We 'll say they 'd 've gone");
        assert_tokens("CAN'T, cannot, gonna", "CA N'T , can not , gon na");
        assert_tokens("the dogs' bowls", "the dogs ' bowls");
        assert_tokens("'Titanic' and 'tis", "' Titanic ' and 't is");
        assert_tokens("a state-of-the-art film", "a state-of-the-art film");
    }

    #[test]
    fn punctuation_is_apart() {
        assert_tokens(
            "Well, (really?) yes: good; bad!",
            "Well , ( really ? ) yes : good ; bad !",
        );
        assert_tokens("wait... what--no", "wait ... what -- no");
        assert_tokens(
            "He said \"no\" (\"never\").",
            "He said `` no '' ( `` never '' ) .",
        );
        assert_tokens(
            "$3.88 or 3,000 at 10:30, 50% off",
            "$ 3.88 or 3,000 at 10:30 , 50 % off",
        );
    }

    #[test]
    fn periods_end_sentences() {
        assert_tokens("It ended. Mr. Smith left.", "It ended . Mr. Smith left .");
        assert_tokens(
            "In the U.S. we paid 2.5. Fine.",
            "In the U.S. we paid 2.5 . Fine .",
        );
        assert_tokens("(It ended.) So did I. Yes", "( It ended . ) So did I . Yes");
        assert_tokens(
            "Fun, fights, etc. in Jan. 1999, etc.",
            "Fun , fights , etc. in Jan. 1999 , etc .",
        );
    }

    #[test]
    fn emoticons_urls_mentions_and_hashtags_are_one_token() {
        assert_tokens("great:) :-( <3 XD!", "great :) :-( <3 XD !");
        assert_tokens("see http://a.b/c?d=1, ok", "see http://a.b/c?d=1 , ok");
        assert_tokens("@you saw #best_film #1", "@you saw #best_film # 1");
        assert_tokens("#हिन्दी!", "#हिन्दी !");
        assert_tokens("wow😀😀 👩‍👩‍👧 👍🏽!", "wow 😀 😀 👩‍👩‍👧 👍🏽 !");
        assert_tokens("1️⃣2️⃣ is #️⃣!", "1️⃣ 2️⃣ is #️⃣ !");
        assert_tokens("Note:Dogs at 8:30", "Note : Dogs at 8:30");
    }
}
