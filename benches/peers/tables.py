"""Writes tests/fixtures/tables: small Parquet, Arrow IPC and Excel files by pyarrow and openpyxl, with their cells as JSON.

    python3 -m venv peers && peers/bin/pip install pyarrow openpyxl
    peers/bin/python benches/peers/tables.py tests/fixtures/tables

NAME.json has the columns and rows that a reader should return for each file NAME.*, with null for a missing value, and
text for values without a JSON type.
"""

import datetime
import decimal
import json
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

OUT = Path(sys.argv[1])
REVIEWS = [
    ("a wonderful film", 1),
    ("dull, and far too long", 0),
    ("一部精彩的电影", 1),
    (None, 0),
    ("no label yet", -1),
    ('"quoted", with\nlines', 1),
    ("", 0),
    ("فيلم رائع 🎬", 1),
]
HUGGING_FACE = {
    "info": {
        "features": {
            "text": {"dtype": "string", "_type": "Value"},
            "label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
        }
    }
}


def expect(name, columns, rows):
    content = json.dumps({"columns": columns, "rows": rows}, ensure_ascii=False, indent=1)
    (OUT / f"{name}.json").write_text(content + "\n")


def ipc(name, table, new, rows, **options):
    with new(str(OUT / name), table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)


def reviews():
    """The same reviews in every container: codecs, several row groups, encodings of strings, ClassLabel metadata."""
    text, label = ([review[index] for review in REVIEWS] for index in (0, 1))
    metadata = {"huggingface": json.dumps(HUGGING_FACE)}

    def table(text_type):
        texts = pa.array(text, pa.string())
        texts = texts.dictionary_encode() if text_type is None else texts.cast(text_type)
        return pa.table({"text": texts, "label": pa.array(label, pa.int64())}).replace_schema_metadata(metadata)

    plain = table(pa.string())
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        pq.write_table(plain, OUT / f"reviews.{codec}.parquet", compression=codec, row_group_size=3)
    for name, text_type in (("large", pa.large_string()), ("view", pa.string_view()), ("dictionary", None)):
        pq.write_table(table(text_type), OUT / f"reviews.{name}.parquet")
        ipc(f"reviews.{name}.stream.arrow", table(text_type), pa.ipc.new_stream, 3)
    for encoding in ("DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"):
        name = f"reviews.{encoding.lower().split('_')[1]}.parquet"
        options = {"use_dictionary": False, "column_encoding": {"text": encoding, "label": "DELTA_BINARY_PACKED"}}
        pq.write_table(plain, OUT / name, data_page_version="2.0", **options)
    ipc("reviews.stream.arrow", plain, pa.ipc.new_stream, 3)
    ipc("reviews.file.arrow", plain, pa.ipc.new_file, 3)
    ipc("reviews.zstd.arrow", plain, pa.ipc.new_file, 3, compression="zstd")
    feather.write_feather(plain, str(OUT / "reviews.feather"), compression="lz4")
    names = {-1: None, 0: "neg", 1: "pos"}
    expect("reviews", ["text", "label"], [[text, names[label]] for text, label in REVIEWS])


def types():
    """Types that are not text or integers, by a column each; the second row is null."""
    moment = datetime.datetime(2024, 2, 29, 13, 5, 9, 250000)
    columns = [
        ("uint64", pa.uint64(), 2**64 - 1, "18446744073709551615"),
        ("int8", pa.int8(), -5, -5),
        ("float32", pa.float32(), 0.5, 0.5),
        ("float64", pa.float64(), 0.1, 0.1),
        ("bool", pa.bool_(), True, True),
        ("binary", pa.binary(), b"utf-8", "utf-8"),
        ("bytes", pa.binary(), b"\xff\x00", "ff00"),
        ("date", pa.date32(), moment.date(), "2024-02-29"),
        ("time", pa.time64("us"), moment.time(), "13:05:09.250"),
        ("timestamp", pa.timestamp("ms"), moment, "2024-02-29T13:05:09.250"),
        ("utc", pa.timestamp("us", "UTC"), moment, "2024-02-29T13:05:09.250Z"),
        ("duration", pa.duration("ms"), datetime.timedelta(seconds=1.5), "PT1.5S"),
        ("decimal", pa.decimal128(9, 2), decimal.Decimal("-12.30"), "-12.30"),
        ("null", pa.null(), None, None),
        ("list", pa.list_(pa.string()), ['a"b', None, "ü"], '["a\\"b",null,"ü"]'),
        ("nested", pa.list_(pa.list_(pa.int32())), [[1, 2], [], None], "[[1,2],[],null]"),
        ("floats", pa.list_(pa.float64()), [1.0, float("nan")], "[1.0,null]"),
        ("struct", pa.struct({"a": pa.int32(), "b": pa.date32()}), {"a": 1, "b": moment.date()}, '{"a":1,"b":"2024-02-29"}'),
        ("map", pa.map_(pa.string(), pa.bool_()), [("k", True)], '{"k":true}'),
    ]
    arrays = [pa.array([value, None], kind) for _, kind, value, _ in columns]
    names = [name for name, *_ in columns]
    table = pa.table(arrays, names)
    pq.write_table(table, OUT / "types.parquet")
    ipc("types.stream.arrow", table, pa.ipc.new_stream, None)
    expect("types", names, [[expected for *_, expected in columns], [None] * len(columns)])


def sheet():
    book = openpyxl.Workbook()
    first = book.active
    rows = [
        ["text", "label", "stars", "date", "seen", None],
        ["a wonderful film", "pos", 5, datetime.date(2024, 2, 29), True, "a note beside the table"],
        ["dull & far <too> long", "neg", 1.5, datetime.datetime(2024, 2, 29, 13, 5), False, None],
        [None] * 6,
        ["一部精彩的电影 🎬", "pos", None, None, None, None],
        [12, "neg", 3, "soon", True, None],
    ]
    for row in rows:
        first.append(row)
    first.merge_cells("A3:A4")
    book.create_sheet("other").append(["not read"])
    book.save(OUT / "reviews.xlsx")
    expected = [
        ["a wonderful film", "pos", 5.0, "2024-02-29", True],
        ["dull & far <too> long", "neg", 1.5, "2024-02-29T13:05:00", False],
        ["一部精彩的电影 🎬", "pos", None, None, None],
        ["12", "neg", 3.0, "soon", True],
    ]
    expect("sheet", rows[0][:5], expected)


reviews()
types()
sheet()
