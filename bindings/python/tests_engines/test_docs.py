"""The examples of docs/spark.md and docs/ray.md run as they print."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize(("guide", "cluster"), [("spark.md", "spark"), ("ray.md", "ray_cluster")])
def test_the_guide(guide, cluster, request):
    request.getfixturevalue(cluster)
    options = doctest.ELLIPSIS
    result = doctest.testfile(str(DOCS / guide), module_relative=False, optionflags=options)
    assert result.attempted > 3 and result.failed == 0
