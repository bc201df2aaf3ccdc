"""Writes NLTK's tokens of sentences, to hold ours to: one line a sentence, the sentence, a tab, and its
tokens in lower case between spaces.

    python3 -m venv peers && peers/bin/pip install nltk
    peers/bin/python benches/peers/nltk_tokens.py data/sample.csv > tests/fixtures/nltk_tokens.tsv

The texts come from the CSV files that are named (`.gz` or not), up to --sentences of them. NLTK's word
tokenizer is made for single sentences, so texts are cut where a period, ! or ? is followed by space and
a capital; it is not made for markup, emoticons, emoji, URLs and typographic quotes, so sentences with
those are left out. With --speed it prints NLTK's tokens a second instead.

A larger comparison, on texts that are not part of this project:

    peers/bin/python benches/peers/nltk_tokens.py --sentences 20000 REVIEWS.csv > tokens.tsv
    NLTK_TOKENS=$PWD/tokens.tsv cargo test --release --test library nltk -- --nocapture
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


parser = argparse.ArgumentParser()
parser.add_argument("paths", nargs="+")
parser.add_argument("--sentences", type=int, default=1 << 30)
parser.add_argument("--speed", action="store_true")
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
