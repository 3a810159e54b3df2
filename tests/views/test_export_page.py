"""The page of one export: what it shows in each state, and how it keeps itself up to date."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from dashboard.database import db
from dashboard.models import Event
from dashboard.views.progress import interval
from tests.factories import make_export, make_part

POLL = {"HX-Request": "true", "HX-Target": "job"}


def poll(client, export, seen=""):
    return client.get(f"/exports/{export.id}?seen={seen}", headers=POLL).text


def section(text, heading):
    """The text of one card, without tags."""
    card = re.search(
        rf"<section[^>]*>(?:(?!</section>).)*{heading}</h2>.*?</section>", text, re.DOTALL
    ).group()
    return " ".join(re.sub("<[^>]+>", " ", card).split())


def test_a_person_sees_the_own_export_and_what_it_asks_for(client, login, user):
    export = make_export(
        user,
        name="Orders EU, October close",
        fields=["number", "customer.email"],
        where={"all": [{"field": "total", "operator": "gte", "value": "20.00"}]},
        date_range={"field": "placed_at", "preset": "last_month", "start": "2026-10-01", "end": "2026-10-31"},
        timezone="Europe/Berlin",
        language="de",
    )
    text = login(client, user).get(f"/exports/{export.id}").text
    asked = section(text, "What is exported")
    assert "1 Oct 2026, 00:00 to 31 Oct 2026, 23:59 (Europe/Berlin)" in asked
    assert "Relative: last month" in asked
    assert "Total is at least 20.00" in asked
    assert "2 of " in asked
    assert "customer.email" in asked
    assert "German (de)" in asked
    assert export.uuid in section(text, "Request")


def test_anothers_export_cannot_be_found(client, login, user, stranger):
    export = make_export(user)
    answer = login(client, stranger).get(f"/exports/{export.id}")
    assert answer.status_code == 404
    assert "There is no export with this address" in answer.text


@pytest.mark.parametrize("hidden", ["anothers", "deleted", "none", "no number of ours"])
def test_a_poll_finds_no_more_than_the_page(client, login, user, stranger, hidden):
    export = make_export(stranger if hidden == "anothers" else user, "running")
    if hidden == "deleted":
        export.deleted_at = datetime.now(UTC)
        db.session.commit()
    number = {"none": export.id + 1, "no number of ours": 10**30}.get(hidden, export.id)
    answer = login(client, user).get(f"/exports/{number}?seen=running.0", headers=POLL)
    assert answer.status_code == 404
    assert export.name not in answer.text


@pytest.mark.parametrize("status", ["pending", "running", "finalizing"])
def test_a_poll_reads_an_export_in_one_go(client, login, superuser, user, status):
    export = make_export(user, status, total_count=10)
    login(client, superuser)
    db.session.refresh(export)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    poll(client, export, f"{status}.0")
    assert sum("exports.name" in statement for statement in asked) == 1
    assert not [statement for statement in asked if "exports.outputs" in statement]


def test_a_name_is_text_wherever_it_stands(client, login, user):
    export = make_export(user, "running", name="<script>alert(1)</script>")
    login(client, user)
    for text in (client.get(f"/exports/{export.id}").text, poll(client, export, "waiting.0")):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_running_export_asks_again_and_tells_the_tab_how_far_it_is(client, login, user):
    export = make_export(user, "running", name="Orders EU", total_count=100, collected_count=62)
    login(client, user)
    page = client.get(f"/exports/{export.id}").text
    assert "<title>62% Orders EU · Export Centre</title>" in page
    assert re.search(r'<noscript><meta http-equiv="refresh" content="10"></noscript>\s*</head>', page)
    block = poll(client, export, "running.40")
    assert "<title>62% Orders EU · Export Centre</title>" in block
    assert f'hx-get="/exports/{export.id}?seen=running.62"' in block
    assert "62 of 100 rows" in block
    for outside in ("<html", "<h1", "What is exported"):
        assert outside not in block


@pytest.mark.parametrize("status", ["completed", "failed", "timed_out", "cancelled"])
def test_what_has_ended_does_not_ask_again(client, login, user, status):
    export = make_export(user, status)
    login(client, user)
    for text in (client.get(f"/exports/{export.id}").text, poll(client, export, "running.90")):
        assert 'id="job"' in text
        assert f'hx-get="/exports/{export.id}?' not in text
        assert "hx-trigger" not in text
        assert "data-poll" not in text
        assert 'http-equiv="refresh"' not in text


@pytest.mark.parametrize(
    ("state", "age", "seconds"),
    [
        ("waiting", 0, 0.5),
        ("waiting", 30, 3),
        ("running", 5, 1),
        ("running", 30, 2),
        ("preparing", 30, 2),
        ("running", 700, 5),
    ],
)
def test_how_soon_the_page_asks_again(state, age, seconds):
    assert interval(state, age) == seconds


def test_a_change_of_state_is_announced_once_with_new_actions(client, login, user):
    export = make_export(user, name="Orders EU")
    login(client, user)
    news = poll(client, export, "running.98")
    assert '<div id="announce" hx-swap-oob="innerHTML">Orders EU is completed.</div>' in news
    assert re.search(r'id="actions"[^>]*hx-swap-oob', news)
    again = poll(client, export, "completed.100")
    assert "announce" not in again
    assert 'id="actions"' not in again


@pytest.mark.parametrize(
    ("before", "now", "said"), [(20, 30, "25%"), (30, 45, ""), (20, 80, "75%"), (74, 75, "75%"), (76, 99, "")]
)
def test_quarters_are_announced_and_nothing_between(client, login, user, before, now, said):
    export = make_export(user, "running", total_count=100, collected_count=now)
    block = poll(login(client, user), export, f"running.{before}")
    found = re.search(r'id="announce"[^>]*>([^<]*)<', block)
    assert (found.group(1) if found else "") == said


def test_the_percent_never_goes_back_nor_reaches_100_while_rows_are_missing(client, login, user):
    export = make_export(user, "running", total_count=1000, collected_count=0)
    login(client, user)
    assert "<strong>40%</strong>" in poll(client, export, "running.40")
    assert "<strong>99%</strong>" in poll(client, export, "running.100000000000000000000")
    assert "<strong>0%</strong>" in poll(client, export, "waiting.40")


def test_preparing_the_file_has_a_count_of_its_own(client, login, user):
    export = make_export(user, "finalizing", page=10, parts_rendered=7)
    progress = section(login(client, user).get(f"/exports/{export.id}").text, "Progress")
    assert "77%" in progress
    assert "7 of 9 parts" in progress


def test_phases_carry_their_times(client, login, user):
    start = datetime.now(UTC) - timedelta(minutes=5)
    at = [start + timedelta(seconds=seconds) for seconds in (0, 3, 4, 98, 104)]
    export = make_export(user, created_at=at[0], started_at=at[1], collected_at=at[3], ended_at=at[4])
    db.session.query(Event).delete()
    for moment, kind in ((at[0], "pending"), (at[2], "counted")):
        db.session.add(Event(export_id=export.id, at=moment, kind=kind, message=kind))
    db.session.commit()
    summary = section(login(client, user).get(f"/exports/{export.id}").text, "Summary")
    for words in ("Waiting 3.0 s", "Counting 1.0 s", "Collecting 1 min 34 s", "Preparing file 6.0 s"):
        assert words in summary


def test_a_finished_export_offers_its_file(client, login, user):
    export = make_export(user, warnings={"guarded_cells": 12, "odd_values": 0})
    text = login(client, user).get(f"/exports/{export.id}").text
    assert f'href="/exports/{export.id}/file"' in text
    files = section(text, "Files")
    assert export.result_sha256 in files
    assert "9 B, 10 rows, 2 columns" in files
    assert "Kept until" in files
    assert "(29 days left)" in files
    assert "12 texts that a spreadsheet could run as a formula" in text
    assert "do not fit the type" not in text


def test_a_failure_says_why_how_far_and_what_retry_does(client, login, user):
    export = make_export(
        user, "failed", total_count=88016, collected_count=41200, attempts=3, error_code="source_away",
        error_message="The source did not answer for too long.",
    )  # fmt: skip
    text = login(client, user).get(f"/exports/{export.id}").text
    assert 'role="alert"' in text
    assert "The source did not answer for too long." in text
    assert "41,200 of 88,016 rows" in text
    assert "We tried 3 times." in text
    assert f'action="/exports/{export.id}/restart"' in text
    assert f'href="/exports/new?from={export.id}"' in text


def test_a_deleted_file_is_not_offered(client, login, user):
    export = make_export(user, expired_at=datetime.now(UTC))
    text = login(client, user).get(f"/exports/{export.id}").text
    assert "File expired" in text
    assert "Run again" in text
    assert f"/exports/{export.id}/file" not in text


def test_staff_read_why_they_cannot_cancel(client, login, user):
    export = make_export(user, "running")
    text = login(client, user).get(f"/exports/{export.id}").text
    assert f"/exports/{export.id}/cancel" not in text
    assert "Only superusers can cancel" in text


def test_superusers_are_offered_to_cancel(client, login, user, superuser):
    export = make_export(user, "running")
    text = login(client, superuser).get(f"/exports/{export.id}").text
    assert f'href="/exports/{export.id}/cancel"' in text


def test_without_the_export_right_nothing_is_offered(client, login, no_export):
    export = make_export(no_export)
    text = login(client, no_export).get(f"/exports/{export.id}").text
    assert f"/exports/{export.id}/file" not in text
    assert "/exports/new" not in text


def test_many_parts_and_events_are_cut_to_the_last_50(client, login, user):
    export = make_export(user, "running", page=61, total_count=1000, collected_count=300)
    for page in range(1, 61):
        make_part(export, page)
        db.session.add(Event(export_id=export.id, kind="part", message=f"Part {page} collected"))
    db.session.commit()
    text = login(client, user).get(f"/exports/{export.id}").text
    assert "The last 50 of 60" in section(text, "Parts")
    assert "The last 50 of 61" in section(text, "Timeline")
    assert "Part 60 collected" in text
    assert "Part 10 collected" not in text


def test_a_poll_of_a_session_that_ended_leads_to_the_login_page(client, user):
    export = make_export(user, "running")
    answer = client.get(f"/exports/{export.id}", headers=POLL)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Format CSV Language"),
        ({"delimiter": "comma", "guard": "inline"}, "Format CSV Language"),
        ({"delimiter": "semicolon", "bom": "no"}, "Format CSV (delimiter: semicolon) Language"),
    ],
)
def test_the_format_names_only_the_options_that_are_not_the_usual_ones(client, login, user, options, words):
    export = make_export(user, outputs=[{"format": "csv", "options": options}])
    text = login(client, user).get(f"/exports/{export.id}").text
    assert words in section(text, "What is exported")


@pytest.mark.parametrize(("fields", "words"), [([], "14 columns"), (["id"], "1 column ")])
def test_a_file_says_how_many_columns_it_has(client, login, user, fields, words):
    export = make_export(user, fields=fields)
    assert words in section(login(client, user).get(f"/exports/{export.id}").text, "Files") + " "
