"""The parts that Spark and Ray share: a model that is sent to workers, and the columns of its predictions."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from hashlib import sha256

import pyarrow as pa

from sentiment_toolkit._sentiment_toolkit import Classifier

PREDICTION_COLUMNS = ("label", "score", "probabilities")

BUILT_IN = {"general": Classifier.general, "chinese": Classifier.chinese}

# The model of this process, by the digest of its pickle. A new model replaces it, so a worker that serves job after job does
# not grow.
_loaded: dict[str, Classifier] = {}


class SharedModel:
    """A model that is sent to worker processes, each of which builds it once."""

    def __init__(self, model: Classifier | str | os.PathLike[str]) -> None:
        if not isinstance(model, Classifier):
            model = BUILT_IN[model]() if model in BUILT_IN else Classifier.load(model)
        self.labels = model.labels
        self._pickle = pickle.dumps(model)
        self._digest = sha256(self._pickle).hexdigest()

    def load(self, threads: int) -> Classifier:
        """Returns the model, which this process builds at the first call. It computes with this number of threads."""
        # Without a limit, each worker would start a thread for every core of its machine.
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
        if self._digest not in _loaded:
            _loaded.clear()
            _loaded[self._digest] = pickle.loads(self._pickle)
        return _loaded[self._digest]


def check_columns(names: Sequence[str], column: str) -> None:
    """Raises an error if the column of the texts is missing, or if a prediction has the name of another column."""
    count = list(names).count(column)
    if count != 1:
        problem = "no column" if count == 0 else f"{count} columns"
        raise ValueError(f"the table has {problem} {column!r}: its columns are {', '.join(map(repr, names))}")
    taken = [name for name in PREDICTION_COLUMNS if name in names]
    if taken:
        raise ValueError(f"the table already has a column {taken[0]!r}: rename it, since a prediction has this name")


def predictions(texts: pa.Array | pa.ChunkedArray, classifier: Classifier) -> list[pa.Array]:
    """Returns the columns of the predictions. A null text has null predictions."""
    if pa.types.is_null(texts.type):
        texts = texts.cast(pa.string())
    predicted = pa.array(classifier.predict_arrow(texts))
    return [predicted.field(name) for name in PREDICTION_COLUMNS]
