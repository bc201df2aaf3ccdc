import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from recompress import recompress


def test_a_recompressed_wheel_has_the_same_files(tmp_path):
    wheel = tmp_path / "a-1-py3-none-any.whl"
    contents = {"a/__init__.py": b"", "a/program": bytes(range(256)) * 400, "a-1.dist-info/RECORD": b"a/__init__.py,,\n"}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o100755 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    before = wheel.stat().st_size

    recompress(wheel)

    assert wheel.stat().st_size < before
    assert list(tmp_path.iterdir()) == [wheel]
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        assert {member.external_attr >> 16 for member in archive.infolist()} == {0o100755}
