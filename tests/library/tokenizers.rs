//! Tokenizers beside the Penn Treebank's: the tokens of languages without spaces between words and with elision, and properties
//! of any text.

use proptest::prelude::*;
use sentiment::text::{
    Preprocessor, PreprocessorConfig, StopwordList, Tokenizer, Tokens, WordDictionary,
};

fn preprocessor(tokenizer: Tokenizer, language: &str) -> Preprocessor {
    Preprocessor::new(PreprocessorConfig {
        tokenizer,
        language: language.into(),
        stopwords: StopwordList::None,
        ..PreprocessorConfig::default()
    })
    .unwrap()
}

fn tokens(preprocessor: &Preprocessor, text: &str) -> String {
    let mut tokens = Tokens::default();
    preprocessor.tokenize(text, &mut tokens);
    let words: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    words.join(" ")
}

fn assert_tokens(tokenizer: Tokenizer, language: &str, text: &str, expected: &str) {
    let preprocessor = preprocessor(tokenizer, language);
    assert_eq!(tokens(&preprocessor, text), expected, "{tokenizer}: {text}");
}

#[test]
fn chinese_words_are_those_of_jieba() {
    let expect = |text, expected| assert_tokens(Tokenizer::Jieba, "zh", text, expected);
    expect("房间很干净，服务不好！", "房间 很 干净 ， 服务 不好 ！");
    expect("这件T恤质量很好", "这件 t恤 质量 很 好");
    expect(
        "iPhone6s真的好用，don't buy",
        "iphone6s 真的 好用 ， don't buy",
    );
    expect("价格3.5元……太贵了", "价格 3.5 元 ... 太贵 了");
    expect("очень хорошо", "очень хорошо");
}

#[test]
fn other_unspaced_languages_have_words_by_icu() {
    let expect = |language, text, expected| assert_tokens(Tokenizer::Icu, language, text, expected);
    expect("ja", "この映画は面白い。", "この 映画 は 面白い 。");
    expect("th", "อาหารอร่อยมาก", "อาหาร อร่อย มาก");
    expect("km", "ខ្ញុំស្រឡាញ់អ្នក", "ខ្ញុំ ស្រឡាញ់ អ្នក");
    expect("lo", "ພາສາລາວ", "ພາສາ ລາວ");
    let burmese = tokens(&preprocessor(Tokenizer::Icu, "my"), "ကျွန်တော်ဒီရုပ်ရှင်ကိုကြိုက်တယ်");
    assert!(burmese.split(' ').count() > 3, "{burmese}");
}

#[test]
fn unicode_words_split_after_an_elision() {
    let expect =
        |language, text, expected| assert_tokens(Tokenizer::Unicode, language, text, expected);
    expect(
        "fr",
        "L’équipe n'est pas d'accord aujourd'hui.",
        "l' équipe n' est pas d' accord aujourd'hui .",
    );
    expect(
        "it",
        "C'è dell'arte, l'amico dice",
        "c' è dell' arte , l' amico dice",
    );
    expect("en", "I don't know.", "i don't know .");
    expect(
        "de",
        "Das Preis-Leistungs-Verhältnis",
        "das preis - leistungs - verhältnis",
    );
}

#[test]
fn characters_are_those_of_scripts_without_spaces() {
    let expect = |text, expected| assert_tokens(Tokenizer::Characters, "zh", text, expected);
    expect("很好 very good", "很 好 very good");
    expect("カメラ 영화", "カ メ ラ 영 화");
}

#[test]
fn pictures_and_addresses_are_one_token_in_every_tokenizer() {
    let text = "看http://t.cn/a-b?c=1很好 @小明 #话题# :-) 👍🏽👩‍👩‍👧 <url> 1️⃣ wait...";
    for tokenizer in Tokenizer::ALL {
        if tokenizer == Tokenizer::PennTreebank {
            continue;
        }
        let found = tokens(&preprocessor(tokenizer, "zh"), text);
        for whole in [
            "http://t.cn/a-b?c=1",
            "@小明",
            "#话题#",
            ":-)",
            "👍",
            "👩‍👩‍👧",
            "<url>",
            "1⃣",
            "...",
        ] {
            let mut tokens = found.split(' ');
            assert!(
                tokens.any(|token| token == whole),
                "{tokenizer}: {whole} in {found}"
            );
        }
    }
}

