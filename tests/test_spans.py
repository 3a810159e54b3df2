"""Relative date ranges, from the request over the run to the words and the manifest."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from dashboard import asked, dateranges, lifecycle, planning
from dashboard.criteria import All, Comparison
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Export
from dashboard.planning import Output
from dashboard.storage import read_chunks
from dashboard.views.export_form import from_export
from tests.factories import make_export

BEGAN = datetime(2026, 11, 21, 14, 30, 45, tzinfo=UTC)
WEEK = {"field": "created_at", "preset": "relative", "start": "7 days ago midnight", "end": "today"}


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


@pytest.fixture
def moments(shop):
    """created_at of all orders, in order."""
    with closing(sqlite3.connect(shop.parent / "shop.sqlite")) as database:
        found = database.execute("select created_at from orders order by created_at").fetchall()
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for (text,) in found]


def ask(user, **range):
    plan = planning.plan(user, "orders", fields=("id", "created_at"), date_range={**WEEK, **range})
    return lifecycle.request(user, plan, name="Orders")


def test_the_texts_are_kept_and_what_they_mean_now_is_counted(user, moments):
    start, end = moments[10], moments[20]
    plan = planning.plan(
        user, "orders", date_range={**WEEK, "start": start.isoformat(), "end": end.isoformat()}
    )
    assert plan.date_range == {**WEEK, "start": start.isoformat(), "end": end.isoformat()}
    within = [moment for moment in moments if start <= moment < end]
    assert planning.count(plan) == len(within)
    assert len(within) < len([moment for moment in moments if start <= moment <= end]), (
        "the end is not included"
    )


def test_the_range_is_that_of_the_moment_at_which_the_export_began(user, work, moments):
    export = ask(user, start="1 year ago", end="now")
    began = moments[len(moments) // 2] + timedelta(microseconds=1)
    # As if it had been claimed long ago: what follows sees one moment, whatever the clock says.
    db.session.execute(update(Export).where(Export.id == export.id).values(started_at=began))
    db.session.commit()
    work()
    year_ago = began.replace(year=began.year - 1)
    within = [moment for moment in moments if year_ago <= moment < began]
    export = fresh(export)
    assert (export.status, export.total_count) == ("completed", len(within))
    assert 0 < len(within) < len(moments)
    manifest = next(file for file in export.files if file.kind == "manifest")
    filters = json.loads(b"".join(read_chunks(storage, manifest.key)))["filters"]
    assert filters["date_range"] == {**WEEK, "start": "1 year ago", "end": "now"}
    assert filters["span"] == {"start": year_ago.isoformat(), "end": began.isoformat()}
    assert len(filters["in_words"]) == 1


def test_another_format_of_its_rows_has_its_span(user, work):
    export = ask(user)
    work()
    db.session.execute(update(Export).where(Export.id == export.id).values(started_at=BEGAN))
    db.session.commit()
    another = lifecycle.also_as(user, fresh(export), Output("json"))
    work()
    assert asked.range_in_words(fresh(another)) == asked.range_in_words(fresh(export))


def test_no_row_is_a_row_of_an_empty_span(user, work):
    export = ask(user, start="now", end="now")
    work()
    assert (fresh(export).status, fresh(export).total_count) == ("completed", 0)


@pytest.mark.parametrize(
    ("range", "words"),
    [
        ({}, "Created, 7 days ago midnight to before today (UTC)"),
        ({"end": ""}, "Created, From 7 days ago midnight (UTC)"),
        ({"start": ""}, "Created, Before today (UTC)"),
    ],
)
def test_before_it_begins_the_words_are_those_that_were_asked(user, range, words):
    assert asked.range_in_words(make_export(user, "scheduled", date_range={**WEEK, **range})) == words


def test_once_it_began_the_words_are_moments_in_each_language(user):
    export = make_export(user, "running", date_range=WEEK, started_at=BEGAN)
    assert asked.range_in_words(export) == "Created, 14 Nov 2026, 00:00 to before 21 Nov 2026, 00:00 (UTC)"
    assert " bis vor 21.11.2026, 00:00 (UTC)" in asked.range_in_words(export, "de")
    export.date_range = {**WEEK, "end": "now"}
    assert asked.range_in_words(export).endswith(" to before 21 Nov 2026, 14:30:45 (UTC)")


@pytest.mark.parametrize(
    ("range", "field"),
    [
        ({"start": "soon"}, "date_range.start"),
        ({"end": "later"}, "date_range.end"),
        ({"start": "tomorrow", "end": "yesterday"}, "date_range.end"),
        ({"field": "total"}, "date_range"),
    ],
)
def test_what_is_wrong_is_told_by_its_end(user, range, field):
    with pytest.raises(planning.Invalid) as wrong:
        planning.plan(user, "orders", date_range={**WEEK, **range})
    assert list(wrong.value.errors) == [field]


def test_both_ends_can_be_wrong(user):
    with pytest.raises(planning.Invalid) as wrong:
        planning.plan(user, "orders", date_range={**WEEK, "start": "soon", "end": 7})
    assert list(wrong.value.errors) == ["date_range.start", "date_range.end"]


def test_a_date_counts_as_its_midnight():
    noon, midnight = datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    assert dateranges.between("day", "date", noon, midnight) == All(
        (Comparison("day", "gte", date(2026, 11, 22)), Comparison("day", "lt", date(2026, 11, 23)))
    )
    assert dateranges.between("day", "date", midnight, noon) == All(
        (Comparison("day", "gte", date(2026, 11, 23)), Comparison("day", "lt", date(2026, 11, 22)))
    )
    assert dateranges.between("at", "datetime", noon, None) == Comparison("at", "gte", noon)
    assert dateranges.between("at", "datetime", None, None) is None


def test_the_form_asks_again_for_the_days_that_were_meant(user):
    export = make_export(user, date_range=WEEK, started_at=BEGAN)
    form = from_export(user, export)
    assert (form.preset, form.start, form.end) == ("custom", "2026-11-14", "2026-11-20")
    open_end = make_export(user, date_range={**WEEK, "end": ""}, started_at=BEGAN)
    assert from_export(user, open_end).end == ""


def test_the_page_says_both(client, login, user):
    export = make_export(user, date_range=WEEK, started_at=BEGAN)
    page = login(client, user).get(f"/exports/{export.id}").text
    assert "Relative: 7 days ago midnight to today" in page
    assert " to before " in page
