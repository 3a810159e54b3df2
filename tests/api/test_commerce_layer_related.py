"""What belongs to an export: events, event stores, versions; and how `include` and `fields` choose what is shown."""

import pytest
from sqlalchemy import event

from dashboard import lifecycle
from dashboard.database import db
from dashboard.models import Export
from tests.api.commerce_layer import EXPORTS, create, listed, refused, shown, update
from tests.factories import make_export

COMMON = {"reference": None, "reference_origin": None, "metadata": {}}


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser, "commerce_layer")


@pytest.fixture
def made(mine, boss, work, enqueued):
    """An export with a past: interrupted, started, completed, changed."""
    id = shown(create(mine), 201)["id"]
    enqueued.clear()
    update(boss, id, _interrupt=True)
    update(mine, id, _start=True)
    work()
    update(boss, id, reference="spring", metadata={"n": 1})
    update(mine, id, reference="summer", metadata={"n": 1})
    return f"{EXPORTS}/{id}"


NAMES = [f"exports.{name}" for name in ("create", "interrupt", "start", "complete")]


def test_events_tell_what_happened(mine, made):
    answer = mine.get(f"{made}/events")
    assert [one["attributes"]["name"] for one in answer.json["data"]] == NAMES
    assert answer.json["meta"] == {"record_count": 4, "page_count": 1}
    assert set(answer.json["links"]) == {"first", "last"}
    for one in answer.json["data"]:
        assert (one["type"], set(one)) == ("events", {"id", "type", "attributes"})
        assert one["attributes"]["created_at"].endswith("Z")
        assert {name: one["attributes"][name] for name in COMMON} == COMMON


def test_a_failure_is_an_event(mine, user):
    export = make_export(user, "running")
    assert lifecycle.fail(export.id, export.run_no, "internal")
    names = [one["attributes"]["name"] for one in mine.get(f"{EXPORTS}/{export.letters}/events").json["data"]]
    assert names == ["exports.create", "exports.fail"]


def test_event_stores_tell_what_was_changed_from_what_to_what(mine, made, user, superuser):
    first, second = (one["attributes"] for one in mine.get(f"{made}/event_stores").json["data"])
    assert first["payload"] == {"reference": [None, "spring"], "metadata": [{}, {"n": 1}]}
    assert second["payload"] == {"reference": ["spring", "summer"]}
    assert first["who"] == {"owner": {"id": superuser.uuid, "type": "User"}}
    assert second["who"]["owner"]["id"] == user.uuid
    for one in (first, second):
        about = (one["resource_type"], one["resource_id"], one["event"])
        assert about == ("exports", made.rpartition("/")[2], "update")


def test_a_new_name_alone_is_a_change_without_a_payload_here(mine, user):
    export = make_export(user)
    lifecycle.annotate(export, user, name="Other")
    (one,) = mine.get(f"{EXPORTS}/{export.letters}/event_stores").json["data"]
    assert one["attributes"]["payload"] == {}


def test_there_are_no_versions(mine, made):
    for path in (f"{made}/versions", f"{made}/relationships/versions"):
        assert (listed(mine.get(path)), mine.get(path).json["meta"]["record_count"]) == ([], 0)


@pytest.mark.parametrize("name", ["events", "event_stores"])
def test_relationships_are_identifiers_alone(mine, made, name):
    whole, answer = mine.get(f"{made}/{name}").json, mine.get(f"{made}/relationships/{name}")
    assert answer.json["data"] == [{"type": one["type"], "id": one["id"]} for one in whole["data"]]
    assert answer.json["meta"] == whole["meta"]


def test_related_lists_have_pages_and_an_order(mine, made):
    ids = listed(mine.get(f"{made}/events"))
    answer = mine.get(f"{made}/events?page[size]=3&page[number]=2&sort=-id")
    assert listed(answer) == ids[:1]
    assert answer.json["meta"] == {"record_count": 4, "page_count": 2}
    assert "sort=-id" in answer.json["links"]["prev"]
    names = [one["attributes"]["name"] for one in mine.get(f"{made}/events?sort=name,-id").json["data"]]
    assert names == sorted(NAMES)
    assert listed(mine.get(f"{made}/relationships/events?sort=-created_at&page[size]=1")) == ids[-1:]
    (event,) = mine.get(f"{made}/events?fields[events]=name&page[size]=1").json["data"]
    assert event["attributes"] == {"name": "exports.create"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page[size]=26", "INVALID_PAGE_VALUE"),
        ("sort=reference", "INVALID_SORT_CRITERIA"),
        ("fields[events]=colour", "INVALID_FIELD"),
        ("include=events", "PARAM_NOT_ALLOWED"),
        ("filter[q][name_eq]=x", "PARAM_NOT_ALLOWED"),
    ],
)
def test_what_related_lists_cannot_do_is_refused(mine, made, query, code):
    refused(mine.get(f"{made}/events?{query}"), 400, code)


