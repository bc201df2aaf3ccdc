//! Preprocessing: cleaning, tokenization, stopword removal and stemming.
//!
//! [`Preprocessor`] runs these steps in this order; with the words that a model knows, respelling follows. A saved model stores its [`PreprocessorConfig`], so
//! training and prediction preprocess texts the same way. [`sentences()`] is separate: it splits a text into sentences.

mod char_ngrams;
mod cleaning;
mod counts;
mod error;
mod known_languages;
mod language;
mod placeholders;
mod preprocessor;
mod respelling;
mod same_words;
mod script;
mod sentences;
mod stemming;
mod stopwords;
mod text_key;
mod tokenizer;
mod tokens;
mod word_dictionary;
mod word_file;

pub use char_ngrams::CharNgrams;
pub(crate) use char_ngrams::{HASH_START, hash_char_ngrams, hash_next};
pub(crate) use cleaning::has_mojibake;
pub use counts::TokenCounts;
pub use error::TextError;
pub use known_languages::KnownLanguages;
pub use language::check_language;
pub use preprocessor::{Preprocessor, PreprocessorConfig};
pub use same_words::SameWords;
pub use script::ScriptCounts;
pub use sentences::sentences;
pub use stopwords::StopwordList;
pub use text_key::TextKey;
pub(crate) use text_key::fold_case;
pub use tokenizer::Tokenizer;
pub(crate) use tokenizer::emoji::name_words;
pub(crate) use tokenizer::{is_pictograph, is_word};
pub use tokens::{Token, Tokens};
pub use word_dictionary::WordDictionary;
