"""Writes tests/fixtures/imports: small Keras and PyTorch classifiers with the probabilities that they give.

    python3 -m venv peers && peers/bin/pip install torch keras h5py safetensors
    peers/bin/python benches/peers/import_fixtures.py tests/fixtures/imports

The weights are random. A model's tokens are in keras.txt or pytorch.txt; expected.json has texts and, for each model, the
probability of each label for each text.
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy
import safetensors.torch
import torch
from torch import nn

WORDS = ["the", "film", "is", "good", "bad", "not", "plot"]
TEXTS = ["good", "the film is good", "the plot is not good", "bad bad plot", "the unknownword film is not bad at all"]


def ids(tokens, unknown, text):
    return [tokens.index(word) if word in tokens else tokens.index(unknown) for word in text.split()]


def keras_model(cells, unidirectional, outputs):
    wrap = (lambda layer: layer) if unidirectional else keras.layers.Bidirectional
    layers = [keras.Input((None,), dtype="int32"), keras.layers.Embedding(len(WORDS) + 2, 4, mask_zero=True)]
    layers += [wrap(cell(3, return_sequences=cell is not cells[-1] or number < len(cells) - 1)) for number, cell in enumerate(cells)]
    activation = "sigmoid" if outputs == 1 else "softmax"
    model = keras.Sequential([*layers, keras.layers.Dense(outputs, activation=activation)])
    random = numpy.random.default_rng(7)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape))
    return model


def keras_probabilities(model, tokens):
    rows = []
    for text in TEXTS:
        row = model.predict(numpy.array([ids(tokens, "[UNK]", text)]), verbose=0)[0].tolist()
        rows.append([1 - row[0], row[0]] if len(row) == 1 else row)
    return rows


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    expected = {"texts": TEXTS, "models": {}}

    tokens = ["", "[UNK]", *WORDS]
    (folder / "keras.txt").write_text("\n".join(tokens) + "\n")
    lstm, gru = keras.layers.LSTM, keras.layers.GRU
    model = keras_model([lstm, lstm], True, 1)
    model.save(folder / "lstm.keras")
    expected["models"]["lstm.keras"] = keras_probabilities(model, tokens)
    model = keras_model([gru], False, 3)
    model.save_weights(folder / "gru.weights.h5")
    expected["models"]["gru.weights.h5"] = keras_probabilities(model, tokens)
    model = keras_model([lstm], False, 1)
    model.save(folder / "lstm.h5", include_optimizer=False)
    expected["models"]["lstm.h5"] = keras_probabilities(model, tokens)

    tokens = ["<pad>", "<unk>", *WORDS]
    (folder / "pytorch.txt").write_text("\n".join(tokens) + "\n")
    torch.manual_seed(7)
    for name, cell in (("pytorch_lstm", nn.LSTM), ("pytorch_gru", nn.GRU)):
        embedding, layers, dense = nn.Embedding(len(tokens), 4), cell(4, 3, 2, batch_first=True, bidirectional=True), nn.Linear(6, 2)
        state = nn.ModuleDict({"embed": embedding, "rnn": layers, "fc": dense}).state_dict()
        safetensors.torch.save_file(state, folder / f"{name}.safetensors")
        with torch.no_grad():
            states = [layers(embedding(torch.tensor([ids(tokens, "<unk>", text)])))[0] for text in TEXTS]
            rows = [dense(state.amax(1)).softmax(1)[0].tolist() for state in states]
        expected["models"][f"{name}.safetensors"] = rows
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
