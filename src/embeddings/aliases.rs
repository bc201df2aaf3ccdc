//! Words that take another word's vector where a file lacks them.
//!
//! The tokenizer gives the Penn Treebank's pieces of contractions and its quotation marks. Many
//! files have those, as GloVe 6B does; others were made or cleaned without apostrophes and would
//! leave every negation unknown. Only words that mean one thing stand here: `'s` (is, has, of) and
//! `'d` (had, would) do not.

/// Pairs of a word and the one whose vector it takes in a file without its own.
pub const STAND_INS: [(&str, &str); 8] = [
    ("n't", "not"),
    ("'m", "am"),
    ("'re", "are"),
    ("'ve", "have"),
    ("'ll", "will"),
    ("``", "\""),
    ("''", "\""),
    ("...", "…"),
];

/// The word whose vector stands in for this word's, by [`STAND_INS`].
pub fn stand_in(word: &str) -> Option<&'static str> {
    let pair = STAND_INS.iter().find(|(lacking, _)| *lacking == word);
    pair.map(|(_, other)| *other)
}
