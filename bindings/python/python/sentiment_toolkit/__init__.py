"""Train, evaluate, explain and run sentiment classifiers.

>>> from sentiment_toolkit import Classifier
>>> classifier = Classifier.general()
>>> classifier.predict(["The acting is wonderful", "Never again"])[0]
np.str_('positive')
"""

from sentiment_toolkit._sentiment_toolkit import (
    Classifier,
    CorpusError,
    EmbeddingsError,
    EvaluationError,
    ExplainError,
    Explanation,
    ModelError,
    Predictions,
    SentimentError,
    TextError,
    Tokenizer,
    TrainingError,
    WordVectors,
    __version__,
    train,
)

__all__ = [
    "Classifier",
    "CorpusError",
    "EmbeddingsError",
    "EvaluationError",
    "ExplainError",
    "Explanation",
    "ModelError",
    "Predictions",
    "SentimentError",
    "TextError",
    "Tokenizer",
    "TrainingError",
    "WordVectors",
    "__version__",
    "train",
]
