//! Contractions that the Penn Treebank splits in two: `don't`, `it's`, `cannot`, `gonna`.

/// Contractions without a clitic, and the byte offset of their second part. The list is MacIntyre's, as
/// in NLTK's `MacIntyreContractions`.
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

/// Clitics at the end of a word.
const ENCLITICS: [&[u8]; 7] = [b"n't", b"'ll", b"'re", b"'ve", b"'s", b"'m", b"'d"];

/// Letters that may follow an initial apostrophe; before other letters it is a quote.
const AFTER_APOSTROPHE: [&str; 10] = ["re", "ve", "ll", "m", "t", "s", "d", "n", "tis", "twas"];

/// Returns the byte offset of a contraction's second part; `None` for other words.
pub(super) fn split(word: &[u8]) -> Option<usize> {
    // A fast exit: contractions without an apostrophe start with c, g, l or w.
    let may_lack_apostrophe = matches!(
        word,
        [b'c' | b'C' | b'g' | b'G' | b'l' | b'L' | b'w' | b'W', ..]
    );
    if !may_lack_apostrophe && !word.contains(&b'\'') {
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

/// Returns whether `text`, whose first character is an apostrophe, starts with a clitic.
pub(super) fn starts_with_clitic(text: &str) -> bool {
    let word = &text[1..];
    let length = word
        .find(|character: char| !character.is_alphanumeric())
        .unwrap_or(word.len());
    AFTER_APOSTROPHE
        .iter()
        .any(|clitic| clitic.eq_ignore_ascii_case(&word[..length]))
}
