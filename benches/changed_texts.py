"""Copies a corpus with modified texts, to measure how informative the removed parts are.

    python3 benches/changed_texts.py CORPUS.csv OUT.csv [--first N] [--last N] [--without-punctuation]

`--first` and `--last` keep that many words (separated by spaces) at the start and at the end of a longer text. Punctuation is
replaced by spaces, except apostrophes and hyphens inside words. Uses only the standard library.
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="CSV file with a column `text`")
    parser.add_argument("out", type=Path, help="CSV file to write")
    parser.add_argument("--first", type=int, default=0, help="words to keep at the start")
    parser.add_argument("--last", type=int, default=0, help="words to keep at the end")
    parser.add_argument("--without-punctuation", action="store_true", help="replace punctuation by spaces")
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
