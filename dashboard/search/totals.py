"""How many exports a list has, exactly: `find_exports` asks.

What the kept counts know is a sum. Of the rest the smaller side is counted: those that meet the conditions, or those
that do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, literal_column, not_, select

from dashboard.criteria import All, Any, Comparison, Node, Not
from dashboard.database import db
from dashboard.models import Event, Export, User
from dashboard.search.census import Kind, counted, counting, grouped, hinted, kept, kept_total, kinds, read
from dashboard.search.fields import BY_THE_WAY, EVENTS, EXPORTS, condition, is_tallied, of_events, parts
from dashboard.search.filters import Filters, among_found, conditions
from dashboard.search.months import kinds_in, number_in, span_of
from dashboard.search.pieces import having_all
from dashboard.search.stretches import number_of

Conditions = list[ColumnElement[bool]]
# What few exports have, and what nearly all have; each with an index of the others.
_SELDOM, _USUALLY = ("error_message",), {"fail_count": 0}


def total(user: User, filters: Filters) -> int:
    if filters.is_tallied:
        return kept_total(user, filters)
    if filters.ids is not None and is_of_ids_alone(user, filters):
        return len(filters.ids)
    if (few := among_found(user, filters)) is not None:
        return len(few)
    known, rest = split(filters)
    number = _by_kept_counts(user, known, rest) if known else None
    if number is not None:
        return number
    if _is_name_alone(user, filters):
        return _named(filters.name_contains)
    return db.session.scalar(counted(user, filters, ())) or 0


def _by_kept_counts(user: User, known: Filters, rest: Sequence[Node]) -> int | None:
    """What the kept counts tell, with a look at few exports at most; nothing where that would not do."""
    if span := span_of(user, known, rest):
        return number_in(user, span)
    in_stretches = number_of(known, rest) if user.is_superuser else None
    if in_stretches is not None:
        return db.session.scalar(in_stretches) or 0
    # In one statement, so that all numbers are of one moment.
    if all(map(is_wide, rest)):
        number: ColumnElement[int] = kept(user, known).scalar_subquery()
        for others in _without(user, known, rest):
            number = number - _count(others)
        return db.session.scalar(select(number)) or 0
    if either := _either(rest):
        numbers = [_count(one) for one in _one_by_one(user, known, either)]
        return db.session.scalar(select(reduce(add, numbers))) or 0
    if user.is_superuser and known == Filters(is_looked_up=True) and len(rest) == 1:
        (node,) = rest
        return _having_events(node) if isinstance(node, Comparison) and node.field in EVENTS else None
    return None


def _having_events(node: Comparison) -> int:
    """All that have one, but for the few of these that were deleted: nobody has to look at the others."""
    met = of_events(node)
    every = select(func.count()).select_from(met.group_by(grouped(Event.export_id)).subquery())
    gone = select(func.count()).select_from(Export).where(Export.deleted_at.is_not(None), Export.id.in_(met))
    numbers = (every, hinted(gone, "ix_exports_deleted"))
    return db.session.scalar(select(numbers[0].scalar_subquery() - numbers[1].scalar_subquery())) or 0


def is_of_ids_alone(user: User, filters: Filters) -> bool:
    return user.is_superuser and filters == Filters(ids=filters.ids, is_looked_up=True)


def _is_name_alone(user: User, filters: Filters) -> bool:
    alone = Filters(name_contains=filters.name_contains, common=True, is_looked_up=True)
    return db.engine.dialect.name == "sqlite" and user.is_superuser and filters == alone


def total_up_to(user: User, filters: Filters, cap: int) -> int:
    """The same, but where they have to be counted, no more than one beyond the cap."""
    if filters.is_tallied:
        return kept_total(user, filters)
    few = among_found(user, filters)
    if few is not None:
        return min(cap + 1, len(few))
    if filters.ids is not None and (len(filters.ids) <= cap or is_of_ids_alone(user, filters)):
        return min(cap + 1, total(user, filters))
    found = hinted(select(Export.id), "ix_exports_kept_created" if filters.of_kept else "")
    found = found.where(*conditions(user, filters, reading_all=filters.of_kept)).limit(cap + 1)
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
        others = [kind for one in _without(user, known, rest) for kind in read(names, counting(one, names))]
        return [*kinds(user, known, names), *(one._replace(number=-one.number) for one in others)]
    if either := _either(rest):
        each = _one_by_one(user, known, either)
        return [kind for one in each for kind in read(names, counting(one, names))]
    return kinds(user, filters, names)


def _count(met: Conditions) -> ScalarSelect[int]:
    return select(func.count()).select_from(Export).where(*met).scalar_subquery()


def _without(user: User, known: Filters, rest: Sequence[Node]) -> list[Conditions]:
    """The few that meet `known`, but not all of the wide conditions `rest`."""
    return _disjoint(user, known, [(_negative(node), condition(node)) for node in rest])


def _one_by_one(user: User, known: Filters, either: Sequence[Node]) -> list[Conditions]:
    """Those that meet `known` and any of some conditions that few meet."""
    return _disjoint(user, known, [(condition(node), not_(condition(node))) for node in either])


def _disjoint(
    user: User, known: Filters, met: Sequence[tuple[ColumnElement[bool], ColumnElement[bool]]]
) -> list[Conditions]:
    """Each export at the first condition that it meets: each has an index to find these by."""
    given = conditions(user, known, of=BY_THE_WAY if db.engine.dialect.name == "sqlite" else EXPORTS)
    return [[*given, one, *(other for _, other in met[:place])] for place, (one, _) in enumerate(met)]


def _either(rest: Sequence[Node]) -> tuple[Node, ...]:
    """The conditions of which any has to be met, when few exports meet each."""
    if len(rest) == 1 and isinstance(rest[0], Any) and all(map(_is_narrow, rest[0].items)):
        return rest[0].items
    return ()


def _is_narrow(node: Node) -> bool:
    match node:
        case Comparison(field=field, operator="is_null", value=False) if field in _SELDOM:
            return True
        case Comparison(field=field, operator="gt", value=value) if field in _USUALLY:
            return bool(value == _USUALLY[field])
    return False


def _named(wanted: str) -> int:
    """SQLite's table of names has those that can be seen, and no others."""
    return db.session.scalar(select(func.count()).select_from(having_all(wanted, ("name",)).subquery())) or 0


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
