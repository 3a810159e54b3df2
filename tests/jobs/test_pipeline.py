"""From the request to the file, with a real source, real formats and a real storage; only the queue is a list."""

import csv
import hashlib
import io
import json
import sqlite3
from contextlib import closing

import openpyxl
import pytest
from sqlalchemy import select, update

from dashboard import lifecycle, planning
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Export, Part
from dashboard.storage import read_chunks, save
from jobs import collect, render

COLUMNS = ("id", "number", "status", "customer.email", "total")


def ask(user, **values):
    plan = planning.plan(user, values.pop("resource", "orders"), **{"fields": COLUMNS, **values})
    return lifecycle.request(user, plan, name="Orders, all of them")


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


def content(export):
    return b"".join(read_chunks(storage, fresh(export).result_key))


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode())))


@pytest.fixture
def shop_rows(shop):
    """The orders as sqlite3 reads them, in the order of their key."""
    with closing(sqlite3.connect(shop.parent / "shop.sqlite")) as database:
        return database.execute(
            "select o.id, o.number, o.status, c.email, printf('%.2f', o.total) from orders o"
            " left join customers c on c.id = o.customer_id order by o.id"
        ).fetchall()


def test_a_csv_has_each_row_once_and_in_order(user, work, shop_rows):
    export = ask(user)
    work()
    export = fresh(export)
    assert export.status == "completed", export.error_message
    assert export.part_count == 3, "more parts than one, or this test shows nothing"
    rows = rows_of(content(export))
    assert rows[0] == [column.label for column in planning.query_of(export).columns]
    assert rows[1:] == [["" if value is None else str(value) for value in row] for row in shop_rows]
    assert export.total_count == export.collected_count == len(shop_rows)


def test_xlsx_and_json_have_the_same_rows(user, work, shop_rows):
    sheet, array = ask(user, format="xlsx"), ask(user, format="json")
    work()
    book = openpyxl.load_workbook(io.BytesIO(content(sheet)), read_only=True)
    cells = [[str(value) for value in row] for row in book.active.iter_rows(min_row=2, values_only=True)]
    assert [row[1] for row in cells] == [row[1] for row in shop_rows]
    assert [float(row[4]) for row in cells] == [float(row[4]) for row in shop_rows]
    objects = json.loads(content(array))
    assert [tuple(item.values()) for item in objects] == shop_rows
    assert list(objects[0]) == list(COLUMNS)


def test_files_carry_size_and_checksum(user, work):
    export = ask(user)
    work()
    file, data = fresh(export).files[0], content(export)
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert file.name == "Orders, all of them.csv"


def test_an_export_that_matches_nothing_completes_with_its_header(user, work):
    from dashboard.criteria import Comparison

    for format in ("csv", "xlsx", "json"):
        export = ask(user, where=Comparison("id", "eq", -1), format=format)
        work()
        assert (fresh(export).status, fresh(export).total_count) == ("completed", 0)
    assert json.loads(content(export)) == []


def test_the_same_request_twice_gives_the_same_bytes(user, work):
    first, second = ask(user), ask(user)
    work()
    assert content(first) == content(second)


def test_a_second_job_for_the_same_export_does_nothing(user, work, enqueued):
    export = ask(user)
    enqueued.append(("collect", export.id))
    work()
    assert fresh(export).run_no == 2, "one claim to collect, one to assemble"


def test_a_cancelled_export_stops_and_keeps_no_file(user, superuser, work, monkeypatch):
    export = ask(user)
    commit, seen = lifecycle.commit_part, []

    def cancel_after_first(part, speed=None):
        done = commit(part, speed)
        if not seen:
            lifecycle.cancel(fresh(export), superuser)
        seen.append(part.page)
        return done

    monkeypatch.setattr(lifecycle, "commit_part", cancel_after_first)
    work()
    assert fresh(export).status == "cancelled"
    assert len(seen) == 2, "the next commit learns of it"
    assert fresh(export).result_key is None


