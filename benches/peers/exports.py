"""Compares exported and imported models with onnxruntime, PyTorch and Keras.

    python3 -m venv peers && peers/bin/pip install onnxruntime torch safetensors keras h5py
    cargo build --release
    peers/bin/python benches/peers/exports.py target/release/sentiment TEXTS.txt

For the built-in models, and for small models with every encoder and pooling that it trains on data/sample.csv, the script exports
ONNX and PyTorch and compares the probabilities of up to 2,000 texts (a text a line) with those of the program. It trains small
Keras and PyTorch classifiers, imports them and compares their probabilities. Every difference must be at most 1e-5, with the same
labels. It also measures texts/s of onnxruntime and of the program on the built-in model.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ["KERAS_BACKEND"] = "torch"

import numpy
import onnxruntime
import torch

TOLERANCE = 1e-5
TEXTS = 2_000
SMALL = ["--epochs", "1", "--hidden-size", "12", "--filters", "9", "--pretraining-epochs", "0"]
RECIPES = [
    "--encoder lstm --pooling last --layers 2",
    "--encoder lstm --pooling max --bidirectional=false --ngrams 3",
    "--encoder lstm --pooling attention --word-mean --layers 2",
    "--encoder lstm --pooling last --bidirectional=false",
    "--encoder gru --pooling last --layers 2",
    "--encoder gru --pooling mean --bidirectional=false",
    "--encoder sru --pooling last --layers 2",
    "--encoder sru --pooling attention --layers 2 --embedding-size 24 --embeddings none",
    "--encoder sru --pooling max --bidirectional=false",
    "--encoder cnn",
    "--encoder cnn --pooling mean --widths 1,2,7 --ngrams 2",
    "--encoder mean",
    "--encoder mean --pooling attention",
    "--preset few",
]


def references(folder):
    with open(folder / "tokenizations.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def padded(texts):
    ids = numpy.full((len(texts), max([1, *map(len, texts)])), -7, dtype=numpy.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return {"ids": ids, "lengths": numpy.array([len(text) for text in texts], dtype=numpy.int32)}


def by_onnx(folder, texts):
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return numpy.concatenate([session.run(None, padded(texts[start : start + 64]))[0] for start in range(0, len(texts), 64)])


def by_pytorch(folder, texts):
    sys.path.insert(0, str(folder))
    for name in ("model", "sru"):
        sys.modules.pop(name, None)
    from model import Model

    with torch.no_grad():
        return Model.load(folder)(texts).numpy()


def compare(name, found, expected):
    difference = abs(found - expected).max()
    same = (found.argmax(1) == expected.argmax(1)).mean()
    print(f"{name}: {len(expected)} texts, largest difference {difference:.1e}, same labels {same:.4f}", flush=True)
    assert difference <= TOLERANCE and same == 1, name


def check_exports(program, model, texts, folder):
    run = lambda *arguments: subprocess.run([program, "export", "--model", model, "--texts", texts, *arguments], check=True, stdout=subprocess.DEVNULL)
    run("--format", "onnx", "--out", folder / "onnx" / "model.onnx", "--force")
    run("--format", "pytorch", "--out", folder / "pytorch", "--force")
    for system, probabilities in (("onnx", by_onnx), ("pytorch", by_pytorch)):
        lines = references(folder / system)
        expected = numpy.array([line["probabilities"] for line in lines])
        compare(system, probabilities(folder / system, [line["ids"] for line in lines]), expected)


def ours(program, model, texts):
    command = [program, "predict", "--precision", "f32", "--model", model, "--input", "-", "--format", "jsonl", "--any-language", "--quiet"]
    output = subprocess.run(command, input="\n".join(texts), check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line).items() for line in output.splitlines()]
    return numpy.array([[value for name, value in line if name.startswith("probability_")] for line in lines])


WORDS = ["the", "film", "is", "very", "good", "bad", "not", "plot", "acting", "food", "and", "but"]


def word_texts(count):
    rng = numpy.random.default_rng(5)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 20))) for _ in range(count)]


def check_keras(program, folder):
    import keras

    tokens = ["", "[UNK]", *WORDS]
    (folder / "tokens.txt").write_text("\n".join(tokens) + "\n")
    texts = word_texts(200)
    ids = numpy.zeros((len(texts), 20), dtype=numpy.int32)
    for row, text in enumerate(texts):
        words = [tokens.index(word) for word in text.split()]
        ids[row, : len(words)] = words
    labels = numpy.array([text.count("good") > text.count("bad") for text in texts], dtype=numpy.float32)
    for cell in (keras.layers.LSTM, keras.layers.GRU):
        for bidirectional in (False, True):
            wrap = keras.layers.Bidirectional if bidirectional else lambda layer: layer
            model = keras.Sequential(
                [
                    keras.Input((None,), dtype="int32"),
                    keras.layers.Embedding(len(tokens), 8, mask_zero=True),
                    wrap(cell(6, return_sequences=True)),
                    wrap(cell(6)),
                    keras.layers.Dense(1, activation="sigmoid"),
                ]
            )
            model.compile("adam", "binary_crossentropy")
            model.fit(ids, labels, epochs=2, verbose=0)
            positive = model.predict(ids, verbose=0)
            expected = numpy.concatenate([1 - positive, positive], 1)
            for name in ("model.keras", "model.h5", "model.weights.h5"):
                (model.save_weights if ".weights" in name else model.save)(folder / name)
                command = [program, "import", "keras", folder / name, "--vocabulary", folder / "tokens.txt", "--out", folder / "imported", "--force"]
                subprocess.run(command, check=True, capture_output=True)
                compare(f"keras {cell.__name__}, bidirectional {bidirectional}, {name}", ours(program, folder / "imported", texts), expected)


def check_pytorch_import(program, folder):
    import safetensors.torch
    from torch import nn

    tokens = ["<pad>", "<unk>", *WORDS]
    (folder / "tokens.txt").write_text("\n".join(tokens) + "\n")
    texts = word_texts(200)
    torch.manual_seed(3)
    for name, cell in (("lstm", nn.LSTM), ("gru", nn.GRU)):
        embedding, layers, dense = nn.Embedding(len(tokens), 8), cell(8, 6, 2, batch_first=True, bidirectional=True), nn.Linear(12, 3)
        model = nn.ModuleDict({"embed": embedding, "rnn": layers, "fc": dense})
        safetensors.torch.save_file(model.state_dict(), folder / "model.safetensors")
        with torch.no_grad():
            states = [layers(embedding(torch.tensor([[tokens.index(word) for word in text.split()]])))[0] for text in texts]
            expected = torch.cat([dense(state.mean(1)).softmax(1) for state in states]).numpy()
        command = [program, "import", "pytorch", folder / "model.safetensors", "--vocabulary", folder / "tokens.txt", "--pooling", "mean"]
        subprocess.run([*command, "--labels", "a,b,c", "--out", folder / "imported", "--force"], check=True, capture_output=True)
        compare(f"pytorch {name}", ours(program, folder / "imported", texts), expected)


def measure(program, texts, folder, runs=5):
    """Prints the medians of texts/s of onnxruntime, without tokenization, and of the program, with everything."""
    lines = references(folder / "onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(folder / "onnx" / "model.onnx", options)
    ids = sorted((line["ids"] for line in lines), key=len)
    batches = [padded(ids[start : start + 32]) for start in range(0, len(ids), 32)]
    repeated = 20
    many = folder / "many.txt"
    many.write_text("".join(f"{line['text']}\n" for line in lines) * repeated, encoding="utf-8")
    speeds = {"onnxruntime": [], "sentiment": []}
    for _ in range(runs):
        begin = time.perf_counter()
        for batch in batches:
            session.run(None, batch)
        speeds["onnxruntime"].append(len(ids) / (time.perf_counter() - begin))
        begin = time.perf_counter()
        command = [program, "predict", "--model", "general", "--threads", "2", "--input", many, "--output", folder / "out.csv", "--quiet"]
        subprocess.run(command, check=True)
        speeds["sentiment"].append(repeated * len(ids) / (time.perf_counter() - begin))
    medians = {name: numpy.median(values) for name, values in speeds.items()}
    print({name: round(value) for name, value in medians.items()}, f"ratio {medians['sentiment'] / medians['onnxruntime']:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("texts", help="a text a line")
    parser.add_argument("--small-only", action="store_true", help="leave out the built-in models")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with open(arguments.texts, encoding="utf-8") as lines:
            texts = [line.strip() for line, _ in zip(lines, range(TEXTS))]
        few, many = folder / "few.txt", folder / "texts.txt"
        few.write_text("\n".join(texts[:200]) + "\n", encoding="utf-8")
        many.write_text("\n".join(texts) + "\n", encoding="utf-8")
        for number, recipe in enumerate(RECIPES):
            print(f"train {recipe}")
            model = folder / f"model-{number}"
            train = [arguments.program, "train", "data/sample.csv", *SMALL, *recipe.split(), "--out", model, "--quiet"]
            subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
            check_exports(arguments.program, model, few, folder)
        check_keras(arguments.program, folder)
        check_pytorch_import(arguments.program, folder)
        if not arguments.small_only:
            for model in ("chinese", "general"):
                print(model)
                check_exports(arguments.program, model, many, folder)
            measure(arguments.program, texts, folder)


main()
