//! Aliases: substitutes for words that a vector file lacks.
//!
//! The tokenizer splits contractions and quotation marks like the Penn Treebank. GloVe 6B and many
//! other files have vectors for those tokens. Some files have no apostrophes, so every negation
//! would be out of vocabulary. Only unambiguous words have an alias: not `'s` (is, has, of) and not
//! `'d` (had, would).

/// Pairs of a word and its alias, whose vector replaces a missing one.
pub const ALIASES: [(&str, &str); 8] = [
    ("n't", "not"),
    ("'m", "am"),
    ("'re", "are"),
    ("'ve", "have"),
    ("'ll", "will"),
    ("``", "\""),
    ("''", "\""),
    ("...", "…"),
];

/// Returns the alias of a word from [`ALIASES`].
pub fn alias(word: &str) -> Option<&'static str> {
    let pair = ALIASES.iter().find(|(missing, _)| *missing == word);
    pair.map(|(_, alias)| *alias)
}
