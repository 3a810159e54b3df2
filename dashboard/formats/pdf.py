"""PDF: a table on landscape pages, for reading and printing.

Texts are the rows' own, as far as the font has their characters (`drawing.fonts`); a box stands for each that it has
not. Text that runs from right to left is out of scope: its characters count among those. A cell shows 2,000
characters at most. Fragments hold prepared texts; the pages, whose number each of them names, are drawn at the end, in
a process that may take only so much memory and time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from dashboard.columns import Column
from dashboard.drawing import child
from dashboard.drawing.fonts import BOLD, REGULAR
from dashboard.drawing.sheet import CELL, Breaks, Heading, Sheet, joined
from dashboard.formats.base import CannotHold, Format, Fragment, Layout, Opener, Option, Out, Place
from dashboard.formats.nested import NESTED, flat, flat_columns, flattens
from dashboard.formats.pdf_texts import FILTER_LENGTH, LABEL_LENGTH, TITLE_LENGTH, cell_texts, line, spoken
from dashboard.guard import well_formed
from dashboard.languages import moment, plural, word

_FILTERS = 10
_NUMBERS = {"integer", "decimal", "float"}
_BREAKS: dict[str, Breaks] = {
    **dict.fromkeys([*_NUMBERS, "boolean", "date", "time", "binary"], "never"),
    "datetime": "late",
}


class Pdf(Format):
    key = "pdf"
    label = "PDF"
    description = "Pages to read and to print, up to 20,000 rows and 30 columns"
    extension = "pdf"
    media_type = "application/pdf"
    max_columns = 30
    max_rows = 20_000
    options = (Option("paper", "Paper", {"A4": "A4", "Letter": "US Letter", "A3": "A3"}), NESTED)

    def waits_for_all(self, layout: Layout) -> bool:
        return flattens(layout)

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        columns = flat_columns(layout)
        self.check(len(columns), place.row + frame.height)
        if not frame.height:
            return Fragment(b"", 0, {})
        warnings: Counter[str] = Counter()
        if not place.row:
            # What the pages say besides the rows changes once, with the first of them.
            _sheet(layout, columns, frame.height, warnings)
        cells = flat(frame, layout, warnings)
        texts = cell_texts(cells, columns, spoken(layout.language), layout.timezone, warnings)
        rows = pl.select(pl.concat_str([pl.lit(one) for one in texts], separator=CELL)).to_series()
        return Fragment(joined(rows), frame.height, {key: count for key, count in warnings.items() if count})

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        columns = flat_columns(layout)
        self.check(len(columns), sum(rows))
        sheet = _sheet(layout, columns, sum(rows), Counter())
        try:
            for chunk in child.draw(sheet, _opened(fragments), layout.created_at):
                out.write(chunk)
        except child.TooMuch:
            raise CannotHold(f"{sum(rows):,} rows with so much text are too much for one PDF.") from None


def _opened(fragments: Sequence[Opener]) -> Iterator[bytes]:
    for opener in fragments:
        yield from opener()


def _sheet(layout: Layout, columns: Sequence[Column], rows: int, warnings: Counter[str]) -> Sheet:
    language = spoken(layout.language)
    return Sheet(
        paper=layout.options.get("paper", "A4"),
        title=_line(layout.title, TITLE_LENGTH, BOLD, warnings),
        subtitle=_line(_subtitle(layout, language, rows), TITLE_LENGTH, REGULAR, warnings),
        filters=tuple(_filters(layout, language, warnings)),
        footer=word(language, "Page {n} of {m}", n="{page}", m="{pages}"),
        language=language,
        headings=tuple(_heading(column, layout.timezone, warnings) for column in columns),
    )


def _filters(layout: Layout, language: str, warnings: Counter[str]) -> Iterator[str]:
    """As many as leave room for the table."""
    for words in layout.filters[:_FILTERS] or [word(language, "No filters")]:
        yield _line(words, FILTER_LENGTH, REGULAR, warnings)
    if len(layout.filters) > _FILTERS:
        warnings["cut_texts"] += len(layout.filters) - _FILTERS
        yield "…"


def _subtitle(layout: Layout, language: str, rows: int) -> str:
    created = f"{moment(language, layout.created_at, layout.timezone)} ({layout.timezone})"
    return f"{plural(language, '{n} row', '{n} rows', rows)} · {word(language, 'Created {moment}', moment=created)}"


def _heading(column: Column, zone: str, warnings: Counter[str]) -> Heading:
    """Over clock times it names the zone, which the cells do not."""
    label = f"{column.label} ({zone})" if column.type == "datetime" else column.label
    text = _line(label, LABEL_LENGTH, BOLD, warnings)
    return Heading(text, column.type in _NUMBERS, _BREAKS.get(column.type, "freely"))


def _line(text: str, length: int, face: str, warnings: Counter[str]) -> str:
    return line(well_formed(text), length, face, warnings)
