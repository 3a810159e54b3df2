"""Names and ids that have a text: by its trigrams (models/lookups.py), the rare ones alone where that is sooner.

To find a text by its trigrams is to read where each of them is, and a common one is in every name. So a piece of the
text may be looked for whose trigrams few names have, and the rest of it in the names that have this piece. Which
trigrams are rare, some of the names tell. `looking` and `totals` ask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, column, func, or_, select, text

from dashboard.database import db
from dashboard.models import Export
from dashboard.models.indexes import THERE
from dashboard.search.fields import among
from dashboard.search.filters import containing, contains_by_reading

NAMES = text("SELECT rowid FROM export_names WHERE export_names MATCH :wanted")
COLUMNS = {"name": Export.name, "public_id": Export.public_id}
LENGTH = 3  # of a trigram
LONGEST = 6  # trigrams of a piece
SOME = 128  # names that tell which trigrams are rare
# What it takes (in µs) to read one entry of a trigram, and to look at one name.
ENTRY, LOOK = 0.012, 2.0
_WORD = re.compile(r"[^\W_]+")


class Piece(NamedTuple):
    text: str
    cost: float  # in µs, for each export that there is
    share: float  # of the exports, which are found by it at most


def having(wanted: str, fields: Sequence[str], columns: Sequence[Any] = (Export.id,)) -> Select[Any]:
    """`columns` of the exports that have this text in any of these fields."""
    piece = rarest(wanted).text
    if db.engine.dialect.name == "sqlite":
        if piece == wanted and len(columns) == 1:
            return having_all(wanted, fields)
        found: ColumnElement[bool] = Export.id.in_(having_all(piece, fields))
    else:
        found = or_(*(containing(piece, COLUMNS[name]) for name in fields))
    named = select(*columns).where(THERE, found)
    if piece == wanted:
        return named
    return named.where(or_(*(contains_by_reading(wanted, COLUMNS[name]) for name in fields)))


def having_all(wanted: str, fields: Sequence[str]) -> Select[Any]:
    """The same by all of its trigrams, on SQLite, whose table of names has those alone that were not deleted."""
    quoted = wanted.replace('"', '""')
    phrase = f'{{{" ".join(fields)}}} : "{quoted}"'
    rows = NAMES.bindparams(bindparam("wanted", phrase, unique=True)).columns(column("rowid", Integer))
    return select(rows.subquery().c.rowid)


def rarest(wanted: str) -> Piece:
    """The piece that is found soonest; the whole text when no piece is."""
    _, texts = _some()
    shares = _Shares(texts)
    best = Piece(wanted, *shares.of_all(wanted))
    places = range(len(wanted) - LENGTH + 1) if wanted.isascii() else ()
    for first in places:
        for last in range(first + LENGTH, min(len(wanted), first + LENGTH + LONGEST - 1) + 1):
            piece = wanted[first:last]
            cost, rare = shares.of_piece(piece)
            if cost < best.cost:
                best = Piece(piece, cost, rare)
    return best


def is_common(wanted: str, few: int) -> bool:
    """Whether many more than a few have it, as far as some tell: nobody has to look it up to know."""
    last, texts = _some()
    return last > 4 * few and _share(wanted, texts) > 0.25


def _some() -> tuple[int, list[str]]:
    """The highest number, and names and ids of some exports that lie far from each other; read once a session."""
    known: dict[str, tuple[int, list[str]]] = db.session.info
    if "some names" not in known:
        known["some names"] = _read_some()
    return known["some names"]


def _read_some() -> tuple[int, list[str]]:
    last = db.session.scalar(select(func.max(Export.id))) or 0
    some = [1 + last * place // SOME for place in range(SOME)]
    rows = db.session.execute(select(Export.name, Export.public_id).where(among(some)))
    return last, [f"{name}\n{id}".lower() for name, id in rows]


def _share(wanted: str, texts: Sequence[str]) -> float:
    return sum(wanted.lower() in one for one in texts) / max(1, len(texts))


class _Shares:
    """How many of all names and ids have some trigrams, between 0 and 1, as far as some texts tell."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.is_of_words = db.engine.dialect.name != "sqlite"
        self.texts = [_padded(one) for one in texts] if self.is_of_words else texts
        self.having: dict[str, int] = {}

    def of_all(self, wanted: str) -> tuple[float, float]:
        """What it costs to find those that have the whole text, and how many these are at most."""
        if self.is_of_words:
            return self.of_piece(wanted)
        shares = [self._share(self._having(one)) for one in self._trigrams(wanted)]
        return ENTRY * sum(shares), min(shares, default=1.0)

    def of_piece(self, piece: str) -> tuple[float, float]:
        having = [self._having(one) for one in self._trigrams(piece)]
        shares = [self._share(one) for one in having]
        rare = min(shares, default=1.0)
        # Of those that have one trigram, so many have the next one too, as far as one can guess.
        looked_at = rare / 2 ** max(0, len(having) - 1)
        if self.is_of_words:
            # Each export that has all of them, wherever in its name they are.
            every = reduce(and_, having, (1 << len(self.texts)) - 1)
            rare = min(rare, self._share(every))
            looked_at = max(looked_at, every.bit_count() / max(1, len(self.texts)))
        else:
            looked_at = max(looked_at, _share(piece, self.texts))
        return ENTRY * sum(shares) + LOOK * looked_at, rare

    def _trigrams(self, text: str) -> list[str]:
        parts = _in_words(text) if self.is_of_words else [text]
        return [one[at : at + LENGTH] for one in parts for at in range(len(one) - LENGTH + 1)]

    def _having(self, trigram: str) -> int:
        """A bit for each of the texts: whether it has this one."""
        if trigram not in self.having:
            one = trigram.lower()
            self.having[trigram] = sum((one in text) << place for place, text in enumerate(self.texts))
        return self.having[trigram]

    def _share(self, having: int) -> float:
        # As rare as can be is not as rare as nothing: of two pieces that no name has, the shorter is read sooner.
        return max(0.001, having.bit_count() / max(1, len(self.texts)))


def _padded(text: str) -> str:
    """PostgreSQL knows trigrams of words alone, with two spaces before each and one behind it."""
    return "".join(f"  {word} " for word in _WORD.findall(text.lower()))


def _in_words(part: str) -> list[str]:
    """What is known of the words of a part of a text, whose first and last word may go on."""
    return [
        ("  " if word.start() else "") + word[0] + (" " if word.end() < len(part) else "")
        for word in _WORD.finditer(part.lower())
    ]
