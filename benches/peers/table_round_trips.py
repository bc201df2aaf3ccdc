"""Checks that tables which other programs write come back unchanged from `sentiment predict`.

    python3 -m venv peers && peers/bin/pip install pandas pyarrow openpyxl
    peers/bin/python benches/peers/table_round_trips.py target/release/sentiment [TABLES] [SEED]

Writes random tables of quotes, delimiters, line breaks and many scripts with Python's csv, pandas, openpyxl and pyarrow, runs
`predict --input TABLE --output out.csv` on each, and compares every cell. Prints the writers with differences.
"""

import collections
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

PARTS = [
    "good", "bad film", " ", "  ", '"', '""', "'", ",", ";", "\t", "|", "\\", '\\"', "\n", "\r\n", "\n\n", ",\n", "é", "ß",
    "😀", "中文", "酒店", "かな", "한국어", "привет", "שלום", "مرحبا", "ไทย", "हिन्दी", "\u00a0", "\u200b", "\u2028", "#", "-",
    "0", "1.50", "NA", "null", "nan", "true", "<br/>", "&amp;", '{"a":1}', "[1, 2]", "__label__x", "007",
]
NAMES = ["id", "date", "note", "Prénom", "备注", "a b", "user.name", 'x"y', "price;eur", "label"]


def cell(rng):
    if rng.random() < 0.1:
        return ""
    return "".join(rng.choice(PARTS) for _ in range(rng.randint(1, 9)))


def table(rng):
    names = rng.sample(NAMES, rng.randint(1, 3))
    names.insert(rng.randint(0, len(names)), "text")
    return names, [[cell(rng) for _ in names] for _ in range(rng.randint(1, 12))]


def csv_writer(quoting, delimiter=",", encoding="utf-8", **options):
    def write(names, rows, path):
        with open(path, "w", newline="", encoding=encoding) as file:
            writer = csv.writer(file, quoting=quoting, delimiter=delimiter, **options)
            writer.writerow(names)
            writer.writerows(rows)

    return write


def frame(names, rows):
    return pd.DataFrame(rows, columns=names, dtype=object)


def arrow(names, rows):
    return pa.table({name: [row[index] for row in rows] for index, name in enumerate(names)})


def arrow_stream(names, rows, path):
    content = arrow(names, rows)
    with pa.ipc.new_stream(path, content.schema) as stream:
        stream.write(content)


def indented_json(names, rows, path):
    objects = [dict(zip(names, row)) for row in rows]
    Path(path).write_text(json.dumps(objects, indent=2))


WRITERS = {
    "pandas CSV": (".csv", lambda n, r, p: frame(n, r).to_csv(p, index=False)),
    "pandas gzip": (".csv.gz", lambda n, r, p: frame(n, r).to_csv(p, index=False)),
    "pandas JSON": (".json", lambda n, r, p: frame(n, r).to_json(p, orient="records")),
    "pandas JSON Lines": (".jsonl", lambda n, r, p: frame(n, r).to_json(p, orient="records", lines=True)),
    "pandas Parquet": (".parquet", lambda n, r, p: frame(n, r).to_parquet(p)),
    "pandas Excel": (".xlsx", lambda n, r, p: frame(n, r).to_excel(p, index=False)),
    "indented JSON": (".json", indented_json),
    "pyarrow CSV": (".csv", lambda n, r, p: pa.csv.write_csv(arrow(n, r), p)),
    "pyarrow Parquet": (".parquet", lambda n, r, p: pa.parquet.write_table(arrow(n, r), p, row_group_size=3)),
    "pyarrow Feather": (".feather", lambda n, r, p: pa.feather.write_feather(arrow(n, r), p)),
    "pyarrow stream": (".arrow", arrow_stream),
    "csv UTF-8 mark": (".csv", csv_writer(csv.QUOTE_MINIMAL, encoding="utf-8-sig")),
    "csv UTF-16": (".csv", csv_writer(csv.QUOTE_MINIMAL, encoding="utf-16")),
    "csv backslash": (".csv", csv_writer(csv.QUOTE_ALL, doublequote=False, escapechar="\\")),
    "csv backslash minimal": (".csv", csv_writer(csv.QUOTE_MINIMAL, doublequote=False, escapechar="\\")),
    "csv unquoted": (".csv", csv_writer(csv.QUOTE_NONE, escapechar="\\")),
    "csv unquoted tab": (".tsv", csv_writer(csv.QUOTE_NONE, "\t", escapechar="\\")),
}
for delimiter_name, delimiter in [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")]:
    for quoting_name, quoting in [("minimal", csv.QUOTE_MINIMAL), ("all", csv.QUOTE_ALL)]:
        WRITERS[f"csv {delimiter_name} {quoting_name}"] = (".csv", csv_writer(quoting, delimiter))


def excel_cell(text):
    """Removes what a cell of Excel cannot hold: formulas, carriage returns, outer white space."""
    return "x" + "".join(c for c in text if c not in "\r=") + "x"


def difference(program, folder, names, rows, source):
    """Returns how the output differs from the table, or None."""
    out = folder / "out.csv"
    command = [program, "predict", "--threads", "1", "--input", source, "--output", out]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return f"refused: {run.stderr.strip()[:200]}"
    with open(out, newline="", encoding="utf-8") as file:
        header, *found = [row[: len(names)] for row in csv.reader(file)]
    if header != names:
        return f"header {header}, expected {names}"
    if len(found) != len(rows):
        return f"{len(found)} rows, expected {len(rows)}"
    for number, (got, wanted) in enumerate(zip(found, rows), 1):
        if got != wanted:
            return f"row {number}: {got}, expected {wanted}"
    return None


def main(program, tables=300, seed=1):
    differences = collections.defaultdict(list)
    kinds = list(WRITERS)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(int(tables)):
            rng = random.Random(int(seed) * 100_003 + index)
            kind = kinds[index % len(kinds)]
            extension, write = WRITERS[kind]
            names, rows = table(rng)
            if extension == ".xlsx":
                rows = [[excel_cell(text) for text in row] for row in rows]
            source = Path(folder) / f"table{extension}"
            write(names, rows, source)
            if found := difference(program, Path(folder), names, rows, source):
                differences[kind].append(found)
    for kind, found in differences.items():
        print(f"{kind}: {len(found)} tables differ, for example: {found[0]}")
    total = sum(map(len, differences.values()))
    print(f"{int(tables) - total} of {tables} tables came back unchanged")


if __name__ == "__main__":
    main(*sys.argv[1:])
