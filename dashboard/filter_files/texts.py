"""The texts that cells of a workbook share. Called in the child, by `workbook`; `sheet` has the same texts in cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.filter_files import markup
from dashboard.filter_files.archive import Archive
from dashboard.filter_files.refusals import LONGEST_ID

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def shown(pieces: list[str]) -> str:
    """A text as a spreadsheet shows it, without the blanks around; of one that is no id anyway only the beginning."""
    text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), "".join(pieces))
    return text.strip()[: LONGEST_ID + 1]


class _Texts:
    """Gathers `t` elements: of one `si` all runs are one text, and what stands above it in small print is not."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_text = self._is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match markup.local(name):
            case "si":
                self._pieces = []
            case "rPh":
                self._is_phonetic = True
            case "t":
                self._is_text = not self._is_phonetic

    def characters(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        match markup.local(name):
            case "si":
                self.found.append(shown(self._pieces))
            case "rPh":
                self._is_phonetic = False
            case "t":
                self._is_text = False


def texts(archive: Archive, part: str) -> Iterator[str]:
    """In their order. Raises Refused."""
    gathered, parser = _Texts(), markup.parser()
    parser.StartElementHandler = gathered.start
    parser.CharacterDataHandler = gathered.characters
    parser.EndElementHandler = gathered.end
    for _ in markup.feed(parser, archive.chunks(part)):
        yield from gathered.found
        gathered.found.clear()
