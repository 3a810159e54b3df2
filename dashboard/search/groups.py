"""Sort keys that have few values, as the groups of exports that have each: `ordering` reads the list from these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from dashboard.criteria import Comparison, Node
from dashboard.database import db
from dashboard.models import STATUSES, User
from dashboard.search.census import Kind
from dashboard.search.fields import condition


class Group(NamedTuple):
    node: Node
    number: int
    of_one: str = ""  # "status" or "requester" when all are of one
    keys: tuple[str, ...] = ()  # what they are sorted by, before the other keys of the list

    @property
    def condition(self) -> ColumnElement[bool]:
        return condition(self.node)


def _is(field: str, value: Any) -> Node:
    return Comparison(field, "eq", value)


def _sums(pairs: Iterable[tuple[Any, int]]) -> list[tuple[Any, int]]:
    sums: dict[Any, int] = {}
    for value, number in pairs:
        sums[value] = sums.get(value, 0) + number
    return sorted(sums.items())


def _statuses(kinds: list[Kind]) -> list[Group]:
    sums = _sums((STATUSES.index(kind.status), kind.number) for kind in kinds)
    return [Group(_is("status", STATUSES[place]), number, "status") for place, number in sums]


def _by(value: Callable[[Kind], str], field: str) -> Callable[[list[Kind]], list[Group]]:
    def groups(kinds: list[Kind]) -> list[Group]:
        return [
            Group(_is(field, one), number)
            for one, number in _sums((value(kind), kind.number) for kind in kinds)
        ]

    return groups


def _actions(kinds: list[Kind]) -> list[Group]:
    sums = _sums((kind.action_name or "", kind.number) for kind in kinds if kind.action_name)
    without = sum(kind.number for kind in kinds if not kind.action_name)
    named = [Group(_is("action_name", name), number, "action") for name, number in sums]
    return [Group(Comparison("action_name", "is_null", True), without, "action"), *named]


def _with_file(kinds: list[Kind]) -> list[Group]:
    sums = _sums((kind.has_file, kind.number) for kind in kinds)
    return [Group(_is("has_file", there), number) for there, number in sums]


def _requesters(kinds: list[Kind]) -> list[Group]:
    """By name; people of the same name are one group."""
    sums = dict(_sums((kind.requested_by_id, kind.number) for kind in kinds))
    named: dict[str, list[int]] = {}
    for id, name in db.session.execute(select(User.id, User.name).where(User.id.in_(sums))):
        named.setdefault(name.lower(), []).append(id)
    return [_of_people(ids, sum(sums[id] for id in ids)) for _, ids in sorted(named.items())]


def _of_people(ids: list[int], number: int) -> Group:
    if len(ids) == 1:
        return Group(_is("requester_id", ids[0]), number, "requester")
    return Group(Comparison("requester_id", "in", tuple(ids)), number)


def _ended_as(status: str) -> Callable[[list[Kind]], list[Group]]:
    """Those that ended so, by when, and the others, who have no such moment."""

    def groups(kinds: list[Kind]) -> list[Group]:
        ended = sum(kind.number for kind in kinds if kind.status == status)
        others = sum(kind.number for kind in kinds) - ended
        return [
            Group(_is("status", status), ended, "status", ("ended_at",)),
            Group(Comparison("status", "ne", status), others),
        ]

    return groups


# Sort key -> what of a kind it looks at, and the groups of these.
GROUPS: dict[str, tuple[tuple[str, ...], Callable[[list[Kind]], list[Group]]]] = {
    "status": (("status",), _statuses),
    "resource": (("resource",), _by(lambda kind: kind.resource, "resource")),
    "format": (("format",), _by(lambda kind: kind.format, "format")),
    "action_name": (("action_name",), _actions),
    "has_file": (("status", "expired"), _with_file),
    "requester": (("requested_by_id",), _requesters),
    "completed_at": (("status",), _ended_as("completed")),
    "interrupted_at": (("status",), _ended_as("cancelled")),
}