#[test]
fn words_of_a_dictionary_are_one_token() {
    let with = |dictionary| {
        Preprocessor::new(PreprocessorConfig {
            tokenizer: Tokenizer::Jieba,
            language: "zh".into(),
            stopwords: StopwordList::None,
            dictionary,
            ..PreprocessorConfig::default()
        })
    };
    let text = "这家店的佛系青年套餐";
    let without = tokens(&with(WordDictionary::None).unwrap(), text);
    assert!(!without.contains("佛系青年"), "{without}");
    let words = ["佛系青年 1000".to_string()];
    let found = tokens(&with(WordDictionary::Words(words.into())).unwrap(), text);
    assert!(found.contains(" 佛系青年 "), "{found}");
}

#[test]
fn a_dictionary_is_read_in_the_format_of_jieba() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.txt");
    let read = |content: &str| {
        std::fs::write(&file, content).unwrap();
        WordDictionary::parse(file.to_str().unwrap()).map_err(|error| error.to_string())
    };
    let words = ["云计算 5", "绝绝子", "台中 3"].map(String::from);
    let content = "\u{feff}云计算 5 n\r\n绝绝子 n\n\n台中 3\n";
    assert_eq!(read(content), Ok(WordDictionary::Words(words.into())));
    let error = read("云计算 5\n台中 99999999999\n").unwrap_err();
    assert!(error.contains("words.txt:2: the frequency"), "{error}");
    assert_eq!(WordDictionary::parse("none").unwrap(), WordDictionary::None);
}

#[test]
fn a_dictionary_needs_jieba() {
    let config = PreprocessorConfig {
        dictionary: WordDictionary::Words(vec!["a".into()]),
        ..PreprocessorConfig::default()
    };
    let error = Preprocessor::new(config).unwrap_err().to_string();
    assert!(
        error.contains("penn-treebank has no use for a dictionary"),
        "{error}"
    );
}

#[test]
fn full_width_characters_are_folded_if_asked_for() {
    let with = |fold_width| {
        let config = PreprocessorConfig {
            tokenizer: Tokenizer::Jieba,
            language: "zh".into(),
            stopwords: StopwordList::None,
            fold_width,
            ..PreprocessorConfig::default()
        };
        tokens(&Preprocessor::new(config).unwrap(), "性价比ＯＫ，１０分！")
    };
    assert_eq!(with(true), "性价比 ok , 10 分 !");
    assert!(with(false).contains('，'));
}

/// Generates texts of several scripts, with markup, addresses and emoji.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "([一-龥]|[ぁ-ヶ]|[ก-๛]|[ក-៹]|[ກ-ໝ]|[က-႟]|[가-힣]|[a-zA-Z0-9]|[ .,'#@…，。！Ａ-ｚｦ-ﾟ]|http://|<url>|:-\\)|👍🏽|\u{200d}|\u{fe0f}|\u{301}|<br>|&amp;){0,40}",
        ".{0,40}",
    ]
}

proptest! {
    #[test]
    fn spans_are_in_order_and_no_character_is_lost(text in texts(), fold_width: bool) {
        for tokenizer in Tokenizer::ALL {
            let config = PreprocessorConfig {
                tokenizer,
                language: "fr".into(),
                stopwords: StopwordList::None,
                fold_width,
                ..PreprocessorConfig::default()
            };
            let mut found = Tokens::default();
            Preprocessor::new(config).unwrap().tokenize(&text, &mut found);
            let mut end = 0;
            for token in found.iter() {
                // An entity or a folded character may be two tokens: the second has an empty span.
                prop_assert!(token.span.start >= end && token.span.end >= token.span.start);
                prop_assert!(text.get(token.span.clone()).is_some(), "{tokenizer}: {token:?} in {text:?}");
                prop_assert!(!token.text.is_empty() && !token.text.contains(char::is_whitespace));
                // Markup and entities aside, no letter lies between two tokens.
                let has_markup = text.contains(['<', '&']);
                let between = &text[end..token.span.start];
                prop_assert!(has_markup || !between.contains(char::is_alphanumeric), "{tokenizer}: {between:?} in {text:?}");
                end = token.span.end;
            }
            let rest = &text[end..];
            prop_assert!(text.contains(['<', '&']) || !rest.contains(char::is_alphanumeric), "{tokenizer}: {rest:?}");
        }
    }
}
