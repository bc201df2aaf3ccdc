"""Writes tests/fixtures/fasttext: small models of the fastText library and the vectors that it computes.

    python3 -m venv peers && peers/bin/pip install fasttext numpy
    peers/bin/python benches/peers/fasttext_vectors.py tests/fixtures/fasttext

For each model, vectors.json contains the vectors of the dictionary's words, and those of words that the model does not
contain, which are composed of n-grams. Training is not deterministic: 12 threads initialise the whole matrix, fewer leave
parts of it uninitialised.
"""

import json
import pathlib
import sys
import tempfile
from importlib.metadata import version

import fasttext

TEXTS = [
    "a good film über café 映画 the the a",
    "a bad film naïve the a",
    "great actor <s> naïve über the a",
] * 20
MISSING = ["films", "unbearable", "映画館", "é", "naïveté", "filmfilmfilmfilm"]
SETTINGS = {"dim": 5, "minCount": 1, "epoch": 2, "thread": 12, "lr": 0.001, "verbose": 0}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def describe(model):
    vector = lambda word: [float(number) for number in model.get_word_vector(word)]
    missing = {word: vector(word) for word in MISSING if model.get_subwords(word)[0]}
    return {"words": {word: vector(word) for word in model.words}, "missing": missing}


with tempfile.TemporaryDirectory() as scratch:
    texts = pathlib.Path(scratch) / "texts"
    texts.write_text("\n".join(TEXTS) + "\n")
    labelled = pathlib.Path(scratch) / "labelled"
    labelled.write_text("\n".join(f"__label__{row % 3} {text}" for row, text in enumerate(TEXTS)) + "\n")
    unsupervised = fasttext.train_unsupervised
    models = {
        "skipgram": unsupervised(str(texts), "skipgram", bucket=500, minn=3, maxn=6, t=1, **SETTINGS),
        "cbow": unsupervised(str(texts), "cbow", bucket=50, minn=1, maxn=2, t=1, **SETTINGS),
        "words": unsupervised(str(texts), "skipgram", minn=0, maxn=0, t=1, **SETTINGS),
        "supervised": fasttext.train_supervised(str(labelled), bucket=300, minn=2, maxn=3, wordNgrams=2, **SETTINGS),
    }
    for name, model in models.items():
        model.save_model(str(folder / f"{name}.bin"))
    expected = {name: describe(model) for name, model in models.items()}
    quantised = models["supervised"]
    quantised.quantize(dsub=5)
    quantised.save_model(str(folder / "quantised.ftz"))

# Rounded to more digits than a 32-bit float has.
rounded = json.loads(json.dumps(expected), parse_float=lambda number: round(float(number), 10))
document = {"fasttext": version("fasttext"), "models": rounded}
(folder / "vectors.json").write_text(json.dumps(document, ensure_ascii=False) + "\n")
