"""The examples of docs/python.md and of the package run as they print."""

import doctest
from pathlib import Path

import sentiment_toolkit
import sentiment_toolkit.sklearn

REPOSITORY = Path(__file__).resolve().parents[3]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(REPOSITORY / "docs/python.md"), module_relative=False, optionflags=OPTIONS)
    assert result.attempted > 20 and result.failed == 0


def test_the_package():
    for module in (sentiment_toolkit, sentiment_toolkit.sklearn):
        result = doctest.testmod(module, optionflags=OPTIONS)
        assert result.attempted > 0 and result.failed == 0
