"""The rows and the trees that test_grammars.py tries the four grammars on: every column type, and awkward values."""

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from dashboard import criteria
from dashboard.criteria import All, Any, Comparison, Not

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
POOLS = {
    "name": ["", "a", "A", "Ab", "aB", "b%a", "a_b", "5", "null", "a,b", "a;b", "1..2", ' "a" ', "a\\", "gte:a", "!a",
             "@a", "é", "日本", "true", "2026-01-05", "a:b", "a.", "[a]"],
    "email": ["ann@example.com", "Ann@Example.com", "bob@example.com", ""],
    "count": [-3, 0, 1, 2, 3, 2**62],
    "total": [Decimal(one) for one in ("-1.25", "0.10", "0.30", "20.00", "20.50", "999999.99")],
    "weight": [-2.0, 0.1, 0.5, 1e10],
    "paid": [True, False],
    "born": [date(2026, 1, 5) + timedelta(days=days) for days in (0, 1, 2, 400)],
    "at": [START + timedelta(hours=hours) for hours in (-9, -1, 0, 15, 39)] + [START + timedelta(microseconds=1)],
    "opens": [time(8), time(8, 30), time(23, 59, 59), time(8, 0, 0, 500_000)],
    "token": [UUID(int=number) for number in (1, 2, 2**100)],
    "extra": [{"a": 1}, {"a": 1.0, "b": None}, {"a": [1, 2, {"c": "x"}]}, {"a": {"c": "x", "d": True}}, {"é\"": "é"},
              {}, [], "a", {"a": True}],
    "photo": [b"", b"\x00\xff"],
}  # fmt: skip
WANTED = [
    {},
    {"a": 1},
    {"a": [2]},
    {"a": [{"c": "x"}, 1]},
    {"a": {"d": True}},
    {"b": None},
    {'é"': "é"},
    {"a": True},
]
TYPES = {
    "id": "integer",
    "name": "text",
    "count": "integer",
    "total": "decimal",
    "weight": "float",
    "paid": "boolean",
    "born": "date",
    "at": "datetime",
    "opens": "time",
    "token": "uuid",
    "extra": "json",
    "photo": "binary",
    "friend_id": "integer",
    "friend.id": "integer",
    "friend.name": "text",
    "friend.email": "text",
}
PARTS = ("contains", "icontains", "starts_with", "istarts_with", "ends_with", "iends_with")


def rows():
    """Forty of them, always the same, keyed by path; some have no friend, and any value may be missing."""
    chance = random.Random(5)
    friends = [{"friend.id": number, "friend.name": None, "friend.email": email}
               for number, email in enumerate((*POOLS["email"], None), 1)]  # fmt: skip
    found = []
    for number in range(1, 41):
        own = {name: chance.choice([*pool, None]) for name, pool in POOLS.items() if name != "email"}
        friend = chance.choice([*friends, dict.fromkeys(friends[0])])
        found.append({"id": number, **own, "friend_id": friend["friend.id"], **friend})
    return found


def pool(field):
    return POOLS.get(field) or POOLS.get(field.removeprefix("friend.")) or [1, 2, 3, 40]


FIELD = st.sampled_from(sorted(TYPES))


def comparisons(fields=FIELD):
    return fields.flatmap(lambda field: st.sampled_from(criteria.allowed_for(TYPES[field])).flatmap(
        lambda operator: st.builds(Comparison, st.just(field), st.just(operator), values(field, operator))
    ))  # fmt: skip


def values(field, operator):
    one = st.sampled_from(pool(field))
    match operator:
        case "is_null":
            return st.booleans()
        case "in" | "not_in":
            return st.lists(one, min_size=1, max_size=3).map(tuple)
        case "between":
            return st.tuples(one, one).map(lambda two: tuple(sorted(two)))
        case "ilike":
            return st.sampled_from(["", "%", "a%", "_", "%\\%%", "a\\\\", "%B", "a!%"])
        case "json_contains":
            return st.sampled_from(WANTED)
        case operator if operator in PARTS:
            return one.filter(bool)
    return one


def conditions():
    """What people ask for: alternatives within a field, or of one kind; negatives with and without NULL."""
    some = comparisons()
    same = FIELD.flatmap(lambda name: st.lists(comparisons(st.just(name)), min_size=2, max_size=3))
    negative = st.one_of(some, same.map(lambda items: Any(tuple(items)))).map(Not)
    filled = some.map(lambda one: All((Not(one), Comparison(one.field, "is_null", False))))
    either = some.flatmap(lambda one: st.sampled_from(_of_type(one.field)).map(
        lambda other: Any((one, Comparison(other, one.operator, one.value)))
    ))  # fmt: skip
    return st.one_of(some, some, same.map(lambda items: Any(tuple(items))), negative, filled, either)


def _of_type(field):
    return [name for name, kind in TYPES.items() if kind == TYPES[field]]


def trees():
    usual = st.lists(conditions(), max_size=3).map(lambda items: All(tuple(items)))
    any_shape = st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=5,
    )
    return st.one_of(usual, usual, any_shape).map(lambda tree: criteria.check(tree, TYPES))


def stored(row, sqlite):
    """A row's own values as a driver takes them."""
    own = {path: value for path, value in row.items() if "." not in path}
    if own["extra"] is not None:
        own["extra"] = json.dumps(own["extra"], ensure_ascii=row["id"] % 2 == 0)
    if sqlite:
        for name in ("born", "at", "opens"):
            own[name] = own[name] and own[name].isoformat()
        own["token"] = own["token"] and str(own["token"])
        own["total"] = None if own["total"] is None else float(own["total"])
    return own
