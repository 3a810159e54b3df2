"""From the first cells of a file's lines to ids of the key's type: each once, in the order of the file.

`child` calls it with the cells that `text` or `sheet` found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain

from dashboard.filter_files.refusals import LONGEST_ID, MOST_IDS, Refused

SHOWN = 10
COUNTED = 1000
# Line number, text without blanks around, and why this can be no id whatever its text ("" for most).
# A plain tuple: a file of ten mebibytes can have five million of them.
Cell = tuple[int, str, str]
_INTEGER = re.compile(r"-?[0-9]+")
_UUID = re.compile(
    r"([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})", re.IGNORECASE
)


def gather(cells: Iterable[Cell], kind: str, headings: Collection[str], line_word: str) -> list[int | str]:
    """Raises Refused with the numbers of the first lines that hold no id."""
    ids: dict[int | str, None] = {}
    seen: set[str] = set()
    wrong: list[str] = []
    wrong_count = 0
    for line, text, reason in _below_heading(cells, kind, headings):
        if text in seen:
            continue
        try:
            value = _id(text, kind, reason)
        except ValueError as error:
            wrong_count += 1
            if wrong_count <= SHOWN:
                wrong.append(f"{line_word} {line}: {error}.")
            elif wrong_count > SHOWN + COUNTED:
                break
            continue
        if value not in ids:
            ids[value] = None
            seen.add(text)
        if len(ids) > MOST_IDS:
            raise Refused(f"The file holds more than {MOST_IDS:,} ids.")
    _refuse_wrong(wrong, wrong_count, line_word)
    if not ids:
        raise Refused("The file holds no ids in its first column.")
    return list(ids)


def _refuse_wrong(wrong: list[str], count: int, line_word: str) -> None:
    more = count - SHOWN
    if more > 0:
        shown = f"{more:,}" if more <= COUNTED else f"More than {COUNTED:,}"
        wrong.append(f"{shown} more {line_word.lower()}{' is' if more == 1 else 's are'} wrong.")
    if wrong:
        raise Refused(*wrong)


def _below_heading(cells: Iterable[Cell], kind: str, headings: Collection[str]) -> Iterator[Cell]:
    cells = iter(cells)
    first = next(cells, None)
    if first is None or _is_heading(first, kind, headings):
        return cells
    return chain([first], cells)


def _is_heading(cell: Cell, kind: str, headings: Collection[str]) -> bool:
    """Where ids are words, only the key's own names are headings; elsewhere any words without a digit."""
    _, text, reason = cell
    if reason or len(text) > LONGEST_ID:
        return False
    if kind == "text":
        return _plain(text) in {_plain(heading) for heading in headings}
    # With a digit in it, it is rather an id with a typing error, which must not be passed over.
    return text[:1].isalpha() and not any(map(str.isdigit, text)) and not _UUID.fullmatch(text)


def _plain(heading: str) -> str:
    return "".join(filter(str.isalnum, heading.casefold()))


def _id(text: str, kind: str, reason: str) -> int | str:
    if reason:
        raise ValueError(reason)
    if len(text) > LONGEST_ID:
        raise ValueError(f"this is longer than {LONGEST_ID} characters")
    return _READERS[kind](text)


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("this is not a whole number in the digits 0 to 9")
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("this number is larger than any id (64 bits)")
    return value


def _text(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("this holds a character that is no text")
    return text


def _uuid(text: str) -> str:
    parts = _UUID.fullmatch(text)
    if not parts:
        raise ValueError("this is not an identifier such as 0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90")
    return "-".join(parts.group(1, 3, 4, 5, 6)).lower()


_READERS: dict[str, Callable[[str], int | str]] = {"integer": _integer, "text": _text, "uuid": _uuid}
KEY_TYPES = tuple(_READERS)
