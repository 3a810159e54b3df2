"""How many exports a list has, exactly: `find_exports` asks.

What the kept counts know is a sum. Of the rest the smaller side is counted: those that meet the conditions, or those
that do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, func, literal_column, select, text, union

from dashboard.criteria import All, Any, Comparison, Node, Not
from dashboard.database import db
from dashboard.models import Export, User
from dashboard.search.census import Kind, counted, counting, kept, kept_total, kinds, read
from dashboard.search.fields import BY_THE_WAY, EXPORTS, condition, is_tallied, parts
from dashboard.search.filters import Filters, conditions
from dashboard.search.looking import NAMED, phrase
from dashboard.search.months import kinds_in, number_in, span_of

# What few exports have, and what nearly all have; each with an index of the others.
_SELDOM, _USUALLY = ("error_message",), {"fail_count": 0}


def total(user: User, filters: Filters) -> int:
    if filters.is_tallied:
        return kept_total(user, filters)
    known, rest = split(filters)
    span = span_of(user, known, rest) if known else None
    if span:
        return number_in(user, span)
    if known and all(map(is_wide, rest)):
        others = select(func.count()).select_from(Export).where(*_without(user, known, rest))
        # In one statement, so that both numbers are of one moment.
        return db.session.scalar(select(kept(user, known).scalar_subquery() - others.scalar_subquery())) or 0
    if _is_name_alone(user, filters):
        return _named(filters.name_contains)
    return db.session.scalar(counted(user, filters, ())) or 0


def _is_name_alone(user: User, filters: Filters) -> bool:
    alone = Filters(name_contains=filters.name_contains, common=True, is_looked_up=True)
    return db.engine.dialect.name == "sqlite" and user.is_superuser and filters == alone


def total_up_to(user: User, filters: Filters, cap: int) -> int:
    """The same, but where they have to be counted, no more than one beyond the cap."""
    if filters.is_tallied:
        return kept_total(user, filters)
    found = select(Export.id).where(*conditions(user, filters)).limit(cap + 1)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def kinds_of(user: User, filters: Filters, names: Sequence[str]) -> list[Kind]:
    """Each kind of these, by what of it is asked for."""
    known, rest = split(filters)
    if known is None or not rest:
        return kinds(user, filters, names)
    span = span_of(user, known, rest) if "requested_by_id" not in names else None
    if span:
        return kinds_in(user, span, names)
    if all(map(is_wide, rest)):
        others = read(names, counting(_without(user, known, rest), names))
        return [*kinds(user, known, names), *(one._replace(number=-one.number) for one in others)]
    return kinds(user, filters, names)


def _without(user: User, known: Filters, rest: Sequence[Node]) -> list[ColumnElement[bool]]:
    """The few that meet `known`, but not all of the wide conditions `rest`: each has an index to find these by."""
    met = conditions(user, known, of=BY_THE_WAY if db.engine.dialect.name == "sqlite" else EXPORTS)
    if len(rest) == 1:
        return [*met, _negative(rest[0])]
    return [Export.id.in_(union(*(select(Export.id).where(*met, _negative(node)) for node in rest)))]


def _named(wanted: str) -> int:
    """SQLite's table of names has those that can be seen, and no others."""
    found = text(f"SELECT count(*) FROM ({NAMED})")  # noqa: S608 - nothing of anybody's
    return int(db.session.scalar(found, {"wanted": phrase(wanted)}) or 0)


def split(filters: Filters) -> tuple[Filters | None, list[Node]]:
    """The filters that the kept counts know, and what else has to be met; no filters when that cannot be parted."""
    given = parts(filters.where)
    for operator, moment in (("gte", filters.created_from), ("lt", filters.created_to)):
        if moment is not None:
            given.append(Comparison("created_at", operator, moment))
    kept = [node for node in given if is_tallied(node)]
    plain = replace(filters, where=All(tuple(kept)) if kept else None, created_from=None, created_to=None)
    return (plain if plain.is_tallied else None), [node for node in given if not is_tallied(node)]


def is_wide(node: Node) -> bool:
    """Whether most exports are likely to meet it, so that those that do not are fewer."""
    match node:
        case Not():
            return True
        case Any(items=items):
            return all(is_wide(item) for item in items)
        case Comparison(field=field, operator="is_null", value=True) if field in _SELDOM:
            return True
        case Comparison(field=field, operator="eq", value=value) if field in _USUALLY:
            return bool(value == _USUALLY[field])
    return False


def _negative(node: Node) -> ColumnElement[bool]:
    """Exports that do not meet a wide condition, in the words of the index that is made for these."""
    match node:
        case Not():
            return condition(node.item)
        case Any(items=items):
            return and_(*map(_negative, items))
        case Comparison(field=field, operator="is_null"):
            return condition(Comparison(field, "is_null", False))
        case Comparison(field=field):
            column: ColumnElement[int] = EXPORTS.columns[field]
            return column > literal_column(str(_USUALLY[field]))
    raise TypeError(node)
