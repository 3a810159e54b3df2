"""What a file format is: frames become fragments, fragments become one file.

`jobs.render` asks for fragments, `jobs.assemble` joins them, and the doors read labels, options and limits.
The steps of one file:

    options = format.settle(options)                      # refuses what it does not know
    format.check(len(columns), rows)                      # refuses what the format cannot hold
    place = format.place(earlier, rows)                   # where a part starts, after earlier ones
    fragment = format.fragment(frame, layout, place)      # pure: same input, same bytes, in any process
    format.write(openers, layout, places, rows, out)      # openers[k]() yields the bytes of fragment k

A format that is not its fragments joined end to end (`Joined`) may open a fragment more than once, so `write` takes
functions that open one: `[partial(storage.chunks, key) for key in keys]`. Of `out` it needs `write` alone.

A fragment may bring lists of its own beside the data: `sanitized` (what the formula guard changed or kept out) and
`errors` (cells that the format cannot hold at all). They are CSV lines made by `formats.lists`, and become files of
these kinds, with one header, when any part has some. `Fragment.rows` are the rows written; with `guard=split` these
are fewer than the part has, and `kept_out` is the rest.

Counters in `Fragment.warnings`, none of them zero:

- guarded_cells: text that got an apostrophe (CSV) or the quote prefix (XLSX)
- replaced_characters: characters the format cannot hold, now U+FFFD
- cut_texts: texts cut at the length a cell can hold
- odd_values: values that do not fit their column's type, written as text
- numbers_as_text, dates_as_text: written as text so that no digit is lost
- not_finite: NaN and infinities, written as null
- undrawn_characters: characters that the font of a PDF does not have
- cut_rows: related rows beyond those that one cell, or the numbered columns, can hold
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

import polars as pl

from dashboard.columns import Column


class CannotHold(ValueError):
    """More than a file of this format can hold, in a sentence for people; no other run would help.

    `check` raises it before anything is written; `fragment` and `write` where only the rows themselves tell.
    """


@dataclass(frozen=True, slots=True)
class Option:
    """A choice people have: `choices` maps a value to its label, the first one is the default.

    With `check`, any other text that it does not refuse with a ValueError will do: `choices` are suggestions.
    """

    key: str
    label: str
    choices: Mapping[str, str]
    check: Callable[[str], None] | None = None

    @property
    def default(self) -> str:
        return next(iter(self.choices))

    def accept(self, value: str) -> None:
        """ValueError, with a sentence, for a value that there is not."""
        if value in self.choices:
            return
        if self.check is None:
            raise ValueError(f"{self.key} is one of {', '.join(self.choices)}, not {value}.")
        self.check(value)


@dataclass(frozen=True, slots=True)
class Related:
    """Where a relation leads: to records of this resource, whose key has these names."""

    resource: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a file that its rows do not say."""

    columns: tuple[Column, ...]
    title: str
    created_at: datetime
    language: str = "en"
    timezone: str = "UTC"
    options: Mapping[str, Any] = field(default_factory=dict)
    resource: str = ""
    key: tuple[str, ...] = ()  # the names of the resource's key; its values are in `columns.key`
    filters: tuple[str, ...] = ()  # in words of the language, one line each
    dry: bool = False  # leave out members without a value, where the format has members
    # The most related rows that one row has, by the path of their column: `line_items.discounts`.
    widths: Mapping[str, int] = field(default_factory=dict)
    related: Mapping[str, Related] = field(default_factory=dict)  # by relation: `customer`, `line_items`


@dataclass(frozen=True, slots=True)
class Lines:
    """The part's own lines of a list, without its header."""

    data: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """One part in one format; `data` holds all that `write` needs to know of it."""

    data: bytes
    rows: int
    warnings: dict[str, int]
    kept_out: int = 0
    lists: Mapping[str, Lines] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part starts: its sheet, and its first row among that sheet's rows of data, both from 0."""

    sheet: int = 0
    row: int = 0


class Out(Protocol):
    def write(self, data: bytes, /) -> object: ...


Opener = Callable[[], Iterable[bytes]]


class Format(ABC):
    key: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    extension: ClassVar[str]
    media_type: ClassVar[str]
    options: ClassVar[tuple[Option, ...]] = ()
    max_columns: ClassVar[int | None] = None
    max_rows: ClassVar[int | None] = None
    is_text: ClassVar[bool] = False  # worth compressing, and may be packed with gzip or ZIP

    @abstractmethod
    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment: ...

    @abstractmethod
    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None: ...

    def place(self, earlier: Sequence[int], rows: int) -> Place:
        """Where a part of `rows` rows starts, after parts that have `earlier` rows."""
        return Place(0, sum(earlier))

    def list_header(self, kind: str, layout: Layout) -> bytes:
        """The first line of a list that fragments bring: `sanitized` or `errors`."""
        raise NotImplementedError(f"{self.label} brings no list of {kind}.")

    def waits_for_all(self, layout: Layout) -> bool:
        """Whether a fragment needs `Layout.widths`, which is known only once all rows are collected."""
        return False

    def check(self, columns: int, rows: int | None = None) -> None:
        """Refuse, with a sentence for people, more than the format can hold."""
        if self.max_columns is not None and columns > self.max_columns:
            raise CannotHold(_too_many(self.label, self.max_columns, "columns", columns))
        if self.max_rows is not None and rows is not None and rows > self.max_rows:
            raise CannotHold(_too_many(self.label, self.max_rows, "rows", rows))

    def settle(self, options: Mapping[str, Any]) -> dict[str, str]:
        """The options with every default filled in; ValueError for one that does not exist."""
        known = {option.key: option for option in self.options}
        for key, value in options.items():
            if key not in known:
                raise ValueError(f"{self.label} has no option {key}.")
            known[key].accept(value)
        return {key: options.get(key, option.default) for key, option in known.items()}


class Joined(Format):
    """A format whose file is a start, its fragments one after the other, and an end."""

    between: ClassVar[bytes] = b""

    @abstractmethod
    def start(self, layout: Layout, rows: int) -> bytes: ...

    def end(self, rows: int) -> bytes:
        return b""

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        out.write(self.start(layout, sum(rows)))
        filled = [opener for opener, count in zip(fragments, rows, strict=True) if count]
        for number, opener in enumerate(filled):
            if number and self.between:
                out.write(self.between)
            for chunk in opener():
                out.write(chunk)
        out.write(self.end(sum(rows)))


def _too_many(label: str, limit: int, things: str, asked: int) -> str:
    return f"{label} can hold at most {limit:,} {things}; this export has {asked:,}."
