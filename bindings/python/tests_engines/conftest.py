"""A cluster of two worker processes on this machine, for Spark and for Ray, and texts to predict."""

import logging
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from sentiment_toolkit import Classifier, train

# Everything stays on this machine.
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.environ["PYSPARK_PYTHON"] = sys.executable

WORDS = "the a film plot food room staff was is not very good bad dull great awful lovely slow cold and but with".split()


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    # Two executors with one core and 1 GiB each.
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 1000).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def ray_cluster():
    import ray

    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel("ERROR")
    yield ray
    ray.shutdown()


@pytest.fixture(scope="session")
def rows():
    """A table of ids and texts, some of which are null, empty or have line breaks. It takes a core some seconds."""
    generator = random.Random(1)
    texts = [" ".join(generator.choices(WORDS, k=generator.randint(5, 40))) for _ in range(60_000)]
    texts[1:3] = ["", "two\nlines"]
    texts[::97] = [None] * len(texts[::97])
    return pa.table({"id": range(len(texts)), "text": texts})


@pytest.fixture(scope="session")
def expected(rows):
    """What the classifier predicts for the rows in this process."""
    return with_predictions(rows, Classifier.general())


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The folder of a trained model, whose labels have characters that a path of columns would split."""
    labels = ["very good", "so.so", "bad"]
    examples = [(f"{word} {number}", label) for number in range(30) for word, label in zip(["great", "plain", "dull"], labels)]
    folder = tmp_path_factory.mktemp("model") / "saved"
    texts, labels = zip(*examples)
    train((list(texts), list(labels)), preset="sample", epochs=1, seed=1).save(folder)
    return folder


def with_predictions(rows, classifier):
    predicted = pa.array(classifier.predict_arrow(rows["text"])).to_pylist()
    nothing = {"label": None, "score": None, "probabilities": None}
    return [row | (prediction or nothing) for row, prediction in zip(rows.to_pylist(), predicted)]


def kill_in_the_middle(job):
    """Runs a job, kills one of its busy worker processes, and returns the result of the job.

    Asserts that another process took its place, so that the kill did cost work.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job)
        worker = busy_worker(running)
        before = set(worker_processes())
        assert not running.done(), "the job ended before a worker was killed"
        os.kill(worker, signal.SIGKILL)
        replacements = set()
        while not running.done():
            replacements |= set(worker_processes()) - before
            time.sleep(0.05)
        result = running.result()
    assert replacements, "no process replaced the killed one"
    return result


def busy_worker(running):
    """Waits for a worker process that is in the middle of predicting, and returns its id."""
    while not running.done():
        before = {process: cpu_ticks(process) for process in worker_processes()}
        time.sleep(0.5)
        for process, ticks in before.items():
            if cpu_ticks(process) - ticks >= 20:
                return process
    raise AssertionError("the job ended before a worker was busy")


def worker_processes():
    """Returns the processes below this one that have loaded the module."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat(entry.name)):
            parents[int(entry.name)] = int(fields[1])
    return [process for process in parents if is_below(process, parents) and has_module(process)]


def is_below(process, parents):
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


def has_module(process):
    try:
        return "_sentiment_toolkit" in Path(f"/proc/{process}/maps").read_text()
    except OSError:
        return False


def cpu_ticks(process):
    """Returns the hundredths of a second that a process has computed."""
    fields = stat(process)
    return int(fields[11]) + int(fields[12]) if fields else 0


def stat(process):
    """Returns the state of a process and what follows it in /proc, or nothing if it ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
