"""The console script `sentiment`, which the wheel installs."""

import json
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

SCRIPT = shutil.which("sentiment", path=sysconfig.get_path("scripts"))


def run(*arguments, **options):
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=120, **options)


def test_the_program_predicts_as_the_library(general, tmp_path):
    texts = ["The acting is wonderful", "Never again, the food was cold", "", "été 🎬"]
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(f'"{text}"' for text in texts) + "\n")
    predictions = tmp_path / "predictions.jsonl"
    result = run("predict", "--input", str(tmp_path / "texts.csv"), "--output", str(predictions))
    if result.returncode != 0:
        pytest.fail(result.stderr)
    rows = [json.loads(line) for line in predictions.read_text().splitlines()]
    written = [[row[f"probability_{label}"] for label in general.labels] for row in rows]
    assert written == general.predict_proba(texts).tolist()


def test_exit_status_and_errors():
    assert run("--version").stdout.startswith("sentiment ")
    failed = run("predict", "--model", "/nonexistent", "a")
    assert failed.returncode == 1 and failed.stderr.startswith("error: ")
    assert run("predict", "--nonsense").returncode == 2
    module = subprocess.run([sys.executable, "-m", "sentiment_toolkit", "--version"], capture_output=True)
    assert module.returncode == 0


def test_output_into_a_closed_pipe(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("a film\n" * 50_000)
    with path.open() as texts:
        program = subprocess.Popen([SCRIPT, "predict", "-q", "-"], stdin=texts, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_saves_a_checkpoint(tmp_path):
    corpus = tmp_path / "corpus.csv"
    corpus.write_text("text,label\n" + "".join(f"a good film {n},pos\na bad film {n},neg\n" for n in range(20_000)))
    arguments = ["train", str(corpus), "--preset", "reviews", "--out", str(tmp_path / "model")]
    program = subprocess.Popen([SCRIPT, *arguments], stderr=subprocess.PIPE, text=True)
    lines = []
    for line in program.stderr:
        lines.append(line)
        if line.startswith("parameters:"):
            break
    threading.Event().wait(1)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=120)
    assert program.returncode == 1
    hint = errors.splitlines()[-1]
    # The command names the program, and not the interpreter that runs it.
    assert hint.startswith(f"hint: resume with: {SCRIPT} train ") and hint.endswith("--resume"), errors
    assert Path(tmp_path / "model").is_dir()
