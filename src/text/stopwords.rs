//! Stopword lists.
//!
//! The lists are NLTK's. The English one contains `no`, `not`, `don't` and `very`, and removing these
//! destroys negation, so the default list keeps them in the text.

use std::path::Path;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::TextError;
use super::cleaning::{Cleaned, CleaningRules};
use super::tokenizer::LoadedTokenizer;
use super::word_file::read;

/// The words of NLTK's lists that negate, weaken, strengthen or contrast (Polanyi and Zaenen 2006,
/// "Contextual valence shifters"), by language code. [`StopwordList::NegationSafe`] keeps them in the text.
const VALENCE_SHIFTERS: [(&str, &str); 25] = [
    (
        "ar",
        "أبدا أقل أكثر إلا إلّا بل دون سوى غير قلما كثيرا كلا كلَّا لا لست لستم لستما \
         لستن لسن لسنا لكن لكنما لكنَّ لم لما لن ليس ليسا ليست ليستا ليسوا ولا ولكن",
    ),
    (
        "az",
        "amma az daha deyil heç lakin lap olmadı olmaz xeyr yalnız yox yoxdur yoxsa çox \
         ən",
    ),
    (
        "be",
        "аднак але без больш вельмi вельмі менш нi нiчога не толькi толькі",
    ),
    (
        "ca",
        "bastant contra gairebé malgrat molt molta moltes molts més ne ni no només però \
         poc poca pocs poques sense tampoc",
    ),
    ("da", "ikke meget men mod"),
    (
        "de",
        "aber doch gegen kein keine keinem keinen keiner keines nicht nichts nur ohne \
         sehr sondern viel zu zwar",
    ),
    (
        "el",
        "αλλα δεν μή μήτε μα μη μην μὴ μὴν ομωσ οὐ οὐδέ οὐδείσ οὐδεὶς οὐδὲ οὐδὲν οὐκ οὐχ \
         οὐχὶ οὔτε ἀλλά ἀλλὰ",
    ),
    (
        "en",
        "again against ain aren but couldn didn doesn don down few hadn hasn haven isn \
         just mightn more most mustn n't needn no nor not off only own same shan should \
         shouldn so than too until up very wasn weren won wouldn",
    ),
    (
        "es",
        "contra mucho muchos muy más nada ni no pero poco sin tanto",
    ),
    ("fi", "ei eivät emme en et ette mutta vaan vaikka"),
    ("fr", "mais n ne pas"),
    (
        "he",
        "אבל אין אך בלי ברם יותר כלל לא לאו למרות מאד מבלי מדי מעט נגד רק",
    ),
    (
        "hu",
        "csak de ellen elég hanem még nagyon ne nem nincs néhány nélkül sem semmi sok",
    ),
    (
        "id",
        "agak amat belum bukan bukannya cukup enggak hanya jangan kurang lebih melainkan \
         namun paling sangat tanpa tapi terlalu tetapi tidak",
    ),
    ("it", "contro ma non più"),
    (
        "nl",
        "doch geen maar meer niet niets te tegen toch veel zonder",
    ),
    (
        "no",
        "bare ikke ikkje ingen ingi inkje meget men mot mykje uten",
    ),
    ("pt", "mais mas muito nem não sem só"),
    (
        "ro",
        "chiar dar doar fara foarte fără mai mult nici nimeni nimic nu numai prea totusi \
         totuşi",
    ),
    (
        "ru",
        "без более больше даже лучше много не нельзя нет ни никогда ничего но совсем \
         только хорошо хоть чуть",
    ),
    (
        "sl",
        "ampak brez le ne ni nihče nisem nisi nismo niso nista niste nisva niti nič noben \
         nobena nobeno proti samo toda vendar vendarle",
    ),
    (
        "sq",
        "jo megjithate megjithatë mos ndonese ndonëse nuk pa pak por s shume shumë teper \
         tepër vetem vetëm",
    ),
    ("sv", "ej icke inte men mot mycket utan än"),
    ("tr", "ama az daha en hiç çok"),
    // With the words of NLTK's list that are sentiments themselves, such as `高兴` (glad).
    (
        "zh",
        "不一 不久 不仅 不会 不但 不光 不单 不变 不只 不可 不同 不够 不如 \
         不得 不怕 不惟 不成 不拘 不敢 不断 不是 不比 不然 不特 不独 不管 \
         不能 不要 不论 不足 不过 不问 与否 严重 丰富 伟大 但 但是 几乎 别 \
         别说 十分 却不 反之 只是 可是 合理 否则 基本 复杂 多少 大力 大大 \
         失去 好的 安全 完全 容易 尤其 尽管 巨大 并不 并不是 并没有 强烈 \
         恰恰相反 无宁 无法 无论 明显 是不是 是否 更加 有利 有力 有效 有点 \
         极了 欢迎 毋宁 比较 毫不 没有 清楚 满足 然而 相反 真是 绝对 而是 \
         能否 良好 若非 莫若 虽 虽则 虽然 虽说 要不 要不是 要不然 认真 较 \
         避免 防止 除非 非但 非常 非徒 高兴",
    ),
];

