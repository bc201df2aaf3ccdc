"""Writes a small word-vector test with gensim's results, for the tests of `embeddings evaluate` and `embeddings analogy`: vectors,
word pairs with scores, analogies, and the expected results.

    python3 -m venv peers && peers/bin/pip install gensim scipy
    peers/bin/python benches/peers/word_pairs.py tests/fixtures/word_tests

Some analogies have correct results and others do not. The pairs include ties and words without vectors. gensim takes Spearman's
and Pearson's correlation from scipy.

With --check FILE, the script only loads FILE (`.vec` or `.bin`) with gensim. It prints the number of words and the first word with
its vector.
"""

import argparse
import json
import pathlib
import random

import numpy
from gensim.models import KeyedVectors

parser = argparse.ArgumentParser(description="Writes a small word-vector test with gensim's results.")
parser.add_argument("folder", nargs="?", type=pathlib.Path, help="folder for the test files")
parser.add_argument("--check", help="vector file to load with gensim instead")
arguments = parser.parse_args()

if arguments.check:
    binary = ".bin" in arguments.check
    vectors = KeyedVectors.load_word2vec_format(arguments.check, binary=binary)
    print(len(vectors), vectors.index_to_key[0], vectors[0].tolist())
    raise SystemExit

folder = arguments.folder
folder.mkdir(parents=True, exist_ok=True)
rng = random.Random(7)
normal = lambda deviation: numpy.array([rng.gauss(0, deviation) for _ in range(8)])

countries = ["greece", "iraq", "norway", "peru", "cuba", "japan"]
capitals = ["athens", "baghdad", "oslo", "lima", "havana", "tokyo"]
adjectives = ["calm", "clear", "free", "quick", "slow"]
adverbs = ["calmly", "clearly", "freely", "quickly", "slowly"]
rows = {}
for bases, derived, noise in [(countries, capitals, 0.35), (adjectives, adverbs, 0.6)]:
    offset = normal(1)
    for base, other in zip(bases, derived):
        rows[base] = normal(1)
        rows[other] = rows[base] + offset + normal(noise)
for index in range(30):
    rows[f"other{index}"] = normal(1)
lines = [f"{word} {' '.join(f'{number:.4f}' for number in row)}" for word, row in rows.items()]
(folder / "vectors.txt").write_text("\n".join(lines) + "\n")

words = list(rows)
pairs = [(*rng.sample(words, 2), rng.randrange(0, 20) / 2) for _ in range(60)]
pairs += [("unknown", "greece", 3.0), ("Greece", "Athens", 9.25)]
text = "# Pairs made by benches/peers/word_pairs.py\n# Word 1\tWord 2\tHuman (mean)\n"
text += "".join(f"{a}\t{b}\t{score}\n" for a, b, score in pairs)
(folder / "pairs.tsv").write_text(text)

text = ""
for section, bases, derived in [("capitals", countries, capitals), ("adverbs", adjectives, adverbs)]:
    text += f": {section}\n"
    for a, b in zip(bases, derived):
        for c, d in zip(bases, derived):
            if a != c:
                text += f"{b.title()} {a.title()} {d.title()} {c.title()}\n"
    text += f"{bases[0]} {derived[0]} nowhere somewhere\n"
(folder / "analogies.txt").write_text(text)

vectors = KeyedVectors.load_word2vec_format(folder / "vectors.txt", binary=False, no_header=True)
pearson, spearman, _ = vectors.evaluate_word_pairs(folder / "pairs.tsv")
_, sections = vectors.evaluate_word_analogies(folder / "analogies.txt")
answers = vectors.most_similar(positive=["oslo", "japan"], negative=["norway"], topn=3)
expected = {
    "spearman": float(spearman[0]),
    "pearson": float(pearson[0]),
    "pairs": {"known": len(pairs) - 1, "pairs": len(pairs)},
    "sections": {
        section["section"]: {
            "correct": len(section["correct"]),
            "known": len(section["correct"]) + len(section["incorrect"]),
        }
        for section in sections
    },
    "norway is to oslo as japan is to": answers,
}
(folder / "gensim.json").write_text(json.dumps(expected, indent=2) + "\n")
