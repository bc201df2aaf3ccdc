//! The class `Tokenizer`.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList, Tokens};

use crate::errors::Raise;

/// Splits texts into tokens: cleaned, lower-cased, without stopwords and, with `stem`, stemmed.
///
/// A model also respells words that it does not know. A tokenizer knows no vocabulary and leaves them as they are.
///
/// An instance can be called, so it serves as the `tokenizer` of scikit-learn's vectorizers.
#[pyclass(frozen, module = "sentiment_toolkit")]
pub struct Tokenizer {
    preprocessor: Preprocessor,
    stopwords: String,
}

#[pymethods]
impl Tokenizer {
    #[new]
    #[pyo3(signature = (*, stopwords="none", stem=false, language="en"))]
    fn new(py: Python<'_>, stopwords: &str, stem: bool, language: &str) -> PyResult<Self> {
        let config = || {
            Preprocessor::new(PreprocessorConfig {
                stopwords: StopwordList::parse(stopwords)?,
                language: language.into(),
                stem,
                ..PreprocessorConfig::default()
            })
        };
        Ok(Self {
            preprocessor: py.detach(config).map_err(Raise::raise)?,
            stopwords: stopwords.into(),
        })
    }

    /// Returns the tokens of a text.
    fn tokenize(&self, text: &str) -> Vec<String> {
        let mut tokens = Tokens::default();
        self.preprocessor.tokenize(text, &mut tokens);
        tokens.iter().map(|token| token.text.into()).collect()
    }

    /// Returns the tokens of a text, each with its first and its last position in the text, in characters.
    fn spans(&self, text: &str) -> Vec<(String, usize, usize)> {
        let mut tokens = Tokens::default();
        self.preprocessor.tokenize(text, &mut tokens);
        let mut characters = Characters::of(text);
        let spans = tokens.iter().map(|token| {
            let (start, end) = (token.span.start, token.span.end);
            (token.text.into(), characters.at(start), characters.at(end))
        });
        spans.collect()
    }

    fn __call__(&self, text: &str) -> Vec<String> {
        self.tokenize(text)
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let function = py
            .import("sentiment_toolkit._pickling")?
            .getattr("tokenizer")?;
        let config = self.preprocessor.config();
        let arguments = (&self.stopwords, config.stem, &config.language);
        Ok((function, arguments.into_pyobject(py)?))
    }

    fn __repr__(&self) -> String {
        let config = self.preprocessor.config();
        let stem = if config.stem { "True" } else { "False" };
        format!(
            "Tokenizer(stopwords={:?}, stem={stem}, language={:?})",
            self.stopwords, config.language
        )
    }
}

/// Converts positions in bytes, which mostly ascend, to positions in characters.
struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
}

impl<'a> Characters<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            byte: 0,
            character: 0,
        }
    }

    fn at(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            *self = Self::of(self.text);
        }
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}
