//! Preprocessing: NLTK's tokens, and what holds for any text.

use proptest::prelude::*;
use sentiment::text::{
    Preprocessor, PreprocessorConfig, StopwordList, Tokenizer, Tokens, check_language,
};
use unicode_normalization::UnicodeNormalization;

/// NLTK's tokens of the sample corpus, made by benches/peers/nltk_tokens.py.
const FIXTURE: &str = include_str!("../fixtures/nltk_tokens.tsv");

fn preprocessor(stopwords: StopwordList, stem: bool) -> Preprocessor {
    let language = "en".to_string();
    Preprocessor::new(PreprocessorConfig {
        stopwords,
        language,
        stem,
        ..PreprocessorConfig::default()
    })
    .unwrap()
}

fn tokens(preprocessor: &Preprocessor, text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    preprocessor.tokenize(text, &mut tokens);
    tokens.iter().map(|token| token.text.to_string()).collect()
}

/// The length of the longest common subsequence.
fn common(a: &[String], b: &[&str]) -> usize {
    let mut lengths = vec![0; b.len() + 1];
    for a in a {
        let mut diagonal = 0;
        for (index, b) in b.iter().enumerate() {
            let above = lengths[index + 1];
            lengths[index + 1] = if a == b {
                diagonal + 1
            } else {
                above.max(lengths[index])
            };
            diagonal = above;
        }
    }
    lengths[b.len()]
}

/// The share of tokens, NLTK's and ours together, that are the same in the same order.
fn agreement(tokens_of_nltk: &str) -> f64 {
    let ours = preprocessor(StopwordList::None, false);
    let (mut same, mut all) = (0, 0);
    for line in tokens_of_nltk.lines() {
        let (sentence, expected) = line.split_once('\t').unwrap();
        let expected: Vec<&str> = expected.split(' ').collect();
        let found = tokens(&ours, sentence);
        let in_common = common(&found, &expected);
        if in_common < found.len().max(expected.len()) {
            println!("{found:?}\n{expected:?}\n");
        }
        same += 2 * in_common;
        all += found.len() + expected.len();
    }
    same as f64 / all as f64
}

#[test]
fn tokens_are_those_of_nltk() {
    let agreement_with_fixture = agreement(FIXTURE);
    assert!(agreement_with_fixture >= 0.99, "{agreement_with_fixture}");
    if let Ok(path) = std::env::var("NLTK_TOKENS") {
        let agreement = agreement(&std::fs::read_to_string(path).unwrap());
        println!("agreement {agreement:.5}");
        assert!(agreement >= 0.99, "{agreement}");
    }
}

#[test]
fn a_review_with_markup() {
    let text = "It&#39;s NOT bad!<br /><br />I'd say “don’t miss it” :-) 👍🏽 http://a.b/c.";
    let expected = "it 's not bad ! i 'd say `` do n't miss it '' :-) 👍🏽 http://a.b/c .";
    assert_eq!(
        tokens(&preprocessor(StopwordList::None, false), text).join(" "),
        expected
    );
}

#[test]
fn stopwords_go_and_negation_stays() {
    let text = "The film is not very good, but I don't regret it.";
    let by_default = tokens(&preprocessor(StopwordList::NegationSafe, false), text).join(" ");
    assert_eq!(by_default, "film not very good , but n't regret .");
    let nltk = tokens(&preprocessor(StopwordList::Nltk, false), text).join(" ");
    assert_eq!(nltk, "film good , regret .");
}

#[test]
fn stems_remember_their_words() {
    let mut tokens = Tokens::default();
    preprocessor(StopwordList::None, true).tokenize("Loved loving loves", &mut tokens);
    let found: Vec<(&str, &str)> = tokens
        .iter()
        .map(|token| (token.text, token.word))
        .collect();
    assert_eq!(
        found,
        [("love", "loved"), ("love", "loving"), ("love", "loves")]
    );
}

#[test]
fn no_stem_is_empty() {
    for (language, text) in [("ar", "فيلم جميل, حقا!"), ("ta", "பற்றி விட்டு.")]
    {
        let config = PreprocessorConfig {
            stopwords: StopwordList::None,
            language: language.to_string(),
            stem: true,
            ..PreprocessorConfig::default()
        };
        let found = tokens(&Preprocessor::new(config).unwrap(), text);
        assert!(found.iter().all(|stem| !stem.is_empty()), "{found:?}");
    }
}

