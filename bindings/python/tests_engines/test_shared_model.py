import pickle
import subprocess
import sys

from sentiment_toolkit import Classifier
from sentiment_toolkit._engines import SharedModel


def test_a_process_builds_a_model_once():
    shared = SharedModel("general")
    # Each task gets its own copy.
    first, second = (pickle.loads(pickle.dumps(shared)) for _ in range(2))
    assert first.load(threads=1) is second.load(threads=1)


def test_a_process_keeps_only_the_last_model(folder):
    general, trained = SharedModel("general"), SharedModel(folder)
    first = general.load(threads=1)
    assert trained.load(threads=1).labels == Classifier.load(folder).labels
    assert general.load(threads=1) is not first


def test_a_worker_has_the_threads_of_its_task():
    code = """
import os
from sentiment_toolkit._engines import SharedModel

classifier = SharedModel("general").load(threads=3)
before = len(os.listdir("/proc/self/task"))
classifier.predict(["good"] * 5000)
print(len(os.listdir("/proc/self/task")) - before)
"""
    environment = {"PATH": ""}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(result.stdout) <= 3
