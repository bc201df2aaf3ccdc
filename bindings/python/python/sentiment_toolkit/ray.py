"""Predictions for datasets of Ray Data, and training by several workers of a Ray cluster."""

from __future__ import annotations

import math
import os
from typing import Any

import pyarrow as pa
from ray.data import Dataset

from sentiment_toolkit._engines import PREDICTION_COLUMNS, SharedModel, check_columns, predictions
from sentiment_toolkit._local_sgd import train
from sentiment_toolkit._sentiment_toolkit import Classifier

__all__ = ["predict", "train"]


def predict(
    dataset: Dataset,
    column: str,
    model: Classifier | str | os.PathLike[str] = "general",
    *,
    batch_size: int = 4096,
    num_cpus: float = 1,
    **map_batches: Any,
) -> Dataset:
    """Returns the dataset with the columns ``label``, ``score`` and ``probabilities``, the predictions for the texts in a column.

    ``probabilities`` is a structure with one number for each label. A null text has null predictions.

    ``model`` is a classifier, the folder of one, or ``"general"`` or ``"chinese"`` for a built-in model. A folder is read here; Ray sends the
    model to a pool of actors, each of which builds it once and computes with ``num_cpus`` threads. Other arguments are those
    of ``Dataset.map_batches``, such as ``compute``, the size of the pool.
    """
    return dataset.map_batches(
        _Predictor,
        fn_constructor_args=(SharedModel(model), column, max(1, math.ceil(num_cpus))),
        batch_size=batch_size,
        batch_format="pyarrow",
        num_cpus=num_cpus,
        **map_batches,
    )


class _Predictor:
    """Predicts batches, in an actor."""

    def __init__(self, model: SharedModel, column: str, threads: int) -> None:
        self._classifier = model.load(threads)
        self._column = column

    def __call__(self, batch: pa.Table) -> pa.Table:
        check_columns(batch.column_names, self._column)
        columns = predictions(batch.column(self._column), self._classifier)
        for name, values in zip(PREDICTION_COLUMNS, columns):
            batch = batch.append_column(name, values)
        return batch
