//! Respelling: variants of words in texts become the words that a model knows.

use std::ops::Range;

use proptest::prelude::*;
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList, Tokens};

/// The known words, most frequent first.
const KNOWN: [&str; 25] = [
    "<elongated>",
    "i",
    "so",
    "do",
    "n't",
    "would",
    "it",
    "was",
    "good",
    "bad",
    "phone",
    "worst",
    "ever",
    "love",
    "awful",
    "#awful",
    "red",
    "heart",
    "a",
    "not",
    "the",
    "terrible",
    "'m",
    "👍",
    "studi",
];

fn rank(word: &str) -> Option<u32> {
    let found = KNOWN.iter().position(|known| *known == word);
    found.map(|rank| rank as u32)
}

fn preprocessor(config: PreprocessorConfig) -> Preprocessor {
    Preprocessor::new(config).unwrap()
}

fn plain() -> PreprocessorConfig {
    PreprocessorConfig {
        stopwords: StopwordList::None,
        ..PreprocessorConfig::default()
    }
}

fn known_tokens(config: PreprocessorConfig, text: &str) -> Vec<(String, Range<usize>)> {
    let mut tokens = Tokens::default();
    preprocessor(config).tokenize_known(text, &mut tokens, rank);
    let tokens = tokens.iter().map(|token| (token.text.into(), token.span));
    tokens.collect()
}

fn words(config: PreprocessorConfig, text: &str) -> String {
    let tokens = known_tokens(config, text);
    let words: Vec<String> = tokens.into_iter().map(|(word, _)| word).collect();
    words.join(" ")
}

#[test]
fn variants_become_known_words() {
    for (text, expected) in [
        ("It WOULDNT do, im so bad", "it would n't do , i 'm so bad"),
        ("soooo GOOOOD", "so <elongated> good <elongated>"),
        ("dontttt", "do n't <elongated>"),
        (
            "#WorstPhoneEver #awful #zzz",
            "worst phone ever #awful awful #zzz",
        ),
        ("❤️❤ 👍🏽", "red heart red heart 👍"),
        ("an awfull, terible phone", "an awful , terrible phone"),
        ("Terible", "terible"),
        ("wont well its cannot", "wont well its can not"),
    ] {
        assert_eq!(words(plain(), text), expected, "{text}");
    }
}

#[test]
fn spans_are_those_of_the_parts_where_they_are_exact() {
    let tokens = known_tokens(plain(), "it wouldnt #LoveIt soooo");
    let spans: Vec<(&str, Range<usize>)> = tokens
        .iter()
        .map(|(word, span)| (word.as_str(), span.clone()))
        .collect();
    let expected = [
        ("it", 0..2),
        ("would", 3..8),
        ("n't", 8..10),
        ("love", 12..16),
        ("it", 16..18),
        ("so", 19..24),
        ("<elongated>", 19..24),
    ];
    assert_eq!(spans, expected);
    // An entity has another length than its character.
    let tokens = known_tokens(plain(), "#awful&#108;y #&#108;ove");
    assert!(tokens.iter().all(|(_, span)| span.end <= 24), "{tokens:?}");
}

#[test]
fn older_versions_and_known_words_keep_their_tokens() {
    let text = "i dont love it soooo much #WorstPhoneEver 👍🏽❤️ awfull";
    let first = PreprocessorConfig {
        version: 1,
        ..plain()
    };
    let expected = "i dont love it soooo much #worstphoneever 👍🏽 ❤️ awfull";
    assert_eq!(words(first, text), expected);
    let all = |_: &str| Some(0);
    let mut tokens = Tokens::default();
    preprocessor(plain()).tokenize_known("i dont love it soooo much", &mut tokens, all);
    assert_eq!(tokens.len(), 6);
}

#[test]
fn contractions_are_english() {
    let german = PreprocessorConfig {
        language: "de".into(),
        ..plain()
    };
    assert_eq!(words(german, "dont soooo"), "dont so <elongated>");
}

#[test]
fn stopwords_are_removed_and_stems_are_looked_up() {
    let stopwords = PreprocessorConfig {
        stopwords: StopwordList::Words(["it", "was", "i"].map(String::from).into()),
        ..PreprocessorConfig::default()
    };
    assert_eq!(
        words(stopwords.clone(), "#ItWasAwful ittttt"),
        "awful <elongated>"
    );
    assert_eq!(words(stopwords, "im"), "'m");
    let stems = PreprocessorConfig {
        stem: true,
        ..plain()
    };
    assert_eq!(words(stems, "#LovedStudying awfull"), "love studi awful");
}

/// Texts with variants of words, and others.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "(#|dont|soooo|Loveee|awfull|❤️|👍🏽|👩‍👩‍👧|1️⃣|&#39;|&amp;|[a-zA-Z .#]){0,12}",
        "#?[a-zA-Z0-9_éßΣİẞȺ\u{301}\u{fe0f}\u{1f3fd}😀#&;' ]{0,40}",
        ".{0,40}",
    ]
}

proptest! {
    #[test]
    fn any_text_has_ordered_spans(text in texts(), seed in 1..7u32, stem: bool, version in 1..3u32) {
        let config = PreprocessorConfig { stem, version, ..plain() };
        // Any words are known, with any rank.
        let rank = |word: &str| {
            let sum = word.bytes().fold(seed, |sum, byte| (sum.wrapping_mul(31) + u32::from(byte)) & 0xffff);
            (sum % 3 != 0).then_some(sum)
        };
        let mut tokens = Tokens::default();
        preprocessor(config).tokenize_known(&text, &mut tokens, rank);
        let mut start = 0;
        for token in tokens.iter() {
            prop_assert!(token.span.start >= start && token.span.end > token.span.start);
            prop_assert!(text.get(token.span.clone()).is_some(), "{:?} in {:?}", token, text);
            prop_assert!(!token.text.is_empty());
            start = token.span.start;
        }
    }

    /// A word that a token becomes is known, and becomes nothing else.
    #[test]
    fn respelling_twice_changes_nothing(text in texts()) {
        let mut raw = Tokens::default();
        preprocessor(plain()).tokenize(&text, &mut raw);
        let raw: Vec<String> = raw.iter().map(|token| token.text.to_owned()).collect();
        for (word, _) in known_tokens(plain(), &text) {
            prop_assert!(rank(&word).is_some() || raw.contains(&word), "{}", word);
            if rank(&word).is_some() && word.chars().all(char::is_alphabetic) {
                prop_assert_eq!(words(plain(), &word), word);
            }
        }
    }

    #[test]
    fn texts_of_known_words_keep_their_tokens(text in texts()) {
        let text = text.replace('#', " ");
        let preprocessor = preprocessor(plain());
        let (mut raw, mut known) = (Tokens::default(), Tokens::default());
        preprocessor.tokenize(&text, &mut raw);
        preprocessor.tokenize_known(&text, &mut known, |_| Some(0));
        prop_assert!(raw.iter().eq(known.iter()));
    }
}
