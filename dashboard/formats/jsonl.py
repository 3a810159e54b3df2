"""JSON Lines: the objects of JSON, one a line, without the array around them, so that a reader can stream them."""

from __future__ import annotations

from dashboard.formats.base import Layout
from dashboard.formats.json import Json


class JsonLines(Json):
    key = "jsonl"
    label = "JSON Lines"
    description = "For programs and databases: one object a line"
    extension = "jsonl"
    media_type = "application/x-ndjson"
    between = b"\n"

    def start(self, layout: Layout, rows: int) -> bytes:
        return b""

    def end(self, rows: int) -> bytes:
        return b"\n" if rows else b""