def test_what_belongs_to_anothers_export_is_not_found(as_, stranger, made):
    caller = as_(stranger, "commerce_layer")
    for name in ("events", "event_stores", "versions"):
        refused(caller.get(f"{made}/{name}"), 404, "RECORD_NOT_FOUND")
        refused(caller.get(f"{made}/relationships/{name}"), 404, "RECORD_NOT_FOUND")


def test_included_resources_stand_beside_and_are_named_within(mine, made):
    answer = mine.get(f"{made}?include=events,event_stores,versions").json
    relationships, included = answer["data"]["relationships"], answer["included"]
    assert [one["type"] for one in included] == ["events"] * 4 + ["event_stores"] * 2
    for name, count in (("events", 4), ("event_stores", 2), ("versions", 0)):
        found = [{"type": one["type"], "id": one["id"]} for one in included if one["type"] == name]
        assert relationships[name]["data"] == found
        assert len(found) == count
        assert set(relationships[name]["links"]) == {"self", "related"}
    assert included[:4] == mine.get(f"{made}/events").json["data"]
    plain = mine.get(made).json
    assert "included" not in plain
    assert not any("data" in one for one in plain["data"]["relationships"].values())


def test_a_list_includes_what_belongs_to_each(mine, made, user):
    make_export(user)
    answer = mine.get(f"{EXPORTS}?include=events&fields[events]=name").json
    data = [one for export in answer["data"] for one in export["relationships"]["events"]["data"]]
    assert [{"type": one["type"], "id": one["id"]} for one in answer["included"]] == data
    assert len(data) == 5
    assert {tuple(one["attributes"]) for one in answer["included"]} == {("name",)}
    assert "data" not in answer["data"][0]["relationships"]["versions"]


def test_a_fieldset_leaves_the_rest_out(mine, made):
    data = mine.get(f"{made}?fields[exports]=status,format").json["data"]
    assert data["attributes"] == {"status": "completed", "format": "json"}
    assert set(data) == {"id", "type", "links", "attributes", "meta"}
    data = mine.get(f"{made}?fields[exports]=id,type,status,%20events").json["data"]
    assert (set(data["attributes"]), set(data["relationships"])) == ({"status"}, {"events"})
    data = mine.get(f"{made}?fields[exports]=").json["data"]
    assert (data["attributes"], "relationships" in data) == ({}, False)
    data = mine.get(f"{made}?fields[exports]=status&include=events").json["data"]
    assert set(data["relationships"]) == {"events"}
    assert {
        tuple(one["attributes"]) for one in mine.get(f"{EXPORTS}?fields[exports]=status").json["data"]
    } == {("status",)}


def test_a_fieldset_holds_for_changes(mine, made):
    id = made.rpartition("/")[2]
    answer = update(mine, id, "?fields[exports]=reference&include=event_stores", reference="autumn")
    assert answer.json["data"]["attributes"] == {"reference": "autumn"}
    assert len(answer.json["included"]) == 3
    refused(update(mine, id, "?include=x", reference="winter"), 400, "INVALID_INCLUDE")
    assert db.session.query(Export).one().reference == "autumn"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("fields[exports]=colour", "INVALID_FIELD"),
        ("fields[exports]=_interrupt", "INVALID_FIELD"),
        ("fields[orders]=id", "INVALID_FIELD"),
        ("fields=status", "INVALID_FIELD"),
        ("fields[events]=status", "INVALID_FIELD"),
        ("fields[exports][]=status", "INVALID_FIELD"),
        ("include=orders", "INVALID_INCLUDE"),
        ("include=events.event_stores", "INVALID_INCLUDE"),
        ("include=Events", "INVALID_INCLUDE"),
        ("page[size]=1", "PARAM_NOT_ALLOWED"),
        ("colour=1", "PARAM_NOT_ALLOWED"),
    ],
)
def test_what_cannot_be_shown_is_refused(mine, made, query, code):
    assert refused(mine.get(f"{made}?{query}"), 400, code)["source"] == {"parameter": query.partition("=")[0]}


def test_what_belongs_to_many_exports_is_asked_for_at_once(boss, user, made):
    def statements():
        asked = []
        listen = lambda *given: asked.append(given[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        found = boss.get(f"{EXPORTS}?include=events,event_stores").json
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(asked), found

    before, _ = statements()
    for _ in range(3):
        make_export(user)
    after, found = statements()
    assert after == before
    assert [len(one["relationships"]["event_stores"]["data"]) for one in found["data"]].count(2) == 1
