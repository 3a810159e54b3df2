"""The cells of a workbook's sheet, of which only the first column is kept. Called in the child, by `workbook`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from dashboard.filter_files import markup
from dashboard.filter_files.archive import NOT_A_WORKBOOK
from dashboard.filter_files.ids import Cell
from dashboard.filter_files.refusals import Refused
from dashboard.filter_files.texts import shown

MOST_ROWS = 100_000
MOST_COLUMNS = 50
MOST_DIGITS = 15
_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_POSITION = re.compile(r"[0-9]{1,7}")
# As XML schema writes doubles. Its three powers of ten are more than any number of a workbook has.
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")


class Wrong(ValueError):
    """Why a cell can be no id."""


class Sheet:
    """Fed by expat. Row and column go by what the cells say of themselves, else by their order."""

    def __init__(self, shared: Sequence[str], date_styles: Collection[str]) -> None:
        self._shared, self._date_styles = shared, date_styles
        self._found: list[Cell] = []
        self._row = self._column = self._cells = self._used_rows = 0
        self._is_row_used = self._is_value = self._has_value = self._has_formula = self._is_phonetic = False
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []

    def cells(self, chunks: Iterable[bytes]) -> Iterator[Cell]:
        """Raises Refused."""
        parser = markup.parser()
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._characters
        parser.EndElementHandler = self._end
        for _ in markup.feed(parser, chunks):
            yield from self._found
            self._found.clear()

    # Called millions of times, hence the chains: what comes most often first.

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = markup.local(name)
        if name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "t"):
            self._is_value = self._has_value = not self._is_phonetic
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._is_phonetic = True

    def _characters(self, text: str) -> None:
        if self._is_value:
            self._pieces.append(text)

    def _end(self, name: str) -> None:
        if ":" in name:
            name = markup.local(name)
        if name == "c":
            if self._pieces or self._has_formula:
                self._end_cell()
        elif name in ("v", "t"):
            self._is_value = False
        elif name == "rPh":
            self._is_phonetic = False

    def _begin_row(self, number: str | None) -> None:
        if number is not None and not _POSITION.fullmatch(number):
            raise Refused(NOT_A_WORKBOOK)
        self._row = int(number) if number else self._row + 1
        self._column, self._is_row_used = 0, False

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cells += 1
        if self._cells > MOST_ROWS * MOST_COLUMNS:
            raise Refused(f"The sheet has more than {MOST_ROWS:,} rows of {MOST_COLUMNS} columns.")
        self._column += 1
        self._attributes = attributes
        self._is_value = self._has_value = self._has_formula = False
        self._pieces = []

    def _end_cell(self) -> None:
        reference = self._attributes.get("r")
        if reference:
            self._column = _column(reference)
        self._note_use()
        if self._column != 1:
            return
        try:
            text = self._text("".join(self._pieces))
        except Wrong as wrong:
            self._found.append((self._row, "", str(wrong)))
            return
        if text:
            self._found.append((self._row, text, ""))

    def _note_use(self) -> None:
        if self._column > MOST_COLUMNS:
            raise Refused(f"The sheet uses more than {MOST_COLUMNS} columns.")
        if not self._is_row_used:
            self._is_row_used = True
            self._used_rows += 1
        if self._used_rows > MOST_ROWS:
            raise Refused(f"The sheet uses more than {MOST_ROWS:,} rows.")

    def _text(self, value: str) -> str:
        type = self._attributes.get("t", "n")
        # The result of a formula can be an empty text, and only then it has this type.
        if self._has_formula and not value.strip() and not (type == "str" and self._has_value):
            raise Wrong("this is a formula whose result is not in the file")
        match type:
            case "s":
                return self._shared_text(value)
            case "b":
                raise Wrong("this is a yes or no, not an id")
            case "e":
                raise Wrong("this is the error of a formula, not an id")
            case "n":
                return self._number(value.strip())
        return shown([value])

    def _shared_text(self, value: str) -> str:
        number = value.strip()
        if not _POSITION.fullmatch(number) or int(number) >= len(self._shared):
            raise Refused(NOT_A_WORKBOOK)
        return self._shared[int(number)]

    def _number(self, text: str) -> str:
        if not text:
            return ""
        if self._attributes.get("s", "0") in self._date_styles:
            raise Wrong("this is a date or a time, not an id")
        if not _NUMBER.fullmatch(text):
            raise Wrong("this is not a number, though the workbook says so")
        number = Decimal(text)
        if abs(number) >= 10**MOST_DIGITS:
            raise Wrong(
                f"a number of more than {MOST_DIGITS} digits is not exact in a workbook; enter it as text"
            )
        if number != int(number):
            raise Wrong("this number is not whole")
        return str(int(number))


def _column(reference: str) -> int:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise Refused(NOT_A_WORKBOOK)
    number = 0
    for letter in found.group(1):
        number = number * 26 + ord(letter) - 64
    return number