/// The languages that have a stemmer and a list that keeps negation.
const LANGUAGES: [&str; 17] = [
    "ar", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv",
    "tr",
];

#[test]
fn every_stemmer_and_stopword_list_that_there_is_can_be_set_up() {
    for language in LANGUAGES {
        for stopwords in [StopwordList::NegationSafe, StopwordList::Nltk] {
            let language = language.to_string();
            Preprocessor::new(PreprocessorConfig {
                stopwords,
                language,
                stem: true,
                ..PreprocessorConfig::default()
            })
            .unwrap();
        }
    }
}

#[test]
fn every_language_with_a_stopword_list_or_a_stemmer_is_known() {
    // Chinese and Tamil have an NLTK list and no negation-safe one; Chinese has no stemmer.
    for language in LANGUAGES.iter().chain(&["zh", "ta", "kk"]) {
        check_language(language).unwrap();
    }
    let error = check_language("xx").unwrap_err().to_string();
    assert!(
        error.starts_with("unknown language \"xx\": ")
            && error.contains(" ar, ")
            && error.contains(", zh"),
        "{error}"
    );
    assert!(check_language("EN").is_err() && check_language("").is_err());
}

#[test]
fn a_known_language_fails_only_where_it_lacks_what_is_asked() {
    let set_up = |stopwords, stem| {
        let language = "zh".to_string();
        Preprocessor::new(PreprocessorConfig {
            stopwords,
            language,
            stem,
            ..PreprocessorConfig::default()
        })
        .map_err(|error| error.to_string())
    };
    assert!(set_up(StopwordList::None, false).is_ok());
    assert!(set_up(StopwordList::Nltk, false).is_ok());
    let error = set_up(StopwordList::NegationSafe, false).unwrap_err();
    assert!(error.contains("negation-safe"), "{error}");
    let error = set_up(StopwordList::None, true).unwrap_err();
    assert!(error.contains("stemmer"), "{error}");
}

/// Models saved before tokenizers had names have Penn Treebank tokens.
#[test]
fn the_tokenizer_is_saved_by_name_and_defaults_to_the_penn_treebank() {
    let saved = serde_json::to_value(PreprocessorConfig::default()).unwrap();
    assert_eq!(saved["tokenizer"], "penn-treebank");
    let older = r#"{"stopwords": "none", "language": "de", "stem": true}"#;
    let config: PreprocessorConfig = serde_json::from_str(older).unwrap();
    assert_eq!(config.tokenizer, Tokenizer::PennTreebank);
    assert_eq!((config.language.as_str(), config.stem), ("de", true));
    let unknown = r#"{"tokenizer": "other"}"#;
    assert!(serde_json::from_str::<PreprocessorConfig>(unknown).is_err());
}

#[test]
fn negation_stays_in_other_languages() {
    let texts = [
        (
            "de",
            "Der Film ist nicht gut, aber sehr lang.",
            "film nicht gut , aber sehr lang .",
        ),
        (
            "fr",
            "Le film est pas mauvais mais long.",
            "film pas mauvais mais long .",
        ),
        (
            "es",
            "La película no es muy buena.",
            "película no muy buena .",
        ),
        ("hu", "Ez a film nem jó.", "film nem ."),
    ];
    for (language, text, expected) in texts {
        let language = language.to_string();
        let stopwords = StopwordList::NegationSafe;
        let stem = false;
        let config = PreprocessorConfig {
            stopwords,
            language,
            stem,
            ..PreprocessorConfig::default()
        };
        let found = tokens(&Preprocessor::new(config).unwrap(), text);
        assert_eq!(found.join(" "), expected);
    }
}

