//! The languages that a model learned from, and texts in others.

use serde::{Deserialize, Serialize};
use whatlang::{Info, Lang};

use super::script::ScriptCounts;
use super::tokenizer::web::begins_url;

/// The least part of a corpus for a language or a script of its own.
const LEAST_PART: f64 = 0.05;

/// The number of texts whose language is detected.
const SAMPLED_TEXTS: usize = 2_000;

/// The least number of letters whose language is detected in a corpus: short texts are often taken for another language, of English
/// tweets 5%. Shorter texts are joined.
const BLOCK_LETTERS: u64 = 200;

/// The least number of such blocks that tell the languages of a corpus.
const LEAST_BLOCKS: usize = 10;

/// The least number of letters of a text whose script counts.
const SCRIPT_LETTERS: u64 = 4;

/// The least confidence of a detection that is worth naming the language: below it, most names are wrong.
const LEAST_CONFIDENCE: f64 = 0.25;

/// The name of a language that is not detected.
const ANOTHER: &str = "another language";

/// The number of characters of a text that are looked at.
const MAX_CHARACTERS: usize = 1_000;

/// The languages and scripts of the texts that a model learned from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownLanguages {
    /// The ISO 639-3 codes of the languages.
    languages: Vec<String>,
    /// The names of the scripts in the Unicode standard.
    scripts: Vec<String>,
}

impl KnownLanguages {
    /// Detects the languages and scripts of a corpus from a sample of its texts.
    pub fn of<T: AsRef<str>>(texts: &[T]) -> Self {
        let step = texts.len().div_ceil(SAMPLED_TEXTS).max(1);
        let mut scripts = ScriptCounts::default();
        let mut blocks: Vec<Lang> = Vec::new();
        let (mut block, mut letters) = (String::new(), 0);
        for text in texts.iter().step_by(step) {
            let text = words_alone(text.as_ref());
            let before = scripts.letters();
            scripts.add(&text);
            letters += scripts.letters() - before;
            block.push_str(&text);
            block.push(' ');
            if letters >= BLOCK_LETTERS {
                blocks.extend(whatlang::detect_lang(&block));
                block.clear();
                letters = 0;
            }
        }
        let mut languages: Vec<(Lang, usize)> = Vec::new();
        for &language in &blocks {
            match languages.iter_mut().find(|(known, _)| *known == language) {
                Some((_, count)) => *count += 1,
                None => languages.push((language, 1)),
            }
        }
        languages.retain(|&(_, count)| {
            blocks.len() >= LEAST_BLOCKS && count as f64 >= LEAST_PART * blocks.len() as f64
        });
        languages.sort_by_key(|&(language, count)| (std::cmp::Reverse(count), language.code()));
        Self {
            languages: languages
                .iter()
                .map(|(language, _)| language.code().into())
                .collect(),
            scripts: scripts
                .of_share(LEAST_PART)
                .map(|script| script.full_name().into())
                .collect(),
        }
    }

    /// Adds the languages and scripts of another corpus.
    pub(crate) fn extend(&mut self, other: Self) {
        let add = |known: &mut Vec<String>, more: Vec<String>| {
            let new = more.into_iter().filter(|name| !known.contains(name));
            let new: Vec<String> = new.collect();
            known.extend(new);
        };
        add(&mut self.languages, other.languages);
        add(&mut self.scripts, other.scripts);
    }

