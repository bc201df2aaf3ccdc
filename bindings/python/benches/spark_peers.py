"""Measures the texts per second of a Spark job with this package, with scikit-learn's TF-IDF + logistic regression, and with VADER.

    python benches/spark_peers.py TRAINING.csv SENTENCES.txt [REPEATS]

TRAINING.csv has the columns `text` and `label`: scikit-learn's model is trained on it. SENTENCES.txt has one text a line, and is read REPEATS
times (5 by default). The cluster has one worker process of one core. Each job predicts all texts three times; the jobs take turns.
Predictions are computed and dropped. Needs `pip install scikit-learn vaderSentiment pyspark pyarrow pandas`.
"""

import csv
import os
import statistics
import sys
import time
from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sentiment_toolkit.spark import predict

RUNS = 3


def main():
    training, sentences, *rest = sys.argv[1:]
    texts = Path(sentences).read_text().splitlines() * (int(rest[0]) if rest else 5)
    words = sum(len(text.split()) for text in texts)
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    builder = SparkSession.builder.master("local-cluster[1,1,2048]").config("spark.ui.enabled", "false")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    table = session.createDataFrame(pd.DataFrame({"text": texts})).repartition(16).cache()
    print(f"{table.count():,} texts, {words:,} words", flush=True)
    jobs = {
        "sentiment-toolkit": lambda table: predict(table, "text"),
        "TF-IDF + LR": lambda table: table.mapInPandas(tfidf(session, training), "label string, score double"),
        "VADER": lambda table: table.mapInPandas(vader, "label string, score double"),
    }
    seconds = {name: [] for name in jobs}
    # The first round loads the models.
    for round in range(1 + RUNS):
        for name, job in jobs.items():
            begin = time.perf_counter()
            job(table).write.format("noop").mode("overwrite").save()
            if round:
                seconds[name].append(time.perf_counter() - begin)
    for name, runs in seconds.items():
        median = statistics.median(runs)
        print(f"{name:18} {len(texts) / median:8,.0f} texts/s  ({len(texts) / max(runs):,.0f} to {len(texts) / min(runs):,.0f})")
    session.stop()


def tfidf(session, path):
    """Returns the job of a model that is sent to the workers once."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))
    model.fit([row["text"] for row in rows], [row["label"] for row in rows])
    sent = session.sparkContext.broadcast(model)

    def job(batches):
        for batch in batches:
            probabilities = sent.value.predict_proba(batch["text"])
            labels = sent.value.classes_[probabilities.argmax(axis=1)]
            yield pd.DataFrame({"label": labels, "score": probabilities.max(axis=1)})

    return job


def vader(batches):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    for batch in batches:
        scores = batch["text"].map(lambda text: analyzer.polarity_scores(text)["compound"])
        labels = scores.map(lambda score: "positive" if score >= 0.05 else "negative" if score <= -0.05 else "neutral")
        yield pd.DataFrame({"label": labels, "score": scores.abs()})


main()
