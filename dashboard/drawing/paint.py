"""Draws the pages: heading, the columns' labels on every page, rows between quiet lines, page x of y."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A3, A4, LETTER, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from dashboard.drawing.fit import Fit, fit, need
from dashboard.drawing.fonts import BOLD, REGULAR, Font
from dashboard.drawing.lines import Widths
from dashboard.drawing.pages import Pages, Slice
from dashboard.drawing.sheet import Sheet

PAPERS = {"A4": A4, "Letter": LETTER, "A3": A3}
_MARGIN = 34.0
_FOOTER_ROOM = 22.0
_TITLE_SIZE, _SMALL, _FOOTER_SIZE = 15.0, 8.5, 7.0
_LEADING = 1.28
_ROW_PADDING = 0.36  # above and below, in units of the type's size
_INK, _GREY = (0.11, 0.12, 0.14), (0.40, 0.43, 0.48)
_RULE, _HAIRLINE = (0.45, 0.48, 0.53), (0.85, 0.86, 0.88)

Row = Sequence[str]
Text = tuple[float, float, str]


class Painter:
    def __init__(self, sheet: Sheet, rows: Sequence[Row], out: IO[bytes]) -> None:
        self.sheet, self.rows = sheet, rows
        fonts = {name: Font(name) for name in (REGULAR, BOLD)}
        for font in fonts.values():
            pdfmetrics.registerFont(font)
        self.regular, self.bold = Widths(fonts[REGULAR]), Widths(fonts[BOLD])
        self.width, self.height = landscape(PAPERS[sheet.paper])
        self.room = self.width - 2 * _MARGIN
        self.canvas = _canvas(sheet, (self.width, self.height), out)
        self.fit = self._fitted()
        size = self.fit.size
        self.leading, self.padding = size * _LEADING, size * _ROW_PADDING
        self.labels = [
            self.bold.lines(heading.label, width)
            for heading, width in zip(sheet.headings, self.fit.widths, strict=True)
        ]
        self.lefts = _lefts(self.fit)

    def paint(self) -> None:
        top = self.height - _MARGIN
        below_heading = top - self._heading_height()
        pages = self._pages(below_heading, top)
        for number, slices in enumerate(pages, 1):
            if number == 1:
                self._heading(top)
            self._page(below_heading if number == 1 else top, slices)
            self._footer(number, len(pages))
            self.canvas.showPage()
        self.canvas.save()

    # -- measures

    def _fitted(self) -> Fit:
        texts: list[Sequence[str]] = list(zip(*self.rows, strict=True)) or [()] * len(self.sheet.headings)
        needs = [
            need(heading.label, column, heading.breaks, self.bold, self.regular)
            for heading, column in zip(self.sheet.headings, texts, strict=True)
        ]
        return fit(needs, self.room)

    def _wrapped(self, row: Row) -> list[list[str]]:
        return [self.regular.lines(cell, width) for cell, width in zip(row, self.fit.widths, strict=True)]

    def _pages(self, first_top: float, top: float) -> list[list[Slice]]:
        below = _MARGIN + _FOOTER_ROOM + self._labels_height()
        pages = Pages(first_top - below, top - below, self.leading, 2 * self.padding)
        return pages.fill(max(map(len, self._wrapped(row))) for row in self.rows)

    def _labels_height(self) -> float:
        return max(map(len, self.labels)) * self.leading + 2.5 * self.padding

    # -- what stands above the table on the first page

    def _title(self) -> list[str]:
        return self.bold.lines(self.sheet.title, self.room / _TITLE_SIZE)

    def _facts(self) -> list[str]:
        texts = [self.sheet.subtitle, *self.sheet.filters]
        return [line for text in texts for line in self.regular.lines(text, self.room / _SMALL)]

    def _heading_height(self) -> float:
        return (len(self._title()) * _TITLE_SIZE + len(self._facts()) * _SMALL) * _LEADING + 12

    def _heading(self, top: float) -> None:
        y = top - _TITLE_SIZE
        y = self._paragraph(self._title(), BOLD, _TITLE_SIZE, _INK, y)
        self._paragraph(self._facts(), REGULAR, _SMALL, _GREY, y + (_TITLE_SIZE - _SMALL) * 0.6)

    def _paragraph(
        self, lines: Sequence[str], font: str, size: float, colour: tuple[float, ...], y: float
    ) -> float:
        """Returns where the next line would stand."""
        starts = [y - number * size * _LEADING for number in range(len(lines) + 1)]
        self._texts(
            [(_MARGIN, at, line) for at, line in zip(starts, lines, strict=False)], font, size, colour
        )
        return starts[-1]

    # -- the table

    def _page(self, top: float, slices: Sequence[Slice]) -> None:
        size = self.fit.size
        y = top - self._labels_height()
        self._texts(self._label_texts(y), BOLD, size, _INK)
        self._rules([y], _RULE, 0.8)
        texts: list[Text] = []
        ends: list[float] = []
        for slice in slices:
            y -= self.padding
            cells = [lines[slice.first : slice.end] for lines in self._wrapped(self.rows[slice.row])]
            texts += self._row_texts(cells, y, self.regular)
            y -= (slice.end - slice.first) * self.leading + self.padding
            ends += [y] if slice.whole else []
        self._texts(texts, REGULAR, size, _INK)
        self._rules(ends, _HAIRLINE, 0.4)

    def _label_texts(self, bottom: float) -> list[Text]:
        """Labels stand on the line below them, however many lines they have."""
        tallest = max(map(len, self.labels))
        cells = [[""] * (tallest - len(lines)) + lines for lines in self.labels]
        return self._row_texts(cells, bottom + tallest * self.leading + self.padding, self.bold)

    def _row_texts(self, cells: Sequence[Sequence[str]], top: float, widths: Widths) -> list[Text]:
        size = self.fit.size
        # The letters' own height, set in the middle of a line's.
        baseline = top - (self.leading + size * 0.72) / 2
        found: list[Text] = []
        for lines, left, room, heading in zip(
            cells, self.lefts, self.fit.widths, self.sheet.headings, strict=True
        ):
            for number, line in enumerate(lines):
                if line:
                    x = left + (room - widths.of(line)) * size if heading.right else left
                    found.append((x, baseline - number * self.leading, line))
        return found

    def _footer(self, number: int, pages: int) -> None:
        text = self.sheet.footer.format(page=number, pages=pages)
        right = self.width - _MARGIN - self.regular.of(text) * _FOOTER_SIZE
        room = (right - _MARGIN) / _FOOTER_SIZE - 2
        title = self.regular.lines(self.sheet.title, room)[0]
        self._texts([(_MARGIN, _MARGIN, title), (right, _MARGIN, text)], REGULAR, _FOOTER_SIZE, _GREY)

    # -- ink

    def _texts(self, texts: Sequence[Text], font: str, size: float, colour: tuple[float, ...]) -> None:
        text = self.canvas.beginText()
        text.setFont(font, size)
        text.setFillColorRGB(*colour)
        for x, y, line in texts:
            text.setTextOrigin(x, y)
            text.textOut(line)
        self.canvas.drawText(text)

    def _rules(self, heights: Sequence[float], colour: tuple[float, ...], width: float) -> None:
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width)
        right = self.lefts[-1] + (self.fit.widths[-1] + self.fit.padding) * self.fit.size
        self.canvas.lines([(_MARGIN, y, right, y) for y in heights])


def _canvas(sheet: Sheet, paper: tuple[float, float], out: IO[bytes]) -> Any:
    # Text encoding of compressed streams, for mail of the last century.
    rl_config.useA85 = 0
    canvas = Canvas(out, paper, pageCompression=1, invariant=1, lang=sheet.language, initialFontName=REGULAR)
    canvas.setTitle(sheet.title)
    canvas.setSubject(sheet.subtitle)
    canvas.setAuthor("")
    canvas.setCreator("Export Centre")
    return canvas


def _lefts(fitted: Fit) -> list[float]:
    """Where each column's text begins; the first stands at the margin."""
    steps = [(one + 2 * fitted.padding) * fitted.size for one, _ in pairwise(fitted.widths)]
    found = [_MARGIN + fitted.padding * fitted.size]
    for step in steps:
        found.append(found[-1] + step)
    return found
