"""`train`, its settings and its results."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sentiment_toolkit import Classifier, CorpusError, EmbeddingsError, ModelError, TextError, TrainingError, train

SMALL = {"preset": "sample", "hidden_size": 8, "epochs": 1, "seed": 7}


def test_corpora_of_every_kind_train_the_same_model(corpus, tmp_path):
    texts, labels = corpus
    table = pd.DataFrame({"text": texts, "label": labels})
    table.to_csv(tmp_path / "corpus.csv", index=False)
    expected = train(corpus, seed=1).predict_proba(texts)
    others = [
        (table["text"], np.array(labels)),
        table,
        pl.from_pandas(table),
        pa.Table.from_pandas(table),
        tmp_path / "corpus.csv",
        [str(tmp_path / "corpus.csv")],
    ]
    for other in others:
        assert (train(other, seed=1).predict_proba(texts) == expected).all()
    renamed = table.rename(columns={"text": "a", "label": "b"})
    classifier = train(renamed, text_column="a", label_column="b", seed=1)
    assert (classifier.predict_proba(texts) == expected).all()
    with pytest.raises(ValueError, match="no column 'text'|no column \"text\""):
        train(renamed)


def test_the_result_of_a_training_run(corpus):
    classifier = train(corpus, validation_split=0.25, **SMALL)
    result = classifier.training
    assert result["outcome"] == "finished"
    assert result["train_texts"] + result["evaluated_texts"] == len(corpus[0])
    assert result["recipe"]["hidden-size"] == 8
    assert len(result["history"]) == 1
    assert 0 <= result["evaluation"]["accuracy"] <= 1
    assert classifier.labels == ["neg", "pos"]
    # Without enough texts, the preset keeps the encoder fixed and cross-validates.
    result = train(corpus).training
    assert result["cross_validation_folds"] > 1
    assert result["evaluated_texts"] == len(corpus[0])
    assert any(note.startswith("preset few") for note in result["notes"])
    assert Classifier.general().training is None


def test_settings_have_the_names_of_the_recipe(corpus):
    result = train(corpus, **SMALL, class_weights={"neg": 2.0}, stem=True, dropout=np.float64(0.25)).training
    recipe = result["recipe"]
    assert (recipe["class-weights"], recipe["stem"], recipe["dropout"]) == ("neg=2", True, 0.25)
    with pytest.raises(TypeError, match="no setting hidden"):
        train(corpus, hidden=8)
    with pytest.raises(TrainingError, match="dropout must be from 0 to below 1"):
        train(corpus, dropout=1.0)
    with pytest.raises(TrainingError, match="invalid type"):
        train(corpus, epochs="many")
    with pytest.raises(TypeError, match="epochs cannot be of type object"):
        train(corpus, epochs=object())
    with pytest.raises(TextError):
        train(corpus, stem=True, language="xx", **SMALL)


def test_a_validation_set_and_a_model_to_start_from(corpus, tmp_path):
    classifier = train(corpus, validation=(["a wonderful film", "dull"], ["pos", "neg"]), **SMALL)
    assert classifier.training["evaluated_texts"] == 2
    adapted = train(corpus, from_pretrained="general")
    assert adapted.labels == ["neg", "pos"]
    assert adapted.predict(["a joy to watch"]) == ["pos"]
    classifier.save(tmp_path / "model")
    train(corpus, from_pretrained=tmp_path / "model", epochs=1)
    with pytest.raises(ModelError, match="none"):
        train(corpus, from_pretrained=tmp_path / "none")


def test_a_teacher_changes_the_targets(corpus, tmp_path):
    teacher = train(corpus, **SMALL)
    teacher.save(tmp_path / "teacher")
    student = train(corpus, distil_from=str(tmp_path / "teacher"), **SMALL)
    assert (student.predict_proba(["a wonderful film"]) != teacher.predict_proba(["a wonderful film"])).any()
    with pytest.raises(TrainingError, match="cannot predict the labels of the corpus"):
        train(corpus, distil_from="general", **SMALL)


def test_several_labels_a_text():
    texts = ["good food", "rude staff", "good food and rude staff", "a table"] * 20
    labels = [["food"], ["staff"], ["food", "staff"], []] * 20
    classifier = train((texts, labels), output="multi-label", preset="sample", hidden_size=8, epochs=1)
    assert classifier.is_multi_label
    chosen = classifier.predict(texts)
    assert chosen.shape == (80, 2) and chosen.dtype == bool
    metrics = classifier.evaluate(texts, labels)
    assert "micro avg" in metrics
    predictions = pa.array(classifier.predict_arrow(pa.array(texts)))
    assert predictions.field("label").null_count == 0


@pytest.mark.parametrize(
    "texts, labels, error, message",
    [
        (["a", "b"], ["x"], ValueError, "2 texts and 1 labels"),
        (["a", None], ["x", "y"], ValueError, "text at position 1 is None"),
        (["a", "b"], ["x", None], ValueError, "label at position 1 is missing"),
        (["a", "b"], ["x", " "], CorpusError, "label at position 1 is empty"),
        (["a", "b"], ["x", "x"], CorpusError, "every row has the label"),
        ([], [], CorpusError, "empty"),
    ],
)
def test_unusable_texts_and_labels_are_errors(texts, labels, error, message):
    with pytest.raises(error, match=message):
        train((texts, labels))


def test_unusable_corpora_are_errors(tmp_path):
    with pytest.raises(CorpusError, match="none.csv"):
        train(tmp_path / "none.csv")
    with pytest.raises(TypeError, match="a corpus is a path"):
        train(3)
    with pytest.raises((EmbeddingsError, TrainingError, CorpusError), match="none.txt"):
        train(embeddings=tmp_path / "none.txt")


def test_progress_is_reported_and_its_exceptions_stop_the_training(corpus):
    stages = []
    train(corpus, progress=lambda progress: stages.append(progress["stage"]), **SMALL)
    assert "epoch" in stages and any(stage.startswith("step of") for stage in stages)

    def fail(progress):
        raise ZeroDivisionError("of the callback")

    with pytest.raises(ZeroDivisionError, match="of the callback"):
        train(corpus, progress=fail, **SMALL)


def test_a_folder_with_a_model_is_not_replaced(corpus, tmp_path):
    out = tmp_path / "model"
    train(corpus, out=out, **SMALL)
    assert Classifier.load(out).labels == ["neg", "pos"]
    with pytest.raises(FileExistsError, match="force=True"):
        train(corpus, out=out, **SMALL)
    train(corpus, out=out, force=True, **SMALL)


def test_a_stopped_run_resumes_to_the_same_model(corpus, tmp_path):
    settings = SMALL | {"epochs": 3}
    expected = train(corpus, **settings).predict_proba(corpus[0])

    def stop(progress):
        if progress["stage"] == "epoch" and progress["epoch"] == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(corpus, out=tmp_path, progress=stop, **settings)
    resumed = train(corpus, out=tmp_path, resume=True, **settings)
    assert len(resumed.training["history"]) == 3
    assert (resumed.predict_proba(corpus[0]) == expected).all()
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(corpus, out=tmp_path, resume=True, **settings)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_stops_the_training():
    code = (
        "from sentiment_toolkit import train\n"
        "texts = [f'a {word} film {n}' for n in range(20_000) for word in ('good', 'bad')]\n"
        "corpus = (texts, ['pos', 'neg'] * 20_000)\n"
        "tell = lambda progress: print('running', flush=True)\n"
        "try: train(corpus, preset='reviews', progress=tell)\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "running\n"
    threading.Event().wait(0.2)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=120)[0].endswith("stopped\n")
