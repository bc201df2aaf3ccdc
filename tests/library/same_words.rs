//! Words that are one token.

use std::fs;

use sentiment::text::{
    Preprocessor, PreprocessorConfig, SameWords, StopwordList, TextError, Tokens,
};

/// Returns a preprocessor whose groups are the lines of `groups`.
fn preprocessor(groups: &str, stem: bool) -> Preprocessor {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.txt");
    fs::write(&file, groups).unwrap();
    let config = PreprocessorConfig {
        stopwords: StopwordList::None,
        stem,
        same_words: SameWords::parse(file.to_str().unwrap()).unwrap(),
        ..PreprocessorConfig::default()
    };
    Preprocessor::new(config).unwrap()
}

fn tokens(preprocessor: &Preprocessor, text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    preprocessor.tokenize(text, &mut tokens);
    tokens.iter().map(|token| token.text.into()).collect()
}

#[test]
fn words_of_a_group_are_its_first_word() {
    let groups = "he she\n\nEmma  Lars Olga\n";
    for stem in [false, true] {
        let preprocessor = preprocessor(groups, stem);
        let expected = tokens(&preprocessor, "he met emma 's dog");
        assert_eq!(tokens(&preprocessor, "She met LARS's dog"), expected);
        assert_eq!(tokens(&preprocessor, "Larsen")[0], "larsen");
    }
}

#[test]
fn spans_are_those_of_the_written_word() {
    let text = "so Olga &amp; she";
    let mut found = Tokens::default();
    preprocessor("he she\nemma olga", false).tokenize(text, &mut found);
    let found: Vec<_> = found
        .iter()
        .map(|token| (token.text, &text[token.span]))
        .collect();
    assert_eq!(
        found,
        [
            ("so", "so"),
            ("emma", "Olga"),
            ("&", "&amp;"),
            ("he", "she")
        ]
    );
}

#[test]
fn the_words_of_a_hashtag_are_read_so_too() {
    let preprocessor = preprocessor("emma olga", false);
    let known = ["emma", "is", "bad", "go"];
    let rank = |token: &str| {
        known
            .iter()
            .position(|word| *word == token)
            .map(|rank| rank as u32)
    };
    let mut tokens = Tokens::default();
    preprocessor.tokenize_known("#OlgaIsBad", &mut tokens, rank);
    let found: Vec<_> = tokens.iter().map(|token| token.text).collect();
    assert_eq!(found, ["emma", "is", "bad"]);
}

#[test]
fn groups_are_saved_with_the_configuration() {
    let config = preprocessor("he she", false).config().clone();
    let saved = serde_json::to_string(&config).unwrap();
    assert_eq!(
        serde_json::from_str::<PreprocessorConfig>(&saved).unwrap(),
        config
    );
    let old = PreprocessorConfig {
        version: 1,
        ..config
    };
    assert!(matches!(
        old.check_version(),
        Err(TextError::NeedsVersion {
            setting: "same_words"
        })
    ));
}

#[test]
fn a_word_in_two_groups_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.txt");
    fs::write(&file, "he she\nher him\nthey She\n").unwrap();
    let error = SameWords::parse(file.to_str().unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("groups.txt:3: the word \"she\" is in the group of line 1, too"),
        "{error}"
    );
}
