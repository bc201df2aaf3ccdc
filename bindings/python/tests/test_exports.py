"""Compares exported networks with onnxruntime. benches/peers/exports.py also compares PyTorch, every pooling and more texts."""

import json
import subprocess

import numpy as np
import onnxruntime
import pytest

TOLERANCE = 1e-5
SMALL = ["--epochs", "1", "--hidden-size", "6", "--filters", "5", "--pretraining-epochs", "0"]
RECIPES = {
    "lstm": ["--encoder", "lstm", "--layers", "2", "--pooling", "last", "--word-mean", "--ngrams", "3"],
    "gru": ["--encoder", "gru", "--pooling", "max"],
    "sru": ["--encoder", "sru", "--layers", "2", "--pooling", "last"],
    "cnn": ["--encoder", "cnn"],
    "mean": ["--encoder", "mean", "--pooling", "attention"],
    "few": ["--preset", "few"],
}


def run(*arguments):
    subprocess.run(["sentiment", *map(str, arguments), "--quiet"], check=True, stdout=subprocess.DEVNULL)


def check(model, folder, texts):
    (folder / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    out = folder / "model.onnx"
    run("export", "--format", "onnx", "--model", model, "--out", out, "--texts", folder / "texts.txt")
    lines = [json.loads(line) for line in (folder / "tokenizations.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(texts)
    # The ids of padding have no effect.
    ids = np.full((len(lines), max(len(line["ids"]) for line in lines)), -1, dtype=np.int64)
    for row, line in enumerate(lines):
        ids[row, : len(line["ids"])] = line["ids"]
    lengths = np.array([len(line["ids"]) for line in lines], dtype=np.int32)
    session = onnxruntime.InferenceSession(out)
    found = session.run(["probabilities"], {"ids": ids, "lengths": lengths})[0]
    expected = np.array([line["probabilities"] for line in lines])
    assert abs(found - expected).max() <= TOLERANCE
    metadata = session.get_modelmeta().custom_metadata_map
    assert len(json.loads(metadata["sentiment.labels"])) == expected.shape[1]


TEXTS = ["The food was good", "not worth the price at all!", "a", "Well…", "the staff was friendly but the room was dirty and cold"]


@pytest.mark.parametrize("name", RECIPES)
def test_onnxruntime_gives_the_probabilities_of_every_encoder(name, tmp_path):
    corpus = tmp_path / "corpus.csv"
    praise, blame = ["good", "great", "lovely", "friendly"], ["bad", "dirty", "cold", "awful"]
    rows = [f"the {thing} was {word},{label}" for thing in ("food", "staff", "room", "price", "place") for label, words in (("positive", praise), ("negative", blame)) for word in words]
    corpus.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run("train", corpus, *SMALL, *RECIPES[name], "--out", tmp_path / "model")
    check(tmp_path / "model", tmp_path, TEXTS)


def test_onnxruntime_gives_the_probabilities_of_the_built_in_model(tmp_path):
    check("general", tmp_path, TEXTS)
