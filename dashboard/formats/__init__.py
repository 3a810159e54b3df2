"""The file formats, in the order a form shows them. A new format is one module here and one line below."""

from __future__ import annotations

from dashboard.formats.base import Format
from dashboard.formats.csv import Csv
from dashboard.formats.json import Json
from dashboard.formats.jsonl import JsonLines
from dashboard.formats.xlsx import Xlsx
from dashboard.formats.xml import Xml

FORMATS: dict[str, Format] = {
    "csv": Csv(),
    "xlsx": Xlsx(),
    "json": Json(),
    "jsonl": JsonLines(),
    "xml": Xml(),
}
