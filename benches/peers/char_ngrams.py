"""Accuracy with and without character n-grams: `sentiment train --char-ngrams`, and TF-IDF with logistic regression.

    python3 benches/peers/char_ngrams.py target/release/sentiment DATA [--most 4000] [--corpora potts-german,...] [--lengths 2..5,3..5]

DATA is the folder of the corpora. A fifth of each corpus, at most 2,000 texts, measures and is no part of training; repeated texts are
left out. The program has its defaults; scikit-learn has words and pairs of words, Chinese by jieba, and beside them the character n-grams
of 2 to 5 characters (`char_wb`). Prints a Markdown table. Needs scikit-learn and jieba (PyPI).
"""

import argparse
import csv
import random
import sys
import tempfile
from pathlib import Path

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_union

from program import Program, write

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "models"))
from corpora import read  # noqa: E402

CORPORA = "germeval2017-binary-train,potts-german,chnsenticorp-train,airline-tweets"
MOST_MEASURED = 2_000


def tf_idf(train, test, *vectorizers):
    vectorizer = make_union(*vectorizers)
    features = vectorizer.fit_transform([text for text, _ in train])
    model = LogisticRegression(C=10, max_iter=1000).fit(features, [label for _, label in train])
    actual, predicted = [label for _, label in test], model.predict(vectorizer.transform([text for text, _ in test]))
    return f"{accuracy_score(actual, predicted):.3f} ({f1_score(actual, predicted, average='macro'):.3f})"


def words(name):
    split = {"tokenizer": jieba.lcut, "token_pattern": None} if name.startswith("chn") else {}
    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, **split)


def characters():
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)


def main():
    csv.field_size_limit(1 << 30)
    jieba.setLogLevel("ERROR")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the program sentiment")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--corpora", default=CORPORA)
    parser.add_argument("--most", type=int, default=4_000, help="most training texts of a corpus")
    parser.add_argument("--lengths", default="2..5,3..5")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    lengths = ["none", *given.lengths.split(",")]
    columns = ["Training texts", "Texts", "TF-IDF", "and characters", *[f"`--char-ngrams {name}`" for name in lengths]]
    print(f"| Corpus | {' | '.join(columns)} |\n| --- {'| ---: ' * len(columns)}|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(given.program, folder)
        for name in given.corpora.split(","):
            rows = sorted(dict(read(given.data, name)).items())
            random.Random(given.seed).shuffle(rows)
            held_out = min(len(rows) // 5, MOST_MEASURED)
            test, train = rows[:held_out], rows[held_out:][: given.most]
            cells = [tf_idf(train, test, words(name)), tf_idf(train, test, words(name), characters())]
            corpus, model = str(Path(folder) / "train.csv"), str(Path(folder) / "model")
            write(corpus, train)
            for chosen in lengths:
                program.run("train", corpus, "--char-ngrams", chosen, "--seed", str(given.seed), "--out", model, "--force")
                cells.append(program.evaluate(test, model))
            print(f"| {name} | {len(train):,} | {held_out:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
