"""Functions that pickles name, for classes whose arguments have names."""

from sentiment_toolkit._sentiment_toolkit import Tokenizer


def tokenizer(stopwords: str, stem: bool, language: str) -> Tokenizer:
    return Tokenizer(stopwords=stopwords, stem=stem, language=language)
