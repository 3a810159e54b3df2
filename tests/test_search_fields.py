"""Every name that the dialects filter and sort by; on PostgreSQL once more in test_records_on_postgresql."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import search
from dashboard.criteria import All, Any, Comparison, Invalid, Not, check
from dashboard.database import db
from dashboard.models import Event
from dashboard.search import FIELDS, SORTS, TYPES, Filters, find_exports, looking
from tests.factories import make_export

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def names_of(user, node, **options):
    """Names of what a condition finds, typed first, as doors do it."""
    node = check(node, TYPES) if node else None
    found = find_exports(user, Filters(where=node), sort=("id",), count_cap=None, **options)
    assert found.total == len(found.items)
    return [export.name for export in found.items]


def named(user, field, operator, value):
    return names_of(user, Comparison(field, operator, value))


def tell(export, kind, at):
    db.session.add(Event(export_id=export.id, kind=kind, message="-", at=at))
    db.session.commit()


@pytest.mark.parametrize("field", sorted(TYPES))
def test_every_field_can_be_asked_for(user, field):
    make_export(user)
    values = {"integer": 1, "text": "x", "datetime": NOON, "boolean": True, "json": {"a": 1}}
    operator = "json_contains" if TYPES[field] == "json" else "eq"
    named(user, field, operator, values[TYPES[field]])


def test_an_unknown_field_is_refused(user):
    with pytest.raises(Invalid):
        find_exports(user, Filters(where=Comparison("lease_owner", "eq", "x")))


def test_ids_of_every_door_find_the_export_of_who_may_see_it(user, stranger):
    export = make_export(user)
    make_export(user)
    for column in ("public_id", "letters", "uuid"):
        value = getattr(export, column)
        assert search.find_by(user, column, value).id == export.id
        assert search.find_by(stranger, column, value) is None
        assert search.find_by(user, column, value + "x") is None
    export.deleted_at = NOON
    db.session.commit()
    assert search.find_by(user, "letters", export.letters) is None


def test_an_export_is_found_by_who_asked_for_it(user, superuser, stranger):
    make_export(user, name="mine")
    make_export(stranger, name="theirs")
    assert named(superuser, "requested_by", "eq", user.uuid) == ["mine"]
    assert named(superuser, "requested_by", "ne", user.uuid) == ["theirs"]
    assert named(superuser, "requester_id", "in", (stranger.id,)) == ["theirs"]


def test_completed_and_interrupted_are_ends_of_their_status(user):
    for status in ("completed", "cancelled", "failed", "running"):
        make_export(user, name=status, status=status)
    make_export(user, name="early", ended_at=NOON - timedelta(days=900))
    assert named(user, "completed_at", "gt", NOON - timedelta(days=800)) == ["completed"]
    assert named(user, "completed_at", "is_null", False) == ["completed", "early"]
    assert named(user, "interrupted_at", "is_null", False) == ["cancelled"]
    assert named(user, "interrupted_at", "is_null", True) == ["completed", "failed", "running", "early"]
    assert named(user, "ended_at", "is_null", True) == ["running"]


def test_an_export_has_a_file_until_it_expires(user):
    make_export(user, name="there")
    make_export(user, name="gone", expired_at=NOON)
    make_export(user, name="failed", status="failed")
    assert named(user, "has_file", "eq", True) == ["there"]
    assert named(user, "has_file", "eq", False) == ["gone", "failed"]
    assert named(user, "has_file", "ne", True) == ["gone", "failed"]


def test_figures_are_those_that_doors_show(user):
    make_export(user, name="half", status="running", page=3, collected_count=5, total_count=10)
    make_export(user, name="nearly", status="running", collected_count=999, total_count=1000)
    make_export(user, name="counted", status="running", collected_count=10, total_count=10)
    make_export(user, name="new", status="pending")
    make_export(user, name="done", page=2)
    assert named(user, "part_count", "eq", 2) == ["half"]
    assert named(user, "total_count", "eq", 0) == ["new"]
    for export in find_exports(user).items:
        wanted = ("is_null", True) if export.percent is None else ("eq", export.percent)
        assert export.name in named(user, "percent", *wanted)
    assert named(user, "percent", "eq", 99) == ["nearly", "counted"]


def test_any_event_may_match_and_only_one_must(user):
    one, other = make_export(user, name="one"), make_export(user, name="other")
    tell(one, "downloaded", NOON)
    tell(one, "running", NOON - timedelta(days=1))
    tell(other, "running", NOON + timedelta(days=1))
    assert named(user, "events.name", "eq", "downloaded") == ["one"]
    assert named(user, "events.name", "icontains", "RUN") == ["one", "other"]
    assert named(user, "events.name", "ne", "running") == ["one", "other"]
    assert named(user, "events.created_at", "lt", NOON) == ["one"]
    assert named(user, "events.updated_at", "between", (NOON, NOON)) == ["one"]
    assert names_of(user, Not(Comparison("events.name", "eq", "downloaded"))) == ["other"]
    assert names_of(
        user,
        Any((Comparison("events.created_at", "eq", NOON), Comparison("name", "eq", "other"))),
    ) == ["one", "other"]


def test_exports_are_counted_once_by_their_events_and_not_when_they_were_deleted(user, superuser):
    one, other = make_export(user, name="one"), make_export(user, name="other")
    gone = make_export(user, name="gone", deleted_at=NOON)
    for export in (one, one, other, gone):
        tell(export, "downloaded", NOON)
    filters = Filters(where=Comparison("events.name", "eq", "downloaded"))
    for asking in (user, superuser):
        assert find_exports(asking, filters, count_cap=None).total == 2


def test_metadata_is_found_by_what_it_contains(user):
    make_export(user, name="none")
    make_export(user, name="some", client_metadata={"a": 1, "b": {"c": ["x", "y"]}})
    assert named(user, "client_metadata", "json_contains", {"a": 1}) == ["some"]
    assert named(user, "client_metadata", "json_contains", {"b": {"c": ["y"]}}) == ["some"]
    assert named(user, "client_metadata", "json_contains", {"a": 2}) == []
    assert named(user, "client_metadata", "json_contains", {}) == ["none", "some"]


def test_a_part_of_the_name_is_no_id(user):
    export = make_export(user, name="Weekly Orders")
    assert find_exports(user, Filters(name_contains="ly or")).total == 1
    assert find_exports(user, Filters(name_contains=export.uuid[:8])).total == 0
    assert find_exports(user, Filters(name_contains="%")).total == 0


@pytest.mark.parametrize("sort", sorted({"reference", "started_at", "completed_at", "scheduled_at"}))
def test_what_has_no_value_comes_last_and_first_when_descending(user, sort):
    make_export(user, name="nothing", status="pending")
    for number, name in enumerate(("late", "soon", "late")):
        moment = NOON + timedelta(days=-(number % 2))
        make_export(user, name=name, reference=name, started_at=moment, ended_at=moment, scheduled_at=moment)
    order = (
        ["late", "late", "soon", "nothing"] if sort == "reference" else ["soon", "late", "late", "nothing"]
    )
    found = find_exports(user, sort=(sort,)).items
    assert [export.name for export in found] == order
    assert [e.id for e in found if e.name == "late"] == sorted(e.id for e in found if e.name == "late")
    backwards = find_exports(user, sort=(f"-{sort}",)).items
    assert [export.id for export in backwards] == [export.id for export in found][::-1]


@pytest.mark.parametrize("field", sorted(FIELDS.keys() & SORTS.keys()))
def test_every_sort_key_sorts_by_the_value_of_the_field(user, field):
    for number in range(6):
        make_export(user, status=("running", "cancelled", "completed")[number % 3], page=number % 2 + 1)
    ids = [export.id for export in find_exports(user, sort=(field, "-id")).items]
    assert len(ids) == 6
    assert [e.id for e in find_exports(user, sort=(f"-{field}", "id")).items] == ids[::-1]


def test_an_offset_counts_exports(user):
    ids = [make_export(user).id for _ in range(7)]
    page = find_exports(user, sort=("id",), per=3, offset=2)
    assert [export.id for export in page.items] == ids[2:5]
    assert (page.first, page.last, page.total) == (3, 5, 7)
    assert find_exports(user, per=0, offset=0).items == []
    assert find_exports(user, per=0, offset=0).total == 7
    assert find_exports(user, per=5, offset=7).items == []


def test_conditions_of_all_kinds_go_together(user):
    make_export(user, name="this", status="failed", error_message="The source", reference="A-1")
    make_export(user, name="that", status="failed")
    both = All((Comparison("error_message", "is_null", False), Comparison("reference", "starts_with", "A-")))
    assert names_of(user, both) == ["this"]
    assert names_of(user, All((Comparison("status", "eq", "failed"), Not(both)))) == ["that"]


@pytest.mark.parametrize("known", [True, False])
def test_a_text_is_looked_for_in_several_fields(user, stranger, known, monkeypatch):
    monkeypatch.setattr(looking, "_has_names", lambda: known)
    make_export(user, name="Weekly ORDERS", public_id="exp_ABCDEF", resource="customers")
    make_export(user, name="Other", public_id="own-weekly.1", resource="orders")
    make_export(stranger, name="Weekly too")
    everywhere = ("name", "public_id", "resource")
    for text, found in (("weekly", ["Weekly ORDERS", "Other"]), ("abcd", ["Weekly ORDERS"]), ("%", []), ("no such", []),
                        ("rder", ["Weekly ORDERS", "Other"]), ("ly", ["Weekly ORDERS", "Other"])):  # fmt: skip
        assert names_of(user, Any(tuple(Comparison(f, "icontains", text) for f in everywhere))) == found, text
    assert named(user, "public_id", "ieq", "EXP_abcdef") == ["Weekly ORDERS"]
    assert named(user, "name", "iends_with", "orders") == ["Weekly ORDERS"]
    assert names_of(user, Not(Comparison("name", "icontains", "weekly"))) == ["Other"]
    assert names_of(
        user, Not(Any((Comparison("resource", "icontains", "ORD"), Comparison("name", "eq", "x"))))
    ) == ["Weekly ORDERS"]
