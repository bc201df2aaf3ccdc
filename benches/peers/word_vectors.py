"""Compares word vector training with gensim and fastText: words per second, and correlations on word-pair test sets.

    python3 -m venv peers && peers/bin/pip install gensim fasttext-community
    cargo build --release
    peers/bin/python benches/peers/word_vectors.py REVIEWS.csv.gz

All systems get the same words (lower-case letters, one review per line) and two threads. Settings: dimension 100, window 5,
5 negative samples, 5 epochs, minimum count 5, subsampling 1e-3. Times are those of whole runs, including reading and counting.
WordSim-353 and SimLex-999 are gensim's copies, and gensim computes the rank correlations.

Prints medians of the times and means of the correlations over --runs seeds. fastText, the slowest, runs --fasttext-runs times.
--texts limits the number of reviews. Stanford's GloVe is not included: `glovpy` downloads its C code from GitHub during
installation.
"""

import argparse
import csv
import gzip
import itertools
import re
import statistics
import subprocess
import tempfile
import time
import warnings

from gensim.models import KeyedVectors, Word2Vec
from gensim.test.utils import datapath

BINARY = "target/release/sentiment"
DIMENSION, WINDOW, NEGATIVE, EPOCHS, MIN_COUNT, SUBSAMPLE, THREADS = 100, 5, 5, 5, 5, 1e-3, 2


def write_words(corpus, file, texts):
    csv.field_size_limit(1 << 24)
    words = 0
    with gzip.open(corpus, "rt", encoding="utf-8") as source:
        for row in itertools.islice(csv.DictReader(source), texts):
            text = re.findall("[a-z]+", row["text"].lower())
            words += len(text)
            file.write(" ".join(text) + "\n")
    file.flush()
    return words


def ours(path, out, method, seed, *options):
    command = [BINARY, "embeddings", "train", path, "--out", out, "--method", method, "--stopwords", "none", "--quiet"]
    command += ["--threads", str(THREADS), "--seed", str(seed), "--dimension", str(DIMENSION), *map(str, options)]
    subprocess.run(command, check=True)
    return KeyedVectors.load_word2vec_format(out, no_header=out.endswith(".txt"))


def our_skip_gram(path, folder, seed):
    options = ["--window", WINDOW, "--negative", NEGATIVE, "--epochs", EPOCHS, "--subsample", SUBSAMPLE]
    return ours(path, folder + "/ours.txt", "word2vec", seed, *options)


def gensim_skip_gram(path, folder, seed):
    options = {"vector_size": DIMENSION, "window": WINDOW, "negative": NEGATIVE, "epochs": EPOCHS, "min_count": MIN_COUNT}
    return Word2Vec(corpus_file=path, sg=1, sample=SUBSAMPLE, workers=THREADS, seed=seed, **options).wv


def fasttext_skip_gram(path, folder, seed):
    import fasttext

    model = fasttext.train_unsupervised(
        path, "skipgram", dim=DIMENSION, ws=WINDOW, neg=NEGATIVE, epoch=EPOCHS, minCount=MIN_COUNT, t=SUBSAMPLE,
        lr=0.025, maxn=0, thread=THREADS, verbose=0,
    )  # fmt: skip
    vectors = KeyedVectors(DIMENSION)
    vectors.add_vectors(model.words, [model[word] for word in model.words])
    return vectors


def correlations(vectors):
    with warnings.catch_warnings(action="ignore"):
        pairs = [vectors.evaluate_word_pairs(datapath(name)) for name in ("wordsim353.tsv", "simlex999.txt")]
    return [rank.statistic for _, rank, _ in pairs]


def run(name, train, words, path, folder, runs):
    seconds, found = [], []
    for seed in range(1, runs + 1):
        begin = time.perf_counter()
        vectors = train(path, folder, seed)
        seconds.append(time.perf_counter() - begin)
        found.append(correlations(vectors))
    wordsim, simlex = (statistics.mean(values) for values in zip(*found))
    time_taken = statistics.median(seconds)
    speed = words * EPOCHS / time_taken / 1000
    print(f"| {name} | {time_taken:.1f} s | {speed:.0f} k | {wordsim:.3f} | {simlex:.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="CSV file with a column `text` (.gz)")
    parser.add_argument("--runs", type=int, default=3, help="runs per system, each with another seed")
    parser.add_argument("--fasttext-runs", type=int, default=1, help="runs of fastText; 0 skips it")
    parser.add_argument("--texts", type=int, help="number of reviews to use")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open(folder + "/words.txt", "w") as file:
        words = write_words(arguments.corpus, file, arguments.texts)
        print("| Skip-gram | Time | Words/s | WordSim-353 | SimLex-999 |\n| --- | --- | --- | --- | --- |")
        run("sentiment", our_skip_gram, words, file.name, folder, arguments.runs)
        run("gensim", gensim_skip_gram, words, file.name, folder, arguments.runs)
        if arguments.fasttext_runs:
            run("fastText", fasttext_skip_gram, words, file.name, folder, arguments.fasttext_runs)


main()
