//! Words that the Penn Treebank writes as two: `don't`, `it's`, `cannot`, `gonna`.

/// Whole words that are two, and where the second begins: MacIntyre's list, as in NLTK.
const CONTRACTIONS: [(&[u8], usize); 10] = [
    (b"cannot", 3),
    (b"d'ye", 1),
    (b"gimme", 3),
    (b"gonna", 3),
    (b"gotta", 3),
    (b"lemme", 3),
    (b"more'n", 4),
    (b"wanna", 3),
    (b"'tis", 2),
    (b"'twas", 2),
];

/// The clitics that end a word.
const ENCLITICS: [&[u8]; 7] = [b"n't", b"'ll", b"'re", b"'ve", b"'s", b"'m", b"'d"];

/// What may stand behind an apostrophe that begins a word: elsewhere it is a quote.
const AFTER_APOSTROPHE: [&str; 10] = ["re", "ve", "ll", "m", "t", "s", "d", "n", "tis", "twas"];

/// Where the second part of a word begins, in bytes; None for a word that is one.
pub(super) fn split(word: &[u8]) -> Option<usize> {
    // Nearly every word that is two has an apostrophe; the others begin with c, g, l or w.
    let may_be_two = matches!(
        word,
        [b'c' | b'C' | b'g' | b'G' | b'l' | b'L' | b'w' | b'W', ..]
    );
    if !may_be_two && !word.contains(&b'\'') {
        return None;
    }
    let contraction = CONTRACTIONS
        .iter()
        .find(|(whole, _)| whole.eq_ignore_ascii_case(word));
    if let Some(&(_, at)) = contraction {
        return Some(at);
    }
    let ends_with = |clitic: &&&[u8]| {
        let at = word.len().checked_sub(clitic.len());
        at.is_some_and(|at| {
            at > 0 && word[at - 1] != b'\'' && word[at..].eq_ignore_ascii_case(clitic)
        })
    };
    let clitic = ENCLITICS.iter().find(ends_with)?;
    Some(word.len() - clitic.len())
}

/// Whether a text that begins with an apostrophe begins with a clitic.
pub(super) fn begins_with_clitic(text: &str) -> bool {
    let word = &text[1..];
    let length = word
        .find(|character: char| !character.is_alphanumeric())
        .unwrap_or(word.len());
    AFTER_APOSTROPHE
        .iter()
        .any(|clitic| clitic.eq_ignore_ascii_case(&word[..length]))
}
