"""Writes NLTK's tokens of sentences, to compare our tokenizer with. A line is the sentence, a tab, and its lower-cased tokens
separated by spaces.

    python3 -m venv peers && peers/bin/pip install nltk
    peers/bin/python benches/peers/nltk_tokens.py data/sample.csv > tests/fixtures/nltk_tokens.tsv

Texts come from the given CSV files (plain or `.gz`), up to --sentences of them. NLTK's word tokenizer expects single sentences.
Texts are therefore split where a period, ! or ? is followed by a space and a capital. It does not support markup, emoticons,
emoji, URLs and typographic quotes, so sentences with those are skipped. With --speed, the script prints NLTK's tokens per second
instead.

A larger comparison, on texts that are not part of this project:

    peers/bin/python benches/peers/nltk_tokens.py --sentences 20000 REVIEWS.csv > tokens.tsv
    NLTK_TOKENS=$PWD/tokens.tsv cargo test --release --test library -- --nocapture nltk
"""

import argparse
import csv
import gzip
import re
import sys
import time

from nltk.tokenize import NLTKWordTokenizer

SENTENCE_END = re.compile(r"(?<=[a-z0-9][.!?])\s+(?=[A-Z])")
LEFT_OUT = re.compile(r"[^\x20-\x7e]|<|&\w+;|://|www\.|[:;=8B][-']?[()DPpoO/\\|\[\]{}*3]|\bX+D\b|[@#]\w|\^_|\\o/")


def sentences(paths):
    csv.field_size_limit(1 << 24)
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for sentence in SENTENCE_END.split(" ".join(row["text"].split())):
                    if sentence and not LEFT_OUT.search(sentence):
                        yield sentence


parser = argparse.ArgumentParser(description="Writes NLTK's tokens of sentences.")
parser.add_argument("paths", nargs="+", help="CSV files with a column `text`, plain or .gz")
parser.add_argument("--sentences", type=int, default=1 << 30, help="maximum number of sentences")
parser.add_argument("--speed", action="store_true", help="print tokens per second instead")
arguments = parser.parse_args()

tokenizer = NLTKWordTokenizer()
chosen = [sentence for sentence, _ in zip(sentences(arguments.paths), range(arguments.sentences))]
begin = time.perf_counter()
tokens = [tokenizer.tokenize(sentence) for sentence in chosen]
seconds = time.perf_counter() - begin
if arguments.speed:
    print(f"{sum(map(len, tokens)) / seconds:.0f} tokens/s")
else:
    for sentence, of_sentence in zip(chosen, tokens):
        sys.stdout.write(f"{sentence}\t{' '.join(of_sentence).lower()}\n")
