"""How other libraries read each format back: a header, and rows of texts and values."""

from __future__ import annotations

import csv
import json
import re
from io import BytesIO, StringIO
from tempfile import NamedTemporaryFile
from xml.etree import ElementTree

import duckdb
import openpyxl
from openpyxl.utils.escape import unescape
from pydantic_core import from_json
from python_calamine import CalamineWorkbook

from tests.formats.pdf_reader import read_pdf

FIELD = r'"(?:[^"]|"")*"|[^",\r\n]*'


def read_csv(data):
    """A bare empty field is null, a quoted one is empty text: Python's own reader cannot tell them apart."""
    text = data.decode()
    lines = re.findall(rf"((?:{FIELD})(?:,(?:{FIELD}))*)\r\n", text)
    rows = [[unquoted(field) for field in re.findall(rf"(?:^|,)({FIELD})", line)] for line in lines]
    assert [[value or "" for value in row] for row in rows] == list(csv.reader(StringIO(text, newline="")))
    return rows


def unquoted(field):
    return field[1:-1].replace('""', '"') if field.startswith('"') else (field or None)


def read_xlsx(data):
    """All rows that the filter spans, by openpyxl; calamine must see the same texts."""
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet[sheet.auto_filter.ref]]
    # openpyxl leaves the escapes of inline strings to its caller.
    rows = [[unescape(value) if isinstance(value, str) else value for value in row] for row in cells]
    again = (
        CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    )
    assert [[v for v in row if isinstance(v, str) and v] for row in rows][: len(again)] == [
        [v for v in row if isinstance(v, str) and v] for row in again
    ]
    return rows


def read_json(data):
    """By Python's own parser; the one that pydantic has must find the same."""
    rows = json.loads(data)
    assert from_json(data, allow_inf_nan=False) == rows
    return [list(rows[0]) if rows else None] + [list(row.values()) for row in rows]


def read_jsonapi(data):
    """The attributes of resource objects that have nothing else but type and id."""
    resources = json.loads(data)
    for resource in resources:
        assert list(resource) == ["type", "id", "attributes"]
        assert (resource["type"], type(resource["id"])) == ("orders", str)
    return read_json(json.dumps([resource["attributes"] for resource in resources]))


def read_jsonl(data):
    lines = data.decode().removesuffix("\n").split("\n") if data else []
    return read_json(f"[{','.join(lines)}]".encode())


def read_xml(data):
    """By the standard library's expat, which refuses whatever is not well-formed."""
    rows = ElementTree.fromstring(data)
    header = [[field.get("name", field.tag) for field in row] for row in rows]
    assert header[1:] == header[:-1]
    return [header[0] if header else None] + [[xml_value(field) for field in row] for row in rows]


def xml_value(field):
    if len(field):
        return [{value.get("name", value.tag): xml_value(value) for value in row} for row in field]
    return None if field.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true" else field.text or ""


def read_parquet(data):
    """By DuckDB, which would ask for pytz to name the zone of moments: all are in UTC."""
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as engine:
        file.write(data)
        file.flush()
        engine.execute("SET TimeZone = 'UTC'")
        found = engine.sql(f"FROM '{file.name}'")
        types = [str(type).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP") for type in found.types]
        columns = [f'CAST("{name}" AS {type})' for name, type in zip(found.columns, types, strict=True)]
        rows = engine.sql(f"SELECT {', '.join(columns)} FROM found").fetchall()
        return [found.columns, *map(list, rows)]


READERS = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "json": read_json,
    "jsonl": read_jsonl,
    "jsonapi": read_jsonapi,
    "xml": read_xml,
    "pdf": read_pdf,
    "parquet": read_parquet,
}
