"""Predictions for tables of Apache Spark."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from sentiment_toolkit._engines import PREDICTION_COLUMNS, SharedModel, check_columns, predictions
from sentiment_toolkit._sentiment_toolkit import Classifier

__all__ = ["predict"]


def predict(df: DataFrame, column: str, model: Classifier | str | os.PathLike[str] = "general") -> DataFrame:
    """Returns the table with the columns ``label``, ``score`` and ``probabilities``, the predictions for the texts in a column.

    ``probabilities`` is a structure with one number for each label. A null text has null predictions.

    ``model`` is a classifier, the folder of one, or ``"general"`` or ``"chinese"`` for a built-in model. A folder is read here; Spark sends
    the model to the workers, and each Python worker process builds it once. A worker computes with ``spark.task.cpus``
    threads.
    """
    check_columns(df.columns, column)
    texts = df.schema[column].dataType
    if not isinstance(texts, StringType):
        raise TypeError(f"the column {column!r} has the type {texts.simpleString()}, not string")
    shared = SharedModel(model)
    schema = StructType([*df.schema.fields, *_fields(shared.labels)])
    return df.mapInArrow(_Predictor(shared, df.columns.index(column)), schema)


def _fields(labels: list[str]) -> list[StructField]:
    """Returns the fields of the predictions in the schema."""
    probabilities = StructType([StructField(label, DoubleType()) for label in labels])
    types = (StringType(), DoubleType(), probabilities)
    return [StructField(name, type) for name, type in zip(PREDICTION_COLUMNS, types)]


class _Predictor:
    """Predicts the batches of a partition, in a worker."""

    def __init__(self, model: SharedModel, column: int) -> None:
        self._model = model
        self._column = column

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        classifier = self._model.load(threads=TaskContext.get().cpus())
        for batch in batches:
            columns = predictions(batch.column(self._column), classifier)
            names = [*batch.schema.names, *PREDICTION_COLUMNS]
            yield pa.RecordBatch.from_arrays([*batch.columns, *columns], names=names)
