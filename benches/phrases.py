"""Writes the training file of docs/accuracy.md for sentences given phrase labels: sentences and labelled phrases.

    python3 benches/phrases.py PHRASES.csv.gz SENTENCES.csv VALIDATION.csv --out TRAIN.csv

The phrases are written like the sentences: in lower case, with `re imagining` instead of `re-imagining` and without the punctuation
that the sentences lack. No text occurs twice. A phrase of more than three words in a sentence of the validation set is left out.
"""

import argparse
import csv
import gzip
import re


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def like_a_sentence(phrase):
    return " ".join(re.sub(r"[^a-z0-9,'`?!à-ÿ]", " ", phrase.lower()).split()).strip(" ,")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("phrases")
    parser.add_argument("sentences", help="training sentences")
    parser.add_argument("validation", help="validation sentences")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    held_out = " | ".join(f" {text} " for text, _ in read(arguments.validation))
    texts = dict(read(arguments.sentences))
    for phrase, label in read(arguments.phrases):
        phrase = like_a_sentence(phrase)
        is_held_out = phrase.count(" ") > 2 and f" {phrase} " in held_out
        if phrase and not is_held_out:
            texts.setdefault(phrase, label)
    with open(arguments.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(texts.items())
    print(f"{len(texts)} texts")


main()
