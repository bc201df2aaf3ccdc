"""Creates test sets from sentences that other people collected, and prints VADER's accuracy on them.

    python3 -m venv peers && peers/bin/pip install vaderSentiment
    peers/bin/pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    npm pack sentiment@5.0.2
    peers/bin/python benches/peers/other_sentences.py vaderSentiment-3.3.2.tar.gz sentiment-5.0.2.tgz --out others
    sentiment eval others/amazon.csv

From VADER's ground truth (Hutto and Gilbert, 2014) come sentences of product reviews, tweets and newspaper opinions. The product
sentences are split into reviews with odd numbers (first-half) and even numbers (second-half). A sentence is positive if the mean
of twenty ratings from -4 to 4 is above 0, and negative if it is below. The `-clear` sets contain only means above 1 or below -1.

The npm package `sentiment`, whose tests use them, contains the Sentiment Labelled Sentences (Kotzias et al., 2015): 1,000 each
about products (amazon), food (yelp) and films (imdb). For VADER, a compound score of at least 0 counts as positive.
"""

import argparse
import csv
import io
import json
import tarfile
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def member(archive, ending):
    name = next(name for name in archive.getnames() if name.endswith(ending))
    return archive.extractfile(name).read()


def rated_texts(sdist):
    with tarfile.open(sdist) as outer:
        inner = io.BytesIO(member(outer, "hutto_ICWSM_2014.tar.gz"))

    def rated(name):
        lines = member(archive, f"/{name}_GroundTruth.txt").decode("utf-8", "replace").replace("\r", "").split("\n")
        return [(number, float(mean), text) for number, mean, text in (line.split("\t") for line in lines if line)]

    with tarfile.open(fileobj=inner) as archive:
        products = [(int(name.split("_")[0]), mean, text) for name, mean, text in rated("amazonReviewSnippets")]
        for half, odd in (("first-half", 1), ("second-half", 0)):
            for suffix, least in (("", 0), ("-clear", 1)):
                chosen = [(text, mean) for name, mean, text in products if name % 2 == odd and abs(mean) > least]
                yield half + suffix, [(text, mean > 0) for text, mean in chosen]
        for name in ("tweets", "nytEditorialSnippets"):
            yield name, [(text, mean > 0) for _, mean, text in rated(name) if mean]


def labelled_sentences(package):
    with tarfile.open(package) as archive:
        for name in ("amazon", "yelp", "imdb"):
            rows = json.loads(member(archive, f"/fixtures/{name}.json"))
            yield name, [(row["text"], row["class"] == 1) for row in rows if row["class"] in (0, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vader", help="source archive of vaderSentiment (.tar.gz)")
    parser.add_argument("sentences", help="archive of the npm package `sentiment` (.tgz)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the CSV files")
    given = parser.parse_args()
    given.out.mkdir(exist_ok=True)
    vader = SentimentIntensityAnalyzer()
    for name, rows in [*rated_texts(given.vader), *labelled_sentences(given.sentences)]:
        with open(given.out / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["text", "label"])
            writer.writerows((text, "positive" if positive else "negative") for text, positive in rows)
        right = sum((vader.polarity_scores(text)["compound"] >= 0) == positive for text, positive in rows)
        print(f"{name:20} {len(rows):5} VADER {right / len(rows):.4f}")


if __name__ == "__main__":
    main()
