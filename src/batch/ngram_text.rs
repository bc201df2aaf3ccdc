//! Texts as the n-gram model reads them: token ids and character n-grams.

use std::sync::Arc;

use crate::text::{CharNgrams, hash_char_ngrams};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// The maximum number of characters of a token whose n-grams are read: more than words have, and few enough that a text without
/// spaces needs little memory.
const MAX_CHARACTERS: usize = 100;

/// The hashes of the character n-grams of tokens, token after token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct HashLists {
    hashes: Vec<u32>,
    ends: Vec<usize>,
}

impl HashLists {
    fn push(&mut self, token: &str, lengths: &CharNgrams) {
        if let Some(lengths) = lengths.lengths() {
            let end = token.char_indices().nth(MAX_CHARACTERS);
            let read = &token[..end.map_or(token.len(), |(end, _)| end)];
            hash_char_ngrams(read, lengths, |hash| self.hashes.push(hash));
        }
        self.ends.push(self.hashes.len());
    }

    fn extend(&mut self, hashes: &[u32]) {
        self.hashes.extend_from_slice(hashes);
        self.ends.push(self.hashes.len());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.hashes[start..self.ends[index]]
    }
}

/// The character n-grams of the tokens of a vocabulary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownCharNgrams {
    lengths: CharNgrams,
    /// Those of each token, by id.
    of_tokens: HashLists,
}

impl KnownCharNgrams {
    /// Hashes the n-grams of each token, or returns `None` if `lengths` is none.
    pub(crate) fn new(lengths: &CharNgrams, vocabulary: &Vocabulary) -> Option<Self> {
        if lengths.is_none() {
            return None;
        }
        let mut of_tokens = HashLists::default();
        vocabulary
            .tokens()
            .for_each(|token| of_tokens.push(token, lengths));
        Some(Self {
            lengths: lengths.clone(),
            of_tokens,
        })
    }
}

/// The character n-grams of the tokens of texts. Only out-of-vocabulary tokens need some of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenCharNgrams {
    pub(super) known: Arc<KnownCharNgrams>,
    /// Those of each unknown token of the texts, in order.
    of_unknown: HashLists,
    /// For each text, the number of unknown tokens up to its end.
    unknown_ends: Vec<usize>,
}

impl TokenCharNgrams {
    pub(super) fn new(known: Arc<KnownCharNgrams>) -> Self {
        Self {
            known,
            of_unknown: HashLists::default(),
            unknown_ends: Vec::new(),
        }
    }

    /// Appends the n-grams of the next unknown token.
    pub(super) fn push_unknown(&mut self, token: &str) {
        self.of_unknown.push(token, &self.known.lengths);
    }

    /// Ends a text with these ids. Unknown tokens that were not pushed have no n-grams.
    pub(super) fn end_text(&mut self, ids: &[u32]) {
        let before = self.unknown_ends.last().copied().unwrap_or(0);
        let end = before + ids.iter().filter(|&&id| id == UNKNOWN_ID).count();
        while self.of_unknown.len() < end {
            self.of_unknown.extend(&[]);
        }
        self.unknown_ends.push(end);
    }

    /// Appends the n-grams of the unknown ones among some tokens of a text of `other`, which `ids` are the ids of.
    pub(super) fn push_unknown_of(
        &mut self,
        other: &Self,
        text: usize,
        ids: &[u32],
        is_kept: impl Fn(usize) -> bool,
    ) {
        let unknown = ids.iter().enumerate().filter(|(_, id)| **id == UNKNOWN_ID);
        for ((token, _), place) in unknown.zip(other.first_unknown(text)..) {
            if is_kept(token) {
                self.of_unknown.extend(other.of_unknown.get(place));
            }
        }
    }

    /// Appends the n-grams of all texts of `other`.
    pub(super) fn append(&mut self, other: &Self) {
        let before = self.of_unknown.len();
        for place in 0..other.of_unknown.len() {
            self.of_unknown.extend(other.of_unknown.get(place));
        }
        let ends = other.unknown_ends.iter();
        self.unknown_ends.extend(ends.map(|end| before + end));
    }

    /// Returns the number of texts.
    pub(super) fn texts(&self) -> usize {
        self.unknown_ends.len()
    }

    /// Returns the place of the first unknown token of a text.
    fn first_unknown(&self, text: usize) -> usize {
        text.checked_sub(1)
            .map_or(0, |before| self.unknown_ends[before])
    }
}

/// A text as the n-gram model reads it.
#[derive(Clone, Copy, Debug)]
pub struct NgramText<'a> {
    ids: &'a [u32],
    /// The character n-grams with the index of this text among the texts, if the model has them.
    characters: Option<(&'a TokenCharNgrams, usize)>,
}

impl<'a> NgramText<'a> {
    pub(super) fn new(
        ids: &'a [u32],
        characters: Option<&'a TokenCharNgrams>,
        text: usize,
    ) -> Self {
        Self {
            ids,
            characters: characters.map(|characters| (characters, text)),
        }
    }

    /// Returns the token ids.
    pub fn ids(self) -> &'a [u32] {
        self.ids
    }

    /// Iterates over the character n-grams: the index of the token, and the hash.
    pub(crate) fn char_ngrams(self) -> impl Iterator<Item = (usize, u32)> + 'a {
        self.characters.into_iter().flat_map(move |(all, text)| {
            let mut unknown = all.first_unknown(text)..;
            let of_token = move |&id: &u32| match id {
                UNKNOWN_ID => unknown.next().map(|place| all.of_unknown.get(place)),
                _ => Some(all.known.of_tokens.get(id as usize)),
            };
            let hashes = self.ids.iter().map(of_token).enumerate();
            hashes.flat_map(|(token, hashes)| {
                let hashes = hashes.into_iter().flatten();
                hashes.map(move |&hash| (token, hash))
            })
        })
    }
}

