"""The examples of docs/python.md and of the package run as they print."""

import doctest
import re
from pathlib import Path

import pytest

import sentiment_toolkit
import sentiment_toolkit.sklearn

REPOSITORY = Path(__file__).resolve().parents[3]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(REPOSITORY / "docs/python.md"), module_relative=False, optionflags=OPTIONS)
    assert result.attempted > 20 and result.failed == 0


@pytest.mark.parametrize("readme", ["README.md", "bindings/python/README.md"])
def test_the_lines_of_the_readme(readme, capsys):
    code = re.search(r"```python\n(.*?)```", (REPOSITORY / readme).read_text(), re.DOTALL)[1]
    exec(code, {})
    printed = capsys.readouterr().out
    assert re.search("wonderful +positive", printed) and re.search("(cold|slow) +negative", printed)


def test_the_package():
    for module in (sentiment_toolkit, sentiment_toolkit.sklearn):
        result = doctest.testmod(module, optionflags=OPTIONS)
        assert result.attempted > 0 and result.failed == 0
