"""Copies a corpus with its texts changed, to see what the parts that are left out are worth.

    python3 benches/changed_texts.py CORPUS.csv OUT.csv [--first N] [--last N] [--without-punctuation]

Of a text longer than N words (at spaces), or than both numbers together, its first and its last ones are kept. Punctuation
becomes a space, but for apostrophes and hyphens inside words. Standard library only.
"""

import argparse
import csv
import re
from pathlib import Path

csv.field_size_limit(1 << 30)


def cut(text, first, last):
    words = text.split()
    if len(words) <= first + last:
        return text
    return " ".join(words[:first] + words[len(words) - last :])


def without_punctuation(text):
    text = re.sub(r"<[^>]*>", " ", text)
    return re.sub(r"(?<!\w)['-]|['-](?!\w)|[^\w\s'-]", " ", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=0)
    parser.add_argument("--without-punctuation", action="store_true")
    given = parser.parse_args()
    with given.corpus.open(newline="") as corpus, given.out.open("w", newline="") as out:
        rows = csv.DictReader(corpus)
        writer = csv.DictWriter(out, rows.fieldnames)
        writer.writeheader()
        for row in rows:
            text = row["text"]
            if given.first or given.last:
                text = cut(text, given.first, given.last)
            if given.without_punctuation:
                text = without_punctuation(text)
            writer.writerow(row | {"text": text})


main()