/// A text without character n-grams.
impl<'a> From<&'a [u32]> for NgramText<'a> {
    fn from(ids: &'a [u32]) -> Self {
        Self {
            ids,
            characters: None,
        }
    }
}

impl<'a, const TOKENS: usize> From<&'a [u32; TOKENS]> for NgramText<'a> {
    fn from(ids: &'a [u32; TOKENS]) -> Self {
        Self::from(ids.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::batch::EncodedTexts;

    const KNOWN: [&str; 3] = ["a", "über", "<url>"];

    fn vocabulary() -> Vocabulary {
        let file = format!("<unk>\n{}\n", KNOWN.join("\n"));
        Vocabulary::parse(&file, Path::new("vocabulary.txt")).unwrap()
    }

    /// Returns texts of these tokens for a model with character n-grams.
    fn encode(texts: &[Vec<String>], known: &Arc<KnownCharNgrams>) -> EncodedTexts {
        let vocabulary = vocabulary();
        let mut encoded = EncodedTexts::with_char_ngrams(Some(Arc::clone(known)));
        for tokens in texts {
            let ids = tokens.iter().map(|token| {
                let id = vocabulary.id(token).unwrap_or(UNKNOWN_ID);
                if id == UNKNOWN_ID {
                    encoded.push_unknown(token);
                }
                id
            });
            let ids: Vec<u32> = ids.collect();
            encoded.push(ids);
        }
        encoded
    }

    /// Returns the character n-grams of a text of these tokens.
    fn expected(tokens: &[String], lengths: &CharNgrams) -> Vec<(usize, u32)> {
        let mut found = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            hash_char_ngrams(token, lengths.lengths().unwrap(), |hash| {
                found.push((index, hash))
            });
        }
        found
    }

    fn texts() -> impl Strategy<Value = Vec<Vec<String>>> {
        let token = prop_oneof![
            prop::sample::select(KNOWN.to_vec()).prop_map(String::from),
            any::<String>(),
        ];
        prop::collection::vec(prop::collection::vec(token, 0..6), 1..6)
    }

    proptest! {
        #[test]
        fn each_token_keeps_its_ngrams(first in texts(), second in texts(), kept in any::<u8>()) {
            let lengths: CharNgrams = "1..3".parse().unwrap();
            let known = Arc::new(KnownCharNgrams::new(&lengths, &vocabulary()).unwrap());
            let is_kept = |token: usize| kept >> token & 1 == 1;
            let mut encoded = encode(&first, &known);
            encoded.append(&encode(&second, &known));
            let mut all = [first, second].concat();
            let mut parts = EncodedTexts::default();
            for text in 0..all.len() {
                parts.push_part(&encoded, text, is_kept);
            }
            encoded.append(&parts);
            let part = |tokens: &Vec<String>| {
                let kept = tokens.iter().enumerate().filter(|(token, _)| is_kept(*token));
                kept.map(|(_, token)| token.clone()).collect()
            };
            all.extend(all.iter().map(part).collect::<Vec<Vec<String>>>());
            prop_assert_eq!(encoded.len(), all.len());
            for (text, tokens) in encoded.ngram_texts().zip(&all) {
                let found: Vec<(usize, u32)> = text.char_ngrams().collect();
                prop_assert_eq!(found, expected(tokens, &lengths));
            }
        }
    }

    /// The public methods append ids without their words.
    #[test]
    fn texts_of_ids_have_the_ngrams_of_known_tokens() {
        let lengths: CharNgrams = "2..2".parse().unwrap();
        let known = Arc::new(KnownCharNgrams::new(&lengths, &vocabulary()).unwrap());
        let mut texts = EncodedTexts::default();
        texts.push([UNKNOWN_ID, 1]);
        texts.append(&encode(&[vec!["a".into(), "b".into()]], &known));
        texts.push([UNKNOWN_ID, 1]);
        let tokens = |text: NgramText| text.char_ngrams().map(|(token, _)| token).collect();
        let found: Vec<Vec<usize>> = texts.ngram_texts().map(tokens).collect();
        assert_eq!(found, [vec![1, 1], vec![0, 0, 1, 1], vec![1, 1]]);
    }

    #[test]
    fn a_text_without_spaces_has_few_ngrams() {
        let lengths: CharNgrams = "2..5".parse().unwrap();
        let known = Arc::new(KnownCharNgrams::new(&lengths, &vocabulary()).unwrap());
        let texts = encode(&[vec!["é".repeat(100_000)]], &known);
        let found: Vec<usize> = texts
            .ngram_texts()
            .map(|text| text.char_ngrams().count())
            .collect();
        // Of 100 characters and two marks, 101 n-grams of two, 100 of three, 99 of four and 98 of five.
        assert_eq!(found, [398]);
    }

    #[test]
    fn without_lengths_there_are_no_ngrams() {
        assert_eq!(
            KnownCharNgrams::new(&CharNgrams::default(), &vocabulary()),
            None
        );
        let text = NgramText::from(&[1, 2]);
        assert_eq!((text.ids(), text.char_ngrams().count()), (&[1, 2][..], 0));
    }
}
