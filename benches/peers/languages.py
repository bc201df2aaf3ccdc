"""Accuracy on German, Spanish and Japanese corpora: `sentiment train`, TF-IDF with logistic regression, and fastText.

    python3 benches/peers/languages.py target/release/sentiment DATA [--seed 1]

DATA is the folder of the corpora. A fifth of each corpus is the test set; repeated texts are left out. Every system has its
defaults, the n-grams of one and two words, and the same training texts; `sentiment` also adds character n-grams; scikit-learn and
fastText split words at spaces, Japanese by character. Prints a Markdown table. Needs scikit-learn and fasttext-wheel (PyPI).
"""

import argparse
import csv
import random
import re
import sys
import tempfile
from pathlib import Path

import fasttext
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "models"))
from corpora import read  # noqa: E402
from program import Program  # noqa: E402

CORPORA = ("potts-german", "spanish-cuba-hotels-3class", "japanese-reviews-train")
MOST_TRAINING = 10_000


def words(text):
    return re.findall(r"[^\W\u3040-\u30ff\u4e00-\u9fff]+|\w|[^\w\s]", text.lower())


def scores(test, predicted):
    actual = [label for _, label in test]
    return f"{accuracy_score(actual, predicted):.3f} ({f1_score(actual, predicted, average='macro'):.3f})"


def tf_idf(train, test):
    vectorizer = TfidfVectorizer(tokenizer=words, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([text for text, _ in train])
    model = LogisticRegression(C=10, max_iter=1000).fit(features, [label for _, label in train])
    return scores(test, model.predict(vectorizer.transform([text for text, _ in test])))


def fast_text(train, test, seed):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"__label__{label} {' '.join(words(text))}\n" for text, label in train)
        file.flush()
        model = fasttext.train_supervised(file.name, wordNgrams=2, epoch=25, lr=0.5, thread=1, verbose=0, seed=seed)
    # Not model.predict, which needs an old NumPy.
    found = [model.f.predict(" ".join(words(text)) + "\n", 1, 0.0, "strict") for text, _ in test]
    return scores(test, [answers[0][1].removeprefix("__label__") if answers else "" for answers in found])


def main():
    csv.field_size_limit(1 << 30)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the program sentiment")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| Corpus | Labels | Training texts | Test texts | TF-IDF | fastText | From scratch | `--char-ngrams 2..5` |")
    print("| --- " + "| ---: " * 7 + "|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(given.program, folder)
        for name in CORPORA:
            rows = sorted(dict(read(given.data, name)).items())
            random.Random(given.seed).shuffle(rows)
            test, train = rows[: len(rows) // 5], rows[len(rows) // 5 :][:MOST_TRAINING]
            labels = len({label for _, label in rows})
            cells = [tf_idf(train, test), fast_text(train, test, given.seed)]
            cells += [program.from_scratch(train, test, "--char-ngrams", lengths) for lengths in ("none", "2..5")]
            print(f"| {name} | {labels} | {len(train):,} | {len(test):,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