    /// Returns the name of the language of a text, or `another language`, if it is not one of the known ones: if its script is another or, for a text
    /// with unusual words, its most probable language. `None` for a text of few letters.
    pub(crate) fn foreign(&self, text: &str, has_unusual_words: bool) -> Option<&'static str> {
        let text = words_alone(text);
        let counts: ScriptCounts = [text.as_str()].into_iter().collect();
        let script = counts
            .main()
            .filter(|_| counts.letters() >= SCRIPT_LETTERS)?;
        if !self.scripts.iter().any(|known| known == script.full_name()) && !self.scripts.is_empty()
        {
            return Some(whatlang::detect(&text).map_or(ANOTHER, |detected| name_of(&detected)));
        }
        if !has_unusual_words || self.languages.is_empty() {
            return None;
        }
        let detected = whatlang::detect(&text)?;
        let code = detected.lang().code();
        let is_known = self.languages.iter().any(|known| known == code);
        (!is_known).then(|| name_of(&detected))
    }

    /// Returns the names of the languages, or else of the scripts.
    pub fn names(&self) -> String {
        let languages = self.languages.iter();
        let names: Vec<&str> = languages
            .filter_map(|code| Lang::from_code(code.as_str()))
            .map(name)
            .collect();
        match names.is_empty() {
            true => format!("{} script", self.scripts.join(", ")),
            false => names.join(", "),
        }
    }
}

/// Returns the English name of a language.
fn name(language: Lang) -> &'static str {
    match language {
        Lang::Cmn => "Chinese",
        language => language.eng_name(),
    }
}

/// Returns the name of a detected language, if the detection is confident.
fn name_of(detected: &Info) -> &'static str {
    match detected.confidence() >= LEAST_CONFIDENCE {
        true => name(detected.lang()),
        false => ANOTHER,
    }
}

/// Returns the start of a text without URLs, @mentions and #hashtags.
fn words_alone(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(MAX_CHARACTERS)
        .map_or(text.len(), |(end, _)| end);
    let words = text[..end].split_whitespace();
    let is_word = |word: &&str| !word.starts_with(['@', '#', '<']) && !begins_url(word);
    words.filter(is_word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english() -> KnownLanguages {
        KnownLanguages::of(
            &[
                "the room was clean and the staff were very friendly",
                "I would not recommend this phone to anyone at all",
            ]
            .repeat(50),
        )
    }

    #[test]
    fn a_corpus_tells_its_languages_and_scripts() {
        assert_eq!(english().names(), "English");
        let text = "房间很干净，服务员也很热情，下次还会再来住，WiFi不错，早餐也很好吃";
        let chinese = KnownLanguages::of(&[text].repeat(100));
        assert_eq!(chinese.names(), "Chinese");
        assert!(chinese.scripts.iter().any(|script| script == "Han"));
        assert_eq!(KnownLanguages::of(&["", "!"]), KnownLanguages::default());
    }

    #[test]
    fn few_short_texts_tell_no_language() {
        let known = KnownLanguages::of(&["our cheese and bread", "a boat on the lake"]);
        assert_eq!(known.names(), "Latin script");
        assert_eq!(
            known.foreign("Un vrai plaisir, merci à toute l'équipe", true),
            None
        );
        assert_eq!(known.foreign("πολύ καλό, ευχαριστώ", true), Some("Greek"));
    }

    #[test]
    fn texts_in_other_languages_are_foreign() {
        let foreign = |text| english().foreign(text, true);
        assert_eq!(
            foreign("Un vrai plaisir, merci à toute l'équipe"),
            Some("French")
        );
        assert_eq!(
            foreign("Das Zimmer war leider sehr schmutzig und laut"),
            Some("German")
        );
        assert_eq!(foreign("房间很干净，服务也好"), Some("Chinese"));
        assert_eq!(foreign("この映画はとても面白い"), Some("Japanese"));
        assert_eq!(foreign("πολύ καλό, ευχαριστώ"), Some("Greek"));
        assert_eq!(foreign("we had a lovely time and will come back"), None);
        assert_eq!(foreign("very good 很好"), None);
        assert_eq!(foreign("http://t.co/x @ann 👍"), None);
    }

    #[test]
    fn usual_words_are_not_foreign() {
        assert_eq!(
            english().foreign("Un vrai plaisir, merci à toute l'équipe", false),
            None
        );
    }

    #[test]
    fn a_corpus_without_words_knows_every_language() {
        assert_eq!(
            KnownLanguages::default().foreign("房间很干净，服务也好", true),
            None
        );
    }
}
