"""Names and ids that have a text: by its trigrams (models/lookups.py), the rare ones alone where that is sooner.

To find a text by its trigrams is to read where each of them is, and a common one is in every name. So a piece of the
text may be looked for whose trigrams few names have, and the rest of it in the names that have this piece. Which
trigrams are rare, some of the names tell. `looking` and `totals` ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
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


class Piece(NamedTuple):
    text: str
    cost: float  # in µs, for each export that there is
    share: float  # of the exports, which have it at most


def having(wanted: str, fields: Sequence[str]) -> Select[Any]:
    """The exports that have this text in any of these fields."""
    piece = rarest(wanted).text
    if db.engine.dialect.name == "sqlite":
        if piece == wanted:
            return having_all(wanted, fields)
        found: ColumnElement[bool] = Export.id.in_(having_all(piece, fields))
    else:
        found = or_(*(containing(piece, COLUMNS[name]) for name in fields))
        if piece == wanted:
            return select(Export.id).where(THERE, found)
    met = or_(*(contains_by_reading(wanted, COLUMNS[name]) for name in fields))
    return select(Export.id).where(THERE, found, met)


def having_all(wanted: str, fields: Sequence[str]) -> Select[Any]:
    """The same by all of its trigrams, on SQLite, whose table of names has those alone that were not deleted."""
    quoted = wanted.replace('"', '""')
    phrase = f'{{{" ".join(fields)}}} : "{quoted}"'
    rows = NAMES.bindparams(bindparam("wanted", phrase, unique=True)).columns(column("rowid", Integer))
    return select(rows.subquery().c.rowid)


def rarest(wanted: str) -> Piece:
    """The piece that is found soonest; the whole text when no piece is."""
    trigrams = [wanted[at : at + LENGTH] for at in range(len(wanted) - LENGTH + 1)]
    _, texts = _some()
    shares = _shares(trigrams, texts)
    before = [0.0, *accumulate(shares)]
    best = Piece(wanted, ENTRY * before[-1], min(shares, default=1.0))
    for first in range(len(trigrams) if wanted.isascii() else 0):
        rare, both = 1.0, 2.0
        for last in range(first, min(len(trigrams), first + LONGEST)):
            # Of those that have one trigram, so many have the next one too, as far as one can guess.
            rare, both = min(rare, shares[last]), both / 2
            piece = wanted[first : last + LENGTH]
            share = max(rare * both, _share(piece, texts))
            cost = ENTRY * (before[last + 1] - before[first]) + LOOK * share
            if cost < best.cost:
                best = Piece(piece, cost, rare)
    return best


def is_common(wanted: str, few: int) -> bool:
    """Whether many more than a few have it, as far as some tell: nobody has to look it up to know."""
    last, texts = _some()
    return last > 4 * few and _share(wanted, texts) > 0.25


def _some() -> tuple[int, list[str]]:
    """The highest number, and names and ids of some exports that lie far from each other."""
    last = db.session.scalar(select(func.max(Export.id))) or 0
    some = [1 + last * place // SOME for place in range(SOME)]
    rows = db.session.execute(select(Export.name, Export.public_id).where(among(some)))
    return last, [f"{name}\n{id}".lower() for name, id in rows]


def _share(wanted: str, texts: Sequence[str]) -> float:
    return sum(wanted.lower() in one for one in texts) / max(1, len(texts))


def _shares(trigrams: Sequence[str], texts: Sequence[str]) -> list[float]:
    """How many of all names and ids have each, between 0 and 1."""
    # As rare as can be is not as rare as nothing: of two pieces that no name has, the shorter is read sooner.
    return [max(0.001, _share(one, texts)) for one in trigrams]
