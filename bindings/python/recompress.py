"""Compresses wheels again with Zopfli, in place. Their files stay the same.

    pip install zopflipy
    python bindings/python/recompress.py WHEEL...

The wheel of `sentiment-toolkit` becomes 3% smaller than maturin makes it at its highest level. Beside other processes it took 88 seconds.
"""

import os
import sys
import zipfile
from pathlib import Path

import zopfli

# The time grows with this number. Higher ones were not measured.
ITERATIONS = 1


def recompress(wheel: Path):
    part = wheel.with_suffix(".part")
    with zipfile.ZipFile(wheel) as source, zopfli.ZipFile(part, "w", iterations=ITERATIONS) as target:
        for member in source.infolist():
            target.writestr(member, source.read(member))
    before = wheel.stat().st_size
    os.replace(part, wheel)
    print(f"{wheel.name}: {before:,} bytes, now {wheel.stat().st_size:,}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        recompress(Path(argument))
