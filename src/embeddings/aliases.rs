//! Words that take another word's vector where a file lacks them.
//!
//! The tokenizer splits contractions and quotation marks as the Penn Treebank does. Many files have
//! vectors for those tokens, as GloVe 6B does; others were made or cleaned without apostrophes and
//! would leave every negation unknown. Only words with one meaning stand here: `'s` (is, has, of)
//! and `'d` (had, would) do not.

/// Pairs of a word and its alias: the word whose vector it takes in a file without its own.
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

/// Returns the alias of a word in [`ALIASES`].
pub fn alias(word: &str) -> Option<&'static str> {
    let pair = ALIASES.iter().find(|(lacking, _)| *lacking == word);
    pair.map(|(_, alias)| *alias)
}
