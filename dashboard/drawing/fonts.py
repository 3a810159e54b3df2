"""The two faces of DejaVu Sans Condensed that every PDF is drawn with, and which characters they have.

`dev.py setup` puts the files here. Latin, Greek, Cyrillic, Armenian and Georgian are whole. Text that runs from right
to left would come out in the wrong order and its letters unjoined, so its characters count as not there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR = "DejaVuSansCondensed"
BOLD = "DejaVuSansCondensed-Bold"
MISSING = "\ufffd"
# What the PDF standard allows in one list of a character map.
_MAP_ROWS = 100


class Font(TTFont):  # type: ignore[misc]
    """A font whose text can be copied out of the file, beyond U+FFFF too, where reportlab writes half a unit."""

    def __init__(self, name: str) -> None:
        super().__init__(name, str(FOLDER / f"{name}.ttf"))

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        subsets = self.state[doc].subsets
        super().addObjects(doc)
        for number, codes in enumerate(subsets):
            name = (SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode()
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode(name, codes)


def _to_unicode(name: str, codes: Sequence[int]) -> str:
    rows = [f"<{n:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for n, code in enumerate(codes)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
        f"/CMapName /{name} def /CMapType 2 def",
        f"1 begincodespacerange <00> <{len(codes) - 1:02X}> endcodespacerange",
    ]
    for start in range(0, len(rows), _MAP_ROWS):
        some = rows[start : start + _MAP_ROWS]
        lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    return "\n".join([*lines, "endcmap CMapName currentdict /CMap defineresource pop end end"])


@cache
def drawn(name: str) -> frozenset[int]:
    """The characters that the face has, and that stand where they should when drawn one after the other."""
    return frozenset(code for code in Font(name).face.charToGlyph if _stands_by_itself(chr(code)))


@cache
def undrawn_pattern(name: str) -> str:
    """A regular expression for one character that the face cannot draw; a line feed it can."""
    spans = "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in _spans(drawn(name) | {0x0A}))
    return f"[^{spans}]"


def _stands_by_itself(character: str) -> bool:
    category = unicodedata.category(character)
    # What private characters mean is known to nobody but the font's makers.
    if category in ("Cc", "Cn", "Co", "Cs"):
        return False
    return category == "Cf" or unicodedata.bidirectional(character) not in ("R", "AL")


def _spans(codes: Iterable[int]) -> list[tuple[int, int]]:
    runs = groupby(enumerate(sorted(codes)), key=lambda pair: pair[1] - pair[0])
    found = [[code for _, code in run] for _, run in runs]
    return [(run[0], run[-1]) for run in found]