/// The tokens to remove from a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopwordList {
    /// NLTK's list for the language, without negations, intensifiers and contrastive conjunctions.
    #[default]
    NegationSafe,
    /// NLTK's complete list for the language.
    Nltk,
    /// No stopwords.
    None,
    /// The given words, in any language.
    Words(Vec<String>),
}

impl StopwordList {
    /// Parses `negation-safe`, `nltk`, `none`, or the path of a file with words separated by white space,
    /// which is read.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text {
            "negation-safe" => Ok(Self::NegationSafe),
            "nltk" => Ok(Self::Nltk),
            "none" => Ok(Self::None),
            path => Self::read(Path::new(path)),
        }
    }

    fn read(path: &Path) -> Result<Self, TextError> {
        let content = read(path)?;
        Ok(Self::Words(
            content.split_whitespace().map(str::to_lowercase).collect(),
        ))
    }

    /// Returns the tokens to remove. `version` is that of the preprocessing.
    pub(super) fn words(
        &self,
        version: u32,
        tokenizer: &LoadedTokenizer,
        language: &str,
    ) -> Result<FxHashSet<String>, TextError> {
        let tokens = |words: &[&str], kept: &[&str]| tokens_of(version, tokenizer, words, kept);
        match self {
            Self::None => Ok(FxHashSet::default()),
            Self::Words(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                Ok(tokens(&words, &[]))
            }
            Self::Nltk => Ok(tokens(nltk(language)?, &[])),
            Self::NegationSafe => {
                let kept = valence_shifters(language)?;
                Ok(tokens(nltk(language)?, &kept))
            }
        }
    }
}

/// Returns the codes of the languages with an NLTK list.
pub(super) fn nltk_languages() -> impl Iterator<Item = &'static str> {
    stop_words::available_languages().iter().copied()
}

fn nltk(language: &str) -> Result<&'static [&'static str], TextError> {
    stop_words::lookup(language).ok_or_else(|| TextError::NoStopwords {
        list: "nltk",
        language: language.into(),
        known: stop_words::available_languages().join(", "),
    })
}

fn valence_shifters(language: &str) -> Result<Vec<&'static str>, TextError> {
    match VALENCE_SHIFTERS.iter().find(|(code, _)| *code == language) {
        Some((_, words)) => Ok(words.split_whitespace().collect()),
        None => Err(TextError::NoStopwords {
            list: "negation-safe",
            language: language.into(),
            known: VALENCE_SHIFTERS.map(|(code, _)| code).join(", "),
        }),
    }
}

