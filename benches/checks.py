"""Prints the accuracy of a model on each capability of a suite of minimal pairs, data/checks.csv or another.

    python3 benches/checks.py target/release/sentiment [MODEL] [--suite data/checks-unseen.csv] [--errors]

MODEL is a model folder; without it, the built-in model is measured. A swapped pair differs in a name, a nationality or a
gender only, so both texts should have the same label. Uses only the standard library.
"""

import argparse
import csv
import io
import itertools
import subprocess
from collections import defaultdict
from pathlib import Path

SUITE = Path(__file__).parent.parent / "data" / "checks.csv"
LABELS = ("negative", "neutral", "positive")


def predictions(program, model, suite):
    command = [program, "predict", "--input", str(suite), "--format", "csv", "--quiet"]
    done = subprocess.run(command + (["--model", model] if model else []), capture_output=True, encoding="utf-8", check=True)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def swapped_pairs(rows):
    """Returns the pairs of rows that differ in a name, nationality or gender."""
    pairs = defaultdict(list)
    for row in rows:
        if row["capability"] == "names":
            pairs[row["pair"]].append(row)
    return [pair for rows in pairs.values() for pair in itertools.combinations(rows, 2)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="path of the program `sentiment`")
    parser.add_argument("model", nargs="?", help="model folder; default: the built-in model")
    parser.add_argument("--suite", type=Path, default=SUITE, help="the suite; default: %(default)s")
    parser.add_argument("--errors", action="store_true", help="list the wrong predictions too")
    given = parser.parse_args()

    rows = predictions(given.program, given.model, given.suite)
    right = defaultdict(list)
    for row in rows:
        right[row["capability"]].append(row["predicted"] == row["label"])
    print("| Capability | Texts | Accuracy |\n| --- | ---: | ---: |")
    for capability, values in right.items():
        print(f"| {capability} | {len(values)} | {sum(values) / len(values):.3f} |")
    every = [value for values in right.values() for value in values]
    print(f"| all | {len(every)} | {sum(every) / len(every):.3f} |\n")

    polar = [row for row in rows if row["label"] != "neutral"]
    two = [(score(row, "positive") > score(row, "negative")) == (row["label"] == "positive") for row in polar]
    print(f"two classes (neutral left out): {sum(two) / len(two):.3f} of {len(two)} texts")

    pairs = swapped_pairs(rows)
    same = [one["predicted"] == other["predicted"] for one, other in pairs]
    shifts = [abs(score(one, label) - score(other, label)) for one, other in pairs for label in LABELS]
    print(
        f"swapped pairs with the same label: {sum(same) / len(same):.3f} of {len(same)}; "
        f"probabilities differ by {sum(shifts) / len(shifts):.3f} on average, by {max(shifts):.3f} at most"
    )
    plain = [row["predicted"] == "neutral" for row in rows if row["capability"] == "neutral"]
    print(f"plain statements called neutral: {sum(plain) / len(plain):.3f} of {len(plain)}")
    if given.errors:
        print()
        for row in rows:
            if row["predicted"] != row["label"]:
                print(f"{row['capability']}: {row['label']} but {row['predicted']} {float(row['score']):.2f}: {row['text']}")


def score(row, label):
    return float(row.get(f"probability_{label}") or 0)


if __name__ == "__main__":
    main()
