"""How states, times, sizes and counts read: words of ux.md, sections 3 and 4."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from dashboard.models import STATUSES, Event, Export, User
from dashboard.views import presenting, times

NOW = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _a_request(app):
    with app.test_request_context():
        yield


def export(status, **values):
    given = {
        "name": "Orders",
        "collected_count": 0,
        "page": 1,
        "parts_rendered": 0,
        "fail_count": 0,
        **values,
    }
    return Export(status=status, **given)


def test_every_status_has_a_state_that_people_see():
    seen = {status: presenting.ui_state(export(status)) for status in STATUSES}
    assert set(seen.values()) <= set(presenting.STATES)
    assert seen["waiting_next_page"] == "running", "people must not see it flicker between pages"
    assert seen["timed_out"] == "failed"
    assert seen["finalizing"] == "preparing"


def test_a_completed_export_without_its_file_is_expired():
    assert presenting.ui_state(export("completed")) == "completed"
    gone = export("completed", expired_at=NOW)
    assert presenting.ui_state(gone) == "expired"
    assert presenting.state_note(gone) == f"File deleted {presenting.day(NOW)}"


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"status": "queued", "place": 2}, "2nd in queue"),
        ({"status": "queued"}, ""),
        ({"status": "running", "total_count": 100, "collected_count": 62}, "62%"),
        ({"status": "running", "collected_count": 41_200}, "41,200 rows so far"),
        ({"status": "running"}, ""),
        ({"status": "finalizing", "page": 10, "parts_rendered": 7}, "part 8 of 9"),
        ({"status": "finalizing", "page": 10, "parts_rendered": 9}, "part 9 of 9"),
        ({"status": "finalizing", "page": 2}, ""),
        ({"status": "completed", "started_at": NOW, "ended_at": NOW + timedelta(seconds=12)}, "in 12 s"),
        ({"status": "completed", "fail_count": 5}, "5 rows skipped"),
        ({"status": "completed", "fail_count": 1}, "1 row skipped"),
        (
            {"status": "failed", "error_message": "The source went away. We read 10 rows."},
            "The source went away",
        ),
        ({"status": "cancelled"}, ""),
        ({"status": "cancelled", "cancelled_by": User(name="Tomas Lind")}, "by Tomas Lind"),
    ],
)
def test_the_note_beside_the_badge(values, note):
    place = values.pop("place", None)
    assert presenting.state_note(export(**values), place) == note


def test_the_bar_of_an_unknown_total_has_no_value():
    assert presenting.state_bar(export("running", collected_count=5)).value is None
    known = presenting.state_bar(export("running", collected_count=5, total_count=20))
    assert (known.value, known.max) == (5, 20)
    assert presenting.state_bar(export("completed")) is None


def test_preparing_is_a_bar_of_its_own():
    bar = presenting.state_bar(
        export("finalizing", page=10, parts_rendered=7, collected_count=9, total_count=9)
    )
    assert (bar.value, bar.max, bar.label) == (7, 9, "Preparing file")


def running(elapsed, collected, total=1000, rate=10.0):
    started = NOW - timedelta(seconds=elapsed)
    values = {
        "collected_count": collected,
        "total_count": total,
        "rows_per_second": rate,
        "started_at": started,
    }
    return export("running", **values)


def test_time_left_is_not_guessed_too_early():
    assert presenting.time_left(running(4, 500), NOW) == "", "before 5 seconds"
    assert presenting.time_left(running(60, 15), NOW) == "", "before 2 percent"
    assert presenting.time_left(running(60, 500, rate=None), NOW) == ""
    assert presenting.time_left(running(60, 500), NOW) == "about 50 s"
    assert presenting.time_left(running(60, 1000), NOW) == "", "nothing is left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds"),
        (38, "about 40 s"),
        (54, "about 55 s"),
        (56, "about 1 min"),
        (125, "about 3 min"),
        (4000, "about 2 hours"),
    ],
)
def test_durations_to_come_are_rounded_up(seconds, words):
    assert presenting.roughly(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "under 1 s"),
        (12.4, "12 s"),
        (68, "1 min 08 s"),
        (101, "1 min 41 s"),
        (7500, "2 h 05 min"),
        (59.7, "1 min 00 s"),
    ],
)
def test_durations(seconds, words):
    assert presenting.duration(seconds) == words


def test_short_durations_can_keep_a_tenth():
    assert presenting.duration(9.12, exact=True) == "9.1 s"
    assert presenting.duration(12.3, exact=True) == "12 s"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (612_400, "612 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
        (48_100_000, "48.1 MB"), (999_949_999, "999.9 MB"), (999_950_000, "1.0 GB"), (12_340_000_000, "12.3 GB"),
    ],
)  # fmt: skip
def test_sizes(value, words):
    assert presenting.in_bytes(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (0.5, "0.5 rows/s"),
        (12.34, "12.3 rows/s"),
        (123.4, "123 rows/s"),
        (12_843, "12,800 rows/s"),
        (999.6, "1,000 rows/s"),
    ],
)
def test_speed_has_three_significant_digits(value, words):
    assert presenting.speed(value) == words


def test_ordinals():
    assert [presenting.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th",
    ]  # fmt: skip


def test_counts_stop_at_their_cap():
    assert presenting.number(1_248_902) == "1,248,902"
    assert presenting.number(10_000, 9_999) == "9,999+"
    page = SimpleNamespace(total=10_000, capped=True, page=2, per=25, items=[1] * 25)
    assert presenting.page_range(page) == "26 to 50 of 10,000+"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=3, seconds=50), "3 min ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=6), "6 hours ago"),
        (timedelta(hours=14), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=31), "21 Oct"),
        (timedelta(days=400), "17 Oct 2025"),
    ],
)
def test_times_are_relative_up_to_thirty_days(age, words):
    assert presenting.ago(NOW - age, NOW) == words


def test_full_times_name_the_zone():
    assert presenting.full_time(NOW) == "Sat 21 Nov 2026, 12:05 UTC"
    assert presenting.clock_time(NOW) == "12:05:00"


def test_times_are_those_of_the_person(app, user, monkeypatch):
    user.settings = {"timezone": "Europe/Berlin"}
    monkeypatch.setattr(times, "current_user", user)
    assert presenting.full_time(NOW) == "Sat 21 Nov 2026, 13:05 CET"
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert presenting.ago(late, NOW) == "12 hours ago", "half past midnight in Berlin is today"


def test_long_texts_lose_their_last_words():
    assert presenting.shorten("Source timed out at row 41,200", 44) == "Source timed out at row 41,200"
    assert (
        presenting.shorten("The product source, after three tries, did not answer", 40)
        == "The product source, after three tries…"
    )


def test_events_have_the_colour_of_their_state():
    assert presenting.event_state(Event(kind="completed")) == "completed"
    assert presenting.event_state(Event(kind="part")) == "running"
    assert presenting.event_state(Event(kind="downloaded")) == ""