#[test]
fn spans_lead_through_entities_and_tags_to_the_original() {
    let text = "R&B &amp; <b>SOUL</b>,\u{feff} don&rsquo;t cafe\u{301}";
    let mut found = Tokens::default();
    preprocessor(StopwordList::None, false).tokenize(text, &mut found);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|token| (token.word, &text[token.span]))
        .collect();
    let expected = [
        ("r", "R"),
        ("&", "&"),
        ("b", "B"),
        ("&", "&amp;"),
        ("soul", "SOUL"),
        (",", ","),
        ("do", "do"),
        ("n't", "n&rsquo;t"),
        ("café", "cafe\u{301}"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_words_of_a_file_are_left_out_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    std::fs::write(&path, "Film\ndon’t etc.\n").unwrap();
    let list = StopwordList::parse(path.to_str().unwrap()).unwrap();
    let saved = serde_json::to_string(&list).unwrap();
    assert_eq!(serde_json::from_str::<StopwordList>(&saved).unwrap(), list);
    std::fs::remove_file(path).unwrap();
    let found = tokens(&preprocessor(list, false), "A film, etc. I don't mind.").join(" ");
    assert_eq!(found, "a , i mind .");
}

#[test]
fn a_stopword_file_that_is_not_there_is_an_error() {
    let error = StopwordList::parse("no-such-list").unwrap_err().to_string();
    assert!(
        error.starts_with("could not open no-such-list: "),
        "{error}"
    );
}

#[test]
fn one_preprocessor_serves_many_threads() {
    let preprocessor = preprocessor(StopwordList::NegationSafe, true);
    let texts: Vec<String> = FIXTURE.lines().take(200).map(String::from).collect();
    let expected: Vec<_> = texts
        .iter()
        .map(|text| tokens(&preprocessor, text))
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let found = texts.iter().map(|text| tokens(&preprocessor, text));
                assert!(found.eq(expected.iter().cloned()));
            });
        }
    });
}

/// Texts of the characters that mean something to the tokenizer, and of any others.
fn texts() -> impl Strategy<Value = String> {
    let of_interest = "[a-zA-Z0-9 .,:;'\"`<>&/()@#*!?\\-éß’“”…😀👍\u{200d}\u{fe0f}\u{301}\u{316}\u{ad}\u{200b}\u{0}\n]{0,60}";
    prop_oneof![
        of_interest,
        ".{0,40}",
        "(<br />|&amp;|&#39;|n't|'s|http://|:-\\)|[a-z .]){0,20}"
    ]
}

/// What is seen of a piece of text, as tokens have it: plain quotes, composed, in lower case.
fn visible(text: &str) -> String {
    let is_hidden = |character: &char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let plain = |character| match character {
        '‘' | '’' | '‛' => '\'',
        '“' | '”' | '‟' => '"',
        other => other,
    };
    let seen: String = text
        .chars()
        .filter(|character| !is_hidden(character))
        .map(plain)
        .collect();
    seen.nfc().collect::<String>().to_lowercase()
}

proptest! {
    #[test]
    fn spans_are_in_order_and_on_character_boundaries(text in texts(), stem: bool) {
        let mut tokens = Tokens::default();
        preprocessor(StopwordList::None, stem).tokenize(&text, &mut tokens);
        let mut end = 0;
        for token in tokens.iter() {
            prop_assert!(token.span.start >= end && token.span.end > token.span.start);
            prop_assert!(text.get(token.span.clone()).is_some(), "{:?} in {:?}", token, text);
            prop_assert!(!token.text.is_empty() && !token.text.contains(char::is_whitespace));
            end = token.span.end;
        }
        prop_assert!(end <= text.len());
    }

    /// Without markup, a token is what its span holds, and between spans is only what is not seen.
    #[test]
    fn no_character_is_lost_or_invented(text in "[^<&]{0,40}", words in texts()) {
        let text = format!("{text} {}", words.replace(['<', '&'], " "));
        let mut found = Tokens::default();
        preprocessor(StopwordList::None, false).tokenize(&text, &mut found);
        let mut end = 0;
        for token in found.iter() {
            prop_assert_eq!(visible(&text[end..token.span.start]), "");
            end = token.span.end;
            let original = visible(&text[token.span]);
            match token.word {
                "``" | "''" => prop_assert!(original.chars().all(|mark| "\"'`".contains(mark))),
                "..." => prop_assert!(["...", "…"].contains(&original.as_str())),
                // A letter and a mark that a soft hyphen parted are not composed.
                word => prop_assert_eq!(word.nfc().collect::<String>(), original),
            }
        }
        prop_assert_eq!(visible(&text[end..]), "");
    }

    #[test]
    fn a_buffer_that_was_used_gives_the_same(first in texts(), second in texts()) {
        let preprocessor = preprocessor(StopwordList::NegationSafe, false);
        let mut used = Tokens::default();
        preprocessor.tokenize(&first, &mut used);
        preprocessor.tokenize(&second, &mut used);
        let mut fresh = Tokens::default();
        preprocessor.tokenize(&second, &mut fresh);
        prop_assert!(used.iter().eq(fresh.iter()));
    }
}