def test_rights_are_checked_again_when_the_job_runs(user, work):
    export = ask(user)
    user.can_export = False
    db.session.commit()
    work()
    assert (fresh(export).status, fresh(export).error_code) == ("failed", "forbidden")


@pytest.mark.parametrize(
    "change",
    [
        {"resource": "gone"},
        {"fields": ["id", "gone"]},
        {"where": {"field": "gone", "operator": "eq", "value": "1"}},
        {"date_range": {"field": "gone", "preset": "custom", "start": "2026-01-01", "end": None}},
    ],
)
def test_what_the_catalog_no_longer_offers_fails_the_export_with_a_sentence(user, work, change):
    export = ask(user)
    db.session.execute(update(Export).values(**change))
    db.session.commit()
    work()
    assert (fresh(export).status, fresh(export).error_code) == ("failed", "source_changed")


def test_a_source_that_is_away_is_waited_for(user, work, shop, enqueued):
    database = shop.parent / "shop.sqlite"
    export = ask(user)
    database.rename(database.with_suffix(".away"))
    try:
        work()
        assert fresh(export).status == "waiting_next_page"
    finally:
        database.with_suffix(".away").rename(database)
    db.session.execute(update(Export).values(dispatched_at=None))
    db.session.commit()
    assert lifecycle.dispatch_due() == 1
    work()
    assert fresh(export).status == "completed"


def collect_only(export, enqueued, monkeypatch):
    """Stage the parts and stop before the rendering."""

    with monkeypatch.context() as patch:
        patch.setattr("jobs.render.render", lambda export_id: None)
        collect.collect(export.id)
    enqueued[:] = [("render", export.id)]


def test_a_damaged_part_is_collected_again(user, work, enqueued, monkeypatch, shop_rows):
    export = ask(user)
    collect_only(export, enqueued, monkeypatch)
    part = db.session.scalars(select(Part)).first()
    storage.delete(part.key)
    save(storage, part.key, b"not what was stored")
    work()
    assert fresh(export).status == "running"
    lifecycle.dispatch_due()
    work()
    assert fresh(export).status == "completed"
    assert len(rows_of(content(export))) == len(shop_rows) + 1