/// Cleans and tokenizes the entries of a list, because the lists contain `don't` and texts contain `do` and
/// `n't`.
///
/// An entry with a token in `kept` is skipped as a whole: `mustn't` does not remove `must`. Punctuation
/// of longer entries is dropped: `etc.` does not remove every period.
fn tokens_of(
    version: u32,
    tokenizer: &LoadedTokenizer,
    entries: &[&str],
    kept: &[&str],
) -> FxHashSet<String> {
    let rules = CleaningRules::of_version(version);
    let mut left_out = FxHashSet::default();
    let mut cleaned = Cleaned::default();
    for entry in entries {
        cleaned.clean(entry, rules);
        let entry = cleaned.text(entry);
        let mut tokens = Vec::new();
        tokenizer.tokenize(version, entry, |span, token| {
            tokens.push(token.unwrap_or(&entry[span]).to_lowercase())
        });
        let is_kept = |word: &str| kept.contains(&word);
        if is_kept(entry) || tokens.iter().any(|token| is_kept(token)) {
            continue;
        }
        let is_one = tokens.len() == 1;
        tokens.retain(|token| is_one || token.contains(char::is_alphanumeric));
        left_out.extend(tokens);
        // `etc.` is one token within a sentence and two at the end of an entry.
        left_out.insert(entry.to_lowercase());
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Tokenizer, WordDictionary};

    fn english(list: StopwordList) -> FxHashSet<String> {
        list.words(1, &LoadedTokenizer::PennTreebank, "en").unwrap()
    }

    #[test]
    fn the_default_keeps_what_negates_opposes_and_grades() {
        let words = english(StopwordList::NegationSafe);
        for kept in [
            "no", "not", "nor", "never", "n't", "but", "too", "very", "must", "need",
        ] {
            assert!(!words.contains(kept), "{kept}");
        }
        for left_out in ["the", "a", "it", "'s", "is", "do", "of"] {
            assert!(words.contains(left_out), "{left_out}");
        }
    }

    #[test]
    fn the_full_list_holds_the_tokens_of_its_entries() {
        let words = english(StopwordList::Nltk);
        for word in ["not", "n't", "do", "'ll", "very"] {
            assert!(words.contains(word), "{word}");
        }
    }

    #[test]
    fn a_language_without_a_list_is_an_error() {
        let error = |list: StopwordList, language| {
            let words = list.words(1, &LoadedTokenizer::PennTreebank, language);
            words.unwrap_err().to_string()
        };
        let nltk = error(StopwordList::Nltk, "xx");
        assert!(
            nltk.starts_with("no nltk stopword list for the language \"xx\"; available: ar"),
            "{nltk}"
        );
        // NLTK has a Bengali list, but its valence shifters are not known.
        let negation_safe = error(StopwordList::NegationSafe, "bn");
        assert!(
            negation_safe.starts_with("no negation-safe stopword list for the language \"bn\""),
            "{negation_safe}"
        );
        assert!(
            StopwordList::None
                .words(1, &LoadedTokenizer::PennTreebank, "xx")
                .is_ok()
        );
    }

    #[test]
    fn every_kept_word_is_one_of_the_list_and_stays() {
        for (language, words) in VALENCE_SHIFTERS {
            let all = StopwordList::Nltk
                .words(1, &LoadedTokenizer::PennTreebank, language)
                .unwrap();
            let left_out = StopwordList::NegationSafe
                .words(1, &LoadedTokenizer::PennTreebank, language)
                .unwrap();
            for word in words.split_whitespace() {
                assert!(all.contains(word), "{language}: {word}");
                assert!(!left_out.contains(word), "{language}: {word}");
            }
            assert!(left_out.len() > all.len() / 3, "{language}");
        }
    }

    #[test]
    fn chinese_negation_stays_whatever_the_tokenizer() {
        for tokenizer in Tokenizer::ALL {
            let Ok(loaded) = tokenizer.load("zh", &WordDictionary::None) else {
                continue;
            };
            let left_out = StopwordList::NegationSafe.words(2, &loaded, "zh").unwrap();
            assert!(left_out.contains("的"), "{tokenizer}");
            for word in &left_out {
                assert!(
                    !word.contains(['不', '没', '无', '未', '勿', '莫', '非']),
                    "{word}"
                );
                assert_ne!(word, "别");
            }
        }
    }

    #[test]
    fn punctuation_is_no_stopword() {
        for language in stop_words::available_languages() {
            let words = StopwordList::Nltk
                .words(1, &LoadedTokenizer::PennTreebank, language)
                .unwrap();
            for mark in [".", ",", "'", "-", "!", "?", "''", "``"] {
                assert!(!words.contains(mark), "{language}: {mark}");
            }
        }
    }

    #[test]
    fn own_words_are_cleaned_and_cut_as_a_text_is() {
        let own = ["don’t", "etc.", "cafe\u{301}", "!"].map(String::from);
        let words = StopwordList::Words(own.into())
            .words(1, &LoadedTokenizer::PennTreebank, "xx")
            .unwrap();
        for word in ["do", "n't", "etc", "etc.", "café", "!"] {
            assert!(words.contains(word), "{word}");
        }
        assert!(!words.contains("."));
    }
}
