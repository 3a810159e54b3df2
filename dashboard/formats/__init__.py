"""The file formats, in the order a form shows them. A new format is one module here and one line below."""

from __future__ import annotations

from dashboard.formats.base import Format
from dashboard.formats.csv import Csv
from dashboard.formats.json import Json
from dashboard.formats.jsonapi import JsonApi
from dashboard.formats.jsonl import JsonLines
from dashboard.formats.parquet import Parquet
from dashboard.formats.pdf import Pdf
from dashboard.formats.xlsx import Xlsx
from dashboard.formats.xml import Xml

FORMATS: dict[str, Format] = {
    "csv": Csv(),
    "xlsx": Xlsx(),
    "json": Json(),
    "jsonl": JsonLines(),
    "jsonapi": JsonApi(),
    "xml": Xml(),
    "pdf": Pdf(),
    "parquet": Parquet(),
}