@pytest.mark.parametrize("harm", ["one gone", "one damaged", "all gone"])
def test_lost_fragments_are_rendered_again_in_one_attempt(user, work, enqueued, monkeypatch, shop_rows, harm):
    export = ask(user)
    collect_only(export, enqueued, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("jobs.assemble.assemble", lambda export_id: None)
        work()
    keys = [part.fragments[0]["key"] for part in db.session.scalars(select(Part))]
    assert len(keys) > 2
    for key in keys if harm == "all gone" else keys[1:2]:
        data = b"".join(read_chunks(storage, key))
        storage.delete(key)
        if harm == "one damaged":
            save(storage, key, data[:-1] + b"x", lasting=False)
    enqueued.append(("assemble", export.id))
    work()
    assert fresh(export).status == "finalizing"
    assert fresh(export).attempts == 1
    lifecycle.dispatch_due()
    work()
    assert fresh(export).status == "completed"
    assert len(rows_of(content(export))) == len(shop_rows) + 1


def test_a_part_without_its_row_is_never_in_the_file(user, work, shop_rows):
    """A worker that died between storing a part and recording it leaves rubbish, not rows."""
    export = ask(user)
    save(storage, f"parts/{export.id}/000001-99", b"rubbish")
    work()
    assert len(rows_of(content(export))) == len(shop_rows) + 1


def test_fragments_go_when_the_file_is_there(user, work):
    ask(user)
    work()
    keys = [fragment["key"] for part in db.session.scalars(select(Part)) for fragment in part.fragments]
    assert len(keys) == 3
    assert not any(storage.size(key) for key in keys)


@pytest.mark.parametrize("error", ["full disk", "bug"])
def test_an_error_that_may_pass_is_tried_again_and_ends_with_a_reason(user, work, monkeypatch, error):
    from dashboard.storage import Full

    raised = Full("x") if error == "full disk" else RuntimeError("secret detail")

    def broken(*_):
        raise raised

    export = ask(user)
    monkeypatch.setattr(collect, "packed", broken)
    for _ in range(5):
        with pytest.raises(type(raised)):
            work()
        lifecycle.give_up()
        lifecycle.dispatch_due()
    export = fresh(export)
    assert (export.status, export.error_code) == (
        "failed",
        "no_space" if error == "full disk" else "internal",
    )
    assert "secret" not in export.error_message


def test_parts_are_rendered_from_memory_while_nobody_else_is_free(user, work, monkeypatch, enqueued):
    plain = ask(user)
    work()
    monkeypatch.setattr("dashboard.queue.is_empty", lambda: False)
    fetched = []
    monkeypatch.setattr("jobs.render.staged", lambda part: fetched.append(part.page))
    export = ask(user)
    assert enqueued == [("collect", export.id)]
    work()
    assert fresh(export).status == "completed", fresh(export).error_message
    assert fetched == [], "no part was read back"
    assert content(export) == content(plain)


def test_others_that_keep_up_render_while_rows_are_collected(user, work, monkeypatch, enqueued):
    """A free worker is called before the first part; whoever collects renders only what they are behind with."""
    monkeypatch.setattr("dashboard.queue.is_empty", lambda: True)
    own, others = [], []
    monkeypatch.setattr("jobs.render._render_part", lambda part, *rest: own.append(part.page))

    def rendered_elsewhere(*point):
        if point == ("part_committed",) and enqueued:
            part = lifecycle.claim_part(export.id, "job:other")
            others.append(part.page)

    monkeypatch.setattr("jobs.faults.point", rendered_elsewhere)
    monkeypatch.setattr("jobs.render.render", lambda export_id: None)
    export = ask(user)
    assert enqueued.pop() == ("collect", export.id)
    collect.collect(export.id)
    assert enqueued == [("render", export.id)]
    assert (others, own) == ([1, 2, 3], [])


def test_a_worker_that_is_alone_calls_nobody(user, monkeypatch, enqueued):
    """What it would call for itself would be a job that finds nothing to do."""
    monkeypatch.setattr("dashboard.queue.is_empty", lambda: True)
    monkeypatch.setattr("dashboard.queue.is_alone", lambda: True)
    fetched = []
    monkeypatch.setattr("jobs.render.staged", lambda part: fetched.append(part.page))
    export = ask(user)
    assert enqueued.pop() == ("collect", export.id)
    collect.collect(export.id)
    assert fresh(export).status == "completed", fresh(export).error_message
    assert (enqueued, fetched) == ([], [])


@pytest.mark.parametrize("is_waited_for", [True, False])
def test_who_renders_waits_for_the_next_part_unless_a_job_waits(user, enqueued, monkeypatch, is_waited_for):
    export = ask(user)
    lifecycle.claim(export.id, "job:collects", "here")
    sleeps = []
    monkeypatch.setattr("jobs.render.time.sleep", sleeps.append)
    monkeypatch.setattr("jobs.render.PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("dashboard.queue.has_other", lambda *_: is_waited_for)
    render.render(export.id)
    assert bool(sleeps) == (not is_waited_for)
    assert fresh(export).status == "running"


def test_parts_that_wait_for_all_rows_are_not_rendered_early(user, work, monkeypatch):
    monkeypatch.setattr("dashboard.queue.is_empty", lambda: False)
    export = ask(user, fields=("number", "line_items.quantity"), options={"nested": "flatten"})
    work()
    head, *rows = rows_of(content(export))
    assert {len(row) for row in rows} == {len(head)}
    assert len(head) > 3, "as many columns as the order with the most line items needs"
    assert fresh(export).status == "completed"
