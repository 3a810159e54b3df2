"""Every list, sorted and filtered in any way and read from any page, is what a plain sort in Python gives.

Once by each way there is to read it: from the index of the sort key, gathered and sorted, from the month, by name.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from operator import attrgetter

import pytest
from sqlalchemy import func, select

from dashboard import search
from dashboard.criteria import All, Any, Comparison, Not
from dashboard.database import db
from dashboard.models import STATUSES, Export, MonthTally, Stretch, Tally
from dashboard.models.tally import STRETCH
from dashboard.search import Filters, find_exports, ordering, pieces
from dashboard.search import looking as names
from tests.factories import make_user

START = datetime(2026, 1, 20, tzinfo=UTC)
NUMBER, PER = 80, 11


def where(*conditions):
    return Filters(where=All(conditions))


def created(operator, days):
    return Comparison("created_at", operator, START + timedelta(days=days))


# Filters, and the same in Python.
FILTERS = {
    "all": (Filters(), lambda e: True),
    "statuses": (Filters(statuses=("completed", "failed")), lambda e: e.status in ("completed", "failed")),
    "expired": (Filters(expired=True), lambda e: e.expired_at is not None),
    "person": (where(Comparison("requested_by", "eq", "first")), lambda e: e.requested_by.uuid == "first"),
    "nobody": (where(Comparison("requested_by", "eq", "x")), lambda e: False),
    "not csv": (where(Not(Comparison("format", "eq", "csv"))), lambda e: e.format != "csv"),
    "from": (where(created("gt", 40)), lambda e: e.created_at > START + timedelta(days=40)),
    "until": (
        where(created("lte", 100), Comparison("format", "eq", "csv")),
        lambda e: e.created_at <= START + timedelta(days=100) and e.format == "csv",
    ),
    "span": (
        Filters(created_from=START + timedelta(days=9), created_to=START + timedelta(days=130)),
        lambda e: START + timedelta(days=9) <= e.created_at < START + timedelta(days=130),
    ),
    "short": (
        where(created("gte", 42), created("lt", 44), created("gte", 41)),
        lambda e: START + timedelta(days=42) <= e.created_at < START + timedelta(days=44),
    ),
    "updated": (
        where(
            Comparison("updated_at", "gte", START + timedelta(days=60)),
            Comparison("resource", "eq", "orders"),
        ),
        lambda e: e.updated_at >= START + timedelta(days=60) and e.resource == "orders",
    ),
    "no error": (where(Comparison("error_message", "is_null", True)), lambda e: e.error_message is None),
    "none failed": (where(Comparison("fail_count", "eq", 0)), lambda e: e.fail_count == 0),
    "an error or a failure": (
        where(Any((Comparison("error_message", "is_null", False), Comparison("fail_count", "gt", 0)))),
        lambda e: e.error_message is not None or e.fail_count > 0,
    ),
    "neither": (
        where(Comparison("error_message", "is_null", True), Comparison("fail_count", "eq", 0)),
        lambda e: e.error_message is None and e.fail_count == 0,
    ),
    "kept": (Filters(expired=False), lambda e: e.expired_at is None),
    "kept, not old": (
        Filters(
            expired=False,
            where=All(
                (
                    Not(created("lt", 20)),
                    Not(All((Comparison("dialect", "eq", "packagex"), Comparison("ended_at", "lte", START)))),
                )
            ),
        ),
        lambda e: e.expired_at is None and e.created_at >= START + timedelta(days=20),
    ),
    "kept and named": (
        Filters(name_contains="Name 2", expired=False),
        lambda e: e.expired_at is None and "name 2" in e.name.lower(),
    ),
    "kept, named and failed": (
        Filters(q="ame 1", expired=False, statuses=("failed", "completed")),
        lambda e: e.expired_at is None and "ame 1" in e.name.lower() and e.status in ("failed", "completed"),
    ),
    "name or id": (
        where(Any((Comparison("name", "icontains", "me 1"), Comparison("public_id", "icontains", "me 1")))),
        lambda e: "me 1" in e.name.lower() or "me 1" in e.public_id.lower(),
    ),
    "no reference": (where(Comparison("reference", "is_null", True)), lambda e: e.reference is None),
    "a reference": (where(Comparison("reference", "is_null", False)), lambda e: e.reference is not None),
    "not begun": (where(Comparison("started_at", "is_null", True)), lambda e: e.started_at is None),
    "reference": (where(Comparison("reference", "istarts_with", "a")), lambda e: e.reference == "A"),
    "another reference": (where(Comparison("reference", "ne", "A")), lambda e: e.reference != "A"),
    "interrupted": (
        where(Comparison("interrupted_at", "is_null", False)),
        lambda e: e.status == "cancelled" and e.ended_at is not None,
    ),
    "wide": (where(Not(Comparison("total_count", "gt", 2))), lambda e: (e.total_count or 0) <= 2),
    "either": (
        where(Any((Comparison("status", "eq", "running"), created("lt", 30)))),
        lambda e: e.status == "running" or e.created_at < START + timedelta(days=30),
    ),
    "file": (where(Comparison("has_file", "eq", True)), lambda e: e.has_file),
    "name": (Filters(name_contains="NAME 1"), lambda e: "name 1" in e.name.lower()),
    "named and failed": (
        Filters(name_contains="name", statuses=("failed",)),
        lambda e: "name" in e.name.lower() and e.status == "failed",
    ),
    "q": (Filters(q="ame 2"), lambda e: "ame 2" in e.name.lower()),
}
ENDS = {"completed_at": "completed", "interrupted_at": "cancelled"}
VALUES = {
    "status": lambda e: STATUSES.index(e.status),
    "name": lambda e: e.name.lower(),
    "rows": lambda e: e.collected_count,
    "size": lambda e: e.result_size or 0,
    "total_count": lambda e: e.total_count or 0,
    "requester": lambda e: e.requested_by.name.lower(),
    "requester_id": lambda e: e.requested_by_id,
    "created": lambda e: e.created_at,
    "part_count": lambda e: e.part_count,
    "scheduled_time": lambda e: e.scheduled_at or e.created_at,
    "action_name": lambda e: e.action_name or "",
    "asked_format": lambda e: None,
    **{
        name: lambda e, status=status: e.ended_at if e.status == status else None
        for name, status in ENDS.items()
    },
}
SORTS = (
    ("-created_at",), ("created",), ("-updated_at",), ("-created_at", "letters"), ("updated_at", "-name"), ("status",),
    ("-status", "-created_at"), ("-resource",), ("format", "reference"), ("action_name",), ("has_file", "-total_count"),
    ("requester",), ("-requester", "name"), ("-completed_at",), ("interrupted_at", "reference"), ("reference",),
    ("-reference", "reference_origin"), ("-part_count", "rows"), ("name",), ("-size",), ("started_at", "letters"),
    ("scheduled_time",), ("-public_id",), ("letters",), ("-letters", "name"), ("-total_count",), ("-started_at",),
    ("collected_count",), ("-reference_origin",), ("started_at",), ("reference", "-completed_at"), ("completed_at",),
    ("id",), (), ("total_count", "created_at"), ("-part_count", "-created_at"),
    ("updated_at", "created_at"), ("-total_count", "created_at"),
)  # fmt: skip


@pytest.fixture
def exports(app, superuser):
    """Many, of all kinds, some of them deleted."""
    people = [
        make_user(uuid=uuid, name=name)
        for uuid, name in (("first", "Bo"), ("second", "bo"), ("third", "Ada"))
    ]
    chance = random.Random(11)
    db.session.add_all([one(chance, people, 1 + 5_000 * place) for place in range(NUMBER)])
    db.session.commit()
    return list(db.session.scalars(select(Export).where(Export.deleted_at.is_(None))))


def one(chance, people, id):
    at = START + timedelta(days=chance.randrange(150), seconds=chance.randrange(3))
    status = chance.choice(STATUSES)
    ended = at + timedelta(hours=chance.randrange(5))
    return Export(
        id=id, name=f"Name {chance.randrange(30)}", resource=chance.choice(("orders", "customers")), status=status,
        format=chance.choice(("csv", "json", "xlsx")), requested_by_id=chance.choice(people).id, deadline_at=at,
        outputs=[], created_at=at, updated_at=at + timedelta(days=chance.randrange(40)), page=chance.randrange(1, 4),
        action_name=chance.choice((None, "export_a", "export_b")),
        total_count=chance.choice((None, 0, 1, 2, 999, 1015, 1091)),
        collected_count=chance.randrange(3), fail_count=chance.choice((0, 0, 0, 4)),
        started_at=chance.choice((None, at)),
        ended_at=ended if status in ("completed", "failed", "timed_out", "cancelled") else None,
        expired_at=at if status == "completed" and chance.random() < 0.5 else None,
        deleted_at=at if chance.random() < 0.1 else None, scheduled_at=chance.choice((None, None, at)),
        reference=chance.choice((None, "A", "B")), reference_origin=chance.choice((None, "web")),
        error_message=chance.choice((None, "No")), result_size=chance.choice((None, 5, 9)),
    )  # fmt: skip


def sorted_in_python(exports, sort):
    falling = bool(sort) and sort[0].startswith("-")
    found = sorted(exports, key=lambda e: e.id, reverse=falling)
    for key in reversed(sort):
        name = key.removeprefix("-")
        value = VALUES.get(name, attrgetter(name))
        found.sort(key=partial(last_when_missing, value), reverse=key.startswith("-"))
    return found


def last_when_missing(value, export):
    found = value(export)
    return (True,) if found is None else (False, found)


def pages(user, filters, sort, cap):
    """The ids of all pages, each asked for by itself, and past the last."""
    ids = []
    for page in range(1, NUMBER // PER + 3):
        found = find_exports(user, filters, sort=sort, page=page, per=PER, count_cap=cap)
        ids += [export.id for export in found.items]
    return ids, found.total


WAYS = {
    "as it costs": {},
    "from indexes": {"_GATHERED": 10**9},
    "gathered": {"_GATHERED": 0},
    "no names": {},
    "common names": {"FEW": 0},
    "in pieces": {"LOOK": -1.0, "KEPT": -1},
    "capped": {},
    "from stretches": {"_FAR": 0},
}


@pytest.mark.parametrize("way", WAYS)
def test_pages_are_those_of_a_plain_sort(way, exports, superuser, monkeypatch):
    monkeypatch.setattr(search, "DEEP", -1 if way != "gathered" else 10**9)
    monkeypatch.setattr(ordering, "_DEEP", -1)
    monkeypatch.setattr(ordering, "_GATHERED", WAYS[way].get("_GATHERED", 2.0))
    monkeypatch.setattr(ordering, "_FAR", WAYS[way].get("_FAR", 5_000))
    monkeypatch.setattr(names, "FEW", WAYS[way].get("FEW", 20_000))
    monkeypatch.setattr(names, "KEPT", WAYS[way].get("KEPT", names.KEPT))
    monkeypatch.setattr(pieces, "LOOK", WAYS[way].get("LOOK", pieces.LOOK))
    if way == "no names":
        monkeypatch.setattr(names, "_has_names", lambda: False)
    person = exports[0].requested_by
    turns = product(FILTERS.items(), (superuser, person))
    for turn, ((name, (filters, matches)), user) in enumerate(turns):
        wanted = [e for e in exports if matches(e) and (user.is_superuser or e.requested_by_id == user.id)]
        for sort in SORTS[turn % 6 :: 6]:
            ids, total = pages(user, filters, sort, cap=5 if way == "capped" else None)
            assert ids == [e.id for e in sorted_in_python(wanted, sort)], (name, sort, user.name)
            assert total == (min(5, len(wanted)) if way == "capped" else len(wanted)), (name, sort)


def counted():
    """What the kept counts must say."""
    there = Export.deleted_at.is_(None)
    kind = (Export.status, Export.resource, Export.format, Export.action_name, Export.expired_at.is_not(None))
    by_person = select(Export.requested_by_id, *kind, func.count()).where(there)
    rows = [tuple(row) for row in db.session.execute(by_person.group_by(Export.requested_by_id, *kind))]
    months = {}
    for export in db.session.scalars(select(Export).where(there)):
        marks = {"id": f"{export.id // STRETCH:07}"}
        marks |= {name: getattr(export, name).strftime("%Y-%m") for name in ("created_at", "updated_at")}
        for mark in marks.items():
            of = (*mark, export.status, export.resource, export.format)
            months[of] = months.get(of, 0) + 1
    return sorted(rows, key=str), months, stretches()


def stretches():
    """How many exports each stretch must have."""
    found = {}
    for export in db.session.scalars(select(Export).where(Export.deleted_at.is_(None))):
        missing, total, ended = (
            f"missing {export.id // STRETCH:07}",
            str(export.total_count or 0),
            export.ended_at,
        )
        collected, started = str(export.collected_count), export.started_at
        lies = {
            "letters": export.letters[0],
            "total": f"{len(total):02}-{total[:2]}",
            "collected": f"{len(collected):02}-{collected[:2]}",
            "started": started.strftime("%Y-%m") if started else missing,
            "reference": missing if export.reference is None else "",
            "origin": missing if export.reference_origin is None else "",
        }
        if export.status == "completed":
            lies["completed"] = ended.strftime("%Y-%m") if ended else missing
        for lie in lies.items():
            found[lie] = found.get(lie, 0) + 1
    return found


def kept():
    kind = (
        Tally.requested_by_id,
        Tally.status,
        Tally.resource,
        Tally.format,
        Tally.action_name,
        Tally.expired,
    )
    sums = select(*kind, func.sum(Tally.number)).group_by(*kind).having(func.sum(Tally.number) != 0)
    rows = [tuple(row) for row in db.session.execute(sums)]
    of = (MonthTally.moment, MonthTally.month, MonthTally.status, MonthTally.resource, MonthTally.format)
    sums = select(*of, func.sum(MonthTally.number)).group_by(*of).having(func.sum(MonthTally.number) != 0)
    months = {tuple(row[:-1]): row[-1] for row in db.session.execute(sums)}
    sums = select(Stretch.key, Stretch.stretch, func.sum(Stretch.number)).group_by(
        Stretch.key, Stretch.stretch
    )
    found = db.session.execute(sums.having(func.sum(Stretch.number) != 0))
    return sorted(rows, key=str), months, {(key, stretch): number for key, stretch, number in found}


# What may happen to an export, by chance, as far as it is counted.
CHANGES = (
    lambda chance: {"status": chance.choice(STATUSES)},
    lambda chance: {"expired_at": chance.choice((None, START))},
    lambda chance: {"deleted_at": chance.choice((None, START))},
    lambda chance: {"name": f"Other {chance.randrange(9)}"},
    lambda chance: {"updated_at": START + timedelta(days=chance.randrange(900))},
    lambda chance: {"requested_by_id": make_user().id, "format": chance.choice(("csv", "pdf"))},
    lambda chance: {
        "total_count": chance.choice((None, 7, 70, 7_123)),
        "collected_count": chance.randrange(2_000),
    },
    lambda chance: {
        "started_at": chance.choice((None, START)),
        "ended_at": chance.choice((None, START + timedelta(days=chance.randrange(90)))),
    },
    lambda chance: {
        "reference": chance.choice((None, "A")),
        "reference_origin": chance.choice((None, "web")),
    },
)


@pytest.fixture
def changed(exports):
    """The exports after many changes, some of which were taken back; one was deleted for good."""
    chance = random.Random(5)
    for _ in range(200):
        export = chance.choice(exports)
        for name, value in chance.choice(CHANGES)(chance).items():
            setattr(export, name, value)
        db.session.flush()
        if chance.random() < 0.2:
            db.session.rollback()
        else:
            db.session.commit()
    db.session.delete(exports.pop())
    db.session.commit()
    return exports


def test_kept_counts_follow_every_change(changed, superuser):
    assert kept() == counted()
    found = {e.id for e in changed if e.deleted_at is None and "other" in e.name.lower()}
    assert {e.id for e in find_exports(superuser, Filters(name_contains="Other"), per=200).items} == found


def test_folding_leaves_the_counts_as_they_are(changed, superuser, monkeypatch):
    rows = db.session.scalar(select(func.count()).select_from(Tally))
    monkeypatch.setattr("dashboard.search.census.SPARE", -(10**9))
    monkeypatch.setattr("dashboard.search.census.ROOM", 0)
    search.fold_tallies()
    assert kept() == counted()
    assert db.session.scalar(select(func.count()).select_from(Tally)) < rows
    assert find_exports(superuser, count_cap=None).total == len([e for e in changed if e.deleted_at is None])


@pytest.mark.parametrize("few", [5_000, 0])
def test_counts_beside_a_search_among_what_has_not_expired(exports, superuser, monkeypatch, few):
    """Whether those that have the text were found once for all of the page, or are asked for again."""
    monkeypatch.setattr(names, "FEW_KEPT", few)
    monkeypatch.setattr(names, "READ", 0)
    for user in (superuser, exports[0].requested_by):
        asked = Filters(q="me 1", statuses=("completed", "failed"), expired=False)
        filters = search.look_up(asked, gather=True)
        assert (filters.kept is None) == (few == 0)
        seen = [e for e in exports if user.is_superuser or e.requested_by_id == user.id]
        kept = [e for e in seen if e.expired_at is None and "me 1" in e.name.lower()]
        wanted = [e for e in kept if e.status in asked.statuses]
        found = search.find_exports(user, filters, ("-created_at",), per=100)
        assert [e.id for e in found.items] == [e.id for e in sorted_in_python(wanted, ("-created_at",))]
        assert found.total == len(wanted)
        facets = search.facets(user, filters, replace(filters, statuses=(), expired=None))
        assert facets["resource"] == Counter(e.resource for e in wanted)
        numbers = {status: number for (status, gone), number in facets["status"].items() if not gone}
        assert numbers == Counter(e.status for e in kept)


@pytest.mark.parametrize("few", [20_000, 0])
@pytest.mark.parametrize("expired", [None, True])
def test_counts_beside_a_search_among_everything(exports, superuser, monkeypatch, few, expired):
    monkeypatch.setattr(pieces, "is_common", lambda wanted, few: False)
    monkeypatch.setattr(names, "FEW", few)
    for user in (superuser, exports[0].requested_by):
        asked = Filters(q="me 1", statuses=("completed", "failed"), formats=("csv", "json"), expired=expired)
        filters = search.look_up(asked, gather=True)
        assert (filters.found is None) == (few == 0)
        seen = [e for e in exports if user.is_superuser or e.requested_by_id == user.id]
        named = [e for e in seen if "me 1" in e.name.lower() and e.format in asked.formats]
        wanted = [e for e in named if e.status in asked.statuses and (not expired or e.expired_at)]
        page = search.find_exports(user, filters, ("-created_at",), per=100)
        assert [e.id for e in page.items] == [e.id for e in sorted_in_python(wanted, ("-created_at",))]
        assert page.total == len(wanted)
        facets = search.facets(user, filters, replace(filters, statuses=(), expired=None))
        assert facets["resource"] == Counter(e.resource for e in wanted)
        assert facets["status"] == Counter((e.status, e.expired_at is not None) for e in named)
