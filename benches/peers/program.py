"""The program `sentiment`, for comparisons with other systems."""

import csv
import json
import subprocess
from pathlib import Path


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(rows)


class Program:
    """The program, with a folder for its files."""

    def __init__(self, program, folder):
        self.program, self.folder = program, Path(folder)

    def run(self, *arguments):
        subprocess.run([self.program, *arguments, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    def evaluate(self, test, model):
        write(self.folder / "test.csv", test)
        metrics = self.folder / "metrics.json"
        self.run("eval", str(self.folder / "test.csv"), "--model", model, "--json", str(metrics))
        metrics = json.loads(metrics.read_text())
        return f"{metrics['accuracy']:.3f} ({metrics['f1_macro']:.3f})"

    def from_scratch(self, train, test, *settings):
        write(self.folder / "train.csv", train)
        model = str(self.folder / "model")
        self.run("train", str(self.folder / "train.csv"), *settings, "--out", model, "--force")
        return self.evaluate(test, model)
