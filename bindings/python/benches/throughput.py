"""Compares the texts per second of `predict` from Python with those of the program on the same texts.

    python benches/throughput.py SENTENCES.txt

The file has one text a line. Each way runs three times, alternating with the others, and its fastest run counts.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sentiment_toolkit import Classifier

RUNS = 3


def main():
    path = Path(sys.argv[1])
    texts = path.read_text().splitlines()
    classifier = Classifier.general()
    frame, arrow, array = pd.Series(texts), pa.array(texts), np.array(texts, dtype=object)
    program = [shutil.which("sentiment"), "predict", "--quiet", "--input", str(path)]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "predictions.tsv"
        ways = {
            "program": lambda: subprocess.run([*program, "--output", str(output)], check=True),
            "list, predict": lambda: classifier.predict(texts),
            "list, predict_proba": lambda: classifier.predict_proba(texts),
            "NumPy, predict": lambda: classifier.predict(array),
            "pandas, predict": lambda: classifier.predict(frame),
            "Arrow, predict_arrow": lambda: classifier.predict_arrow(arrow),
        }
        seconds = {name: [] for name in ways}
        for _ in range(RUNS):
            for name, way in ways.items():
                begin = time.perf_counter()
                way()
                seconds[name].append(time.perf_counter() - begin)
    of_program = min(seconds["program"])
    print(f"{len(texts):,} texts")
    for name, runs in seconds.items():
        print(f"{name:22} {len(texts) / min(runs):10,.0f} texts/s  {of_program / min(runs):.2f} of the program's")


main()
