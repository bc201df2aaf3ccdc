//! From a raw text to tokens: cleaning, tokenizing, stopwords, stemming.
//!
//! The tokens are the Penn Treebank's, lower-cased, as GloVe's are: `don't` is `do` and `n't`. A
//! saved model holds its [`PreprocessorConfig`], so that every text it ever sees is treated alike.

mod cleaning;
mod counts;
mod error;
mod language;
mod preprocessor;
mod stemming;
mod stopwords;
mod tokenizer;
mod tokens;

pub use counts::TokenCounts;
pub use error::TextError;
pub use language::check_language;
pub use preprocessor::{Preprocessor, PreprocessorConfig};
pub use stopwords::StopwordList;
pub use tokenizer::Tokenizer;
pub use tokens::{Token, Tokens};
