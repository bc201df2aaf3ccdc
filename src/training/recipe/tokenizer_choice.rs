//! The tokenizer of a run: a given one, or the one that suits the language and the script of the corpus.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Recipe;
use crate::text::{Preprocessor, ScriptCounts, TextError, Tokenizer};

/// The setting `tokenizer` of a recipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TokenizerChoice {
    /// The tokenizer that suits the language or, if that one is for languages with spaces, the script of the corpus.
    #[default]
    Auto,
    /// A given tokenizer.
    Given(Tokenizer),
}

const AUTO: &str = "auto";

impl TryFrom<String> for TokenizerChoice {
    type Error = TextError;

    fn try_from(name: String) -> Result<Self, TextError> {
        match name.as_str() {
            AUTO => Ok(Self::Auto),
            name => name.parse().map(Self::Given),
        }
    }
}

impl From<TokenizerChoice> for String {
    fn from(choice: TokenizerChoice) -> Self {
        match choice {
            TokenizerChoice::Auto => AUTO.into(),
            TokenizerChoice::Given(tokenizer) => tokenizer.to_string(),
        }
    }
}

/// A tokenizer chosen from the script of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenTokenizer {
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// The ISO 639-1 code of the language that the script tells.
    pub language: &'static str,
}

impl ChosenTokenizer {
    /// Returns the tokenizer for texts without spaces between words; `None` for other texts.
    pub fn of(scripts: &ScriptCounts) -> Option<Self> {
        let language = scripts.unspaced_language()?;
        Some(Self {
            tokenizer: Tokenizer::of_language(language),
            language,
        })
    }
}

impl fmt::Display for ChosenTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tokenizer,
            language,
        } = self;
        write!(
            f,
            "tokenizer {tokenizer}: most texts are in a script without spaces between words (language {language})"
        )
    }
}

impl Recipe {
    /// Chooses the tokenizer for a corpus unless it is given. Returns the choice if the script of the texts decided; the language
    /// becomes that of the script then, unless it is another than the default, or lacks the stopword list or the stemmer.
    pub fn choose_tokenizer<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a str>,
    ) -> Option<ChosenTokenizer> {
        if self.tokenizer != TokenizerChoice::Auto {
            return None;
        }
        let of_language = Tokenizer::of_language(&self.language);
        self.tokenizer = TokenizerChoice::Given(of_language);
        if of_language != Tokenizer::default() {
            return None;
        }
        let chosen = ChosenTokenizer::of(&texts.collect())?;
        self.tokenizer = TokenizerChoice::Given(chosen.tokenizer);
        if self.language == Self::default().language {
            let given = std::mem::replace(&mut self.language, chosen.language.into());
            if Preprocessor::new(self.preprocessing()).is_err() {
                self.language = given;
            }
        }
        Some(chosen)
    }

    /// Returns a better tokenizer for a corpus if the recipe's needs spaces between words, but the texts have none.
    pub fn better_tokenizer<'a>(
        &self,
        texts: impl Iterator<Item = &'a str>,
    ) -> Option<ChosenTokenizer> {
        let needs_spaces = self.tokenizer() == Tokenizer::PennTreebank;
        needs_spaces.then(|| ChosenTokenizer::of(&texts.collect()))?
    }

    /// Returns the tokenizer: before [`Recipe::choose_tokenizer`], that of the language.
    pub fn tokenizer(&self) -> Tokenizer {
        match self.tokenizer {
            TokenizerChoice::Auto => Tokenizer::of_language(&self.language),
            TokenizerChoice::Given(tokenizer) => tokenizer,
        }
    }
}
