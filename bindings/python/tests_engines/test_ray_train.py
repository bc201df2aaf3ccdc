"""Training by several workers of Ray."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sentiment_toolkit import TrainingError
from sentiment_toolkit import train as train_here
from sentiment_toolkit._local_sgd import mean_of_changed
from sentiment_toolkit.ray import train

SETTINGS = {
    "preset": "reviews",
    "epochs": 6,
    "patience": 6,
    "pretraining_epochs": 1,
    "hidden_size": 16,
    "batch_size": 16,
    "ngrams": 1,
    "seed": 3,
}


@pytest.fixture(scope="module")
def corpus():
    """Texts with a rule that a bag of words cannot learn: `not` turns the verdict."""
    generator = random.Random(2)
    texts, labels = [], []
    filler = "the a film plot food room staff service and with of in".split()
    for _ in range(6_000):
        good, is_negated = generator.random() < 0.5, generator.random() < 0.5
        words = generator.choices(filler, k=generator.randint(2, 12))
        verdict = ["not"] * is_negated + [generator.choice(["great", "lovely"] if good else ["awful", "dull"])]
        at = generator.randint(0, len(words))
        texts.append(" ".join(words[:at] + verdict + words[at:]))
        labels.append("positive" if good != is_negated else "negative")
    return texts, labels


@pytest.fixture(scope="module")
def two_workers(ray_cluster, corpus, tmp_path_factory):
    return train(corpus, tmp_path_factory.mktemp("two"), workers=2, steps=20, **SETTINGS)


def test_two_workers_learn_what_one_process_learns(two_workers, corpus):
    alone = train_here(corpus, **SETTINGS)
    accuracy = [model.evaluate(*corpus)["accuracy"] for model in (two_workers, alone)]
    assert min(accuracy) > 0.97, accuracy
    # The weights differ: the workers did share the mini-batches.
    assert (two_workers.predict_proba(corpus[0][:50]) != alone.predict_proba(corpus[0][:50])).any()


def test_the_same_workers_give_the_same_model(ray_cluster, two_workers, corpus, tmp_path):
    again = train(corpus, tmp_path / "again", workers=2, steps=20, **SETTINGS)
    texts = corpus[0][:200]
    assert (again.predict_proba(texts) == two_workers.predict_proba(texts)).all()
    assert (tmp_path / "again" / "config.json").exists()


def test_a_killed_worker_costs_at_most_an_epoch(ray_cluster, two_workers, corpus, tmp_path):
    folder = tmp_path / "killed"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: train(corpus, folder, workers=2, steps=20, **SETTINGS))
        while not (folder / "state" / "checkpoint.safetensors").exists():
            time.sleep(0.01)
            assert not running.done()
        os.kill(training_workers()[-1], signal.SIGKILL)
        resumed = running.result()
    texts = corpus[0][:200]
    assert (resumed.predict_proba(texts) == two_workers.predict_proba(texts)).all()


def training_workers():
    """Returns the processes that train, by the title that Ray gives them."""
    processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    titles = {int(path.name): title(path) for path in processes}
    return [process for process, title in titles.items() if title.startswith(b"ray::_work")]


def title(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_an_error_of_a_worker_ends_the_run(ray_cluster, corpus, tmp_path):
    with pytest.raises(TrainingError, match="freeze-encoder must be false for several workers"):
        train(corpus, tmp_path / "few", workers=2, preset="few")


def test_the_mean_is_over_the_workers_that_changed_a_value():
    last = np.array([0, 1, 2, 3], dtype=np.float32)
    states = [np.array(values, dtype=np.float32) for values in ([0, 3, 2, 5], [0, 5, 4, 3])]
    assert mean_of_changed(states, last).tolist() == [0, 4, 4, 5]
    assert mean_of_changed(states, None) is states[0]
