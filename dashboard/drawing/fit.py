"""The size of a table's type and the width of its columns, from what stands in them.

As large as all columns fit beside each other; below that texts wrap between words, then within an address or the like;
at the smallest size words break. Whatever the table, its columns take the room of one page and not more. Widths are in
units of the type's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from dashboard.drawing.lines import Widths
from dashboard.drawing.sheet import Breaks

_LARGE = (8.5, 8.0, 7.5, 7.0, 6.5)
_MEDIUM = (7.5, 7.0, 6.5, 6.0, 5.5)
_SMALL = (6.5, 6.0, 5.5, 5.0)
_PADDING, _WIDE_PADDING, _TIGHT_PADDING = 0.55, 1.4, 0.42  # on either side of a cell
_LONGEST_LINE = 26.0
_LONGEST_WORD = 13.0
_NARROWEST_TEXT = 3.6
_NARROWEST_LABEL = 4.2
_STRETCH = 1.25
# So many of a column's texts decide its width; the few longest may wrap.
_MOST = 0.98


@dataclass(frozen=True, slots=True)
class Need:
    """The widths at which a column's texts stay in one piece, break only between words, or at joints.

    `bare`: the narrowest that is still of use, where labels break for the sake of numbers.
    """

    whole: float
    words: float
    pieces: float
    bare: float


@dataclass(frozen=True, slots=True)
class Fit:
    size: float
    widths: list[float]  # of the text, without the padding
    padding: float


def need(label: str, texts: Sequence[str], breaks: Breaks, bold: Widths, regular: Widths) -> Need:
    word, line = bold.longest_word(label), bold.of(label)
    # A long heading looks well in two lines.
    heading = max(word, min(line, max(10.0, line * 0.55)))
    least = max(min(word, _LONGEST_WORD), _NARROWEST_TEXT)
    bare = max(min(word, _NARROWEST_LABEL), _NARROWEST_TEXT)
    natural = [regular.natural(text) for text in texts]
    if breaks == "never":
        widest = max(natural, default=0.0)
        return Need(max(heading, widest), max(least, widest), max(least, widest), max(bare, widest))
    whole = max(heading, least, min(_most(natural), _LONGEST_LINE))
    longest = natural if breaks == "late" else [regular.longest_word(text) for text in texts]
    words = max(least, min(_most(longest), _LONGEST_LINE))
    pieces = max(least, min(_most([regular.longest_piece(text) for text in texts]), _LONGEST_WORD))
    return Need(max(whole, words), max(words, pieces), pieces, bare)


def fit(needs: Sequence[Need], room: float) -> Fit:
    whole, words, pieces, bare = zip(*map(astuple, needs), strict=True)
    for size in _LARGE:
        if sum(whole) + 2 * _PADDING * len(needs) <= room / size:
            return _stretched(size, whole, room / size)
    plans = (_MEDIUM, _PADDING, words, whole), (_SMALL, _TIGHT_PADDING, pieces, words)
    for sizes, padding, least, wish in plans:
        for size in sizes:
            left = room / size - 2 * padding * len(needs)
            if sum(least) <= left:
                return Fit(size, _grown(least, wish, left), padding)
    left = room / _SMALL[-1] - 2 * _TIGHT_PADDING * len(needs)
    return Fit(_SMALL[-1], _squeezed(bare, pieces, left), _TIGHT_PADDING)


def _stretched(size: float, widths: Sequence[float], room: float) -> Fit:
    """Wider, so that the table fills the page, but not so wide that a row falls apart."""
    padding = min(_WIDE_PADDING, (room - sum(widths)) / (2 * len(widths)))
    factor = min(_STRETCH, (room - 2 * padding * len(widths)) / sum(widths))
    return Fit(size, [width * factor for width in widths], padding)


def _grown(least: Sequence[float], wish: Sequence[float], room: float) -> list[float]:
    missing = sum(wish) - sum(least)
    share = min(1.0, (room - sum(least)) / missing) if missing else 0.0
    return [low + (high - low) * share for low, high in zip(least, wish, strict=True)]


def _squeezed(bare: Sequence[float], pieces: Sequence[float], room: float) -> list[float]:
    """The widest give first, and numbers only where texts have given all they can."""
    if sum(bare) <= room:
        return _grown(bare, pieces, room)
    cap = _cap(bare, room)
    return [min(width, cap) for width in bare]


def _cap(widths: Sequence[float], room: float) -> float:
    """The width that no column may pass, so that all of them together take the room."""
    left = room
    for taken, width in enumerate(sorted(widths)):
        share = left / (len(widths) - taken)
        if width > share:
            return share
        left -= width
    return max(widths)


def _most(widths: Sequence[float]) -> float:
    return sorted(widths)[int((len(widths) - 1) * _MOST)] if widths else 0.0
