"""What the process that draws is told: a line about the table, then its rows as texts between separators.

Both sides use this file. Texts hold no control character but the line feed, so the separators are free.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

# Numbers never, while there is any other way; clock times where words alone would not do; texts between words.
Breaks = Literal["never", "late", "freely"]

CELL = "\x1f"
ROW = "\x1e"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its label; whether its texts end below each other; how readily they take several lines."""

    label: str
    right: bool
    breaks: Breaks


@dataclass(frozen=True, slots=True)
class Sheet:
    paper: str
    title: str
    subtitle: str
    filters: tuple[str, ...]
    footer: str  # with {page} and {pages}
    language: str
    headings: tuple[Heading, ...]


def packed(sheet: Sheet) -> bytes:
    return json.dumps(asdict(sheet)).encode() + b"\n"


def unpacked(line: bytes) -> Sheet:
    found = json.loads(line)
    headings = tuple(Heading(**heading) for heading in found.pop("headings"))
    return Sheet(**{**found, "filters": tuple(found["filters"]), "headings": headings})


def rows(data: bytes) -> Iterator[list[str]]:
    for line in data.decode().split(ROW)[:-1]:
        yield line.split(CELL)


def joined(lines: Iterable[str]) -> bytes:
    return "".join(line + ROW for line in lines).encode()
