"""The list of exports: what it shows to whom, its filters and words, sorting, pages, and the answers to its poller."""

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import event

from dashboard.database import db
from dashboard.models import Export
from dashboard.views import live
from tests.factories import make_export, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mine(client, login, user):
    """A client of Maya, who is staff."""
    return login(client, user)


@pytest.fixture
def boss(client, login, superuser):
    return login(client, superuser)


def names(answer):
    return [html.unescape(name) for name in re.findall(r'class="name" href="[^"]+">([^<]+)<', answer.text)]


def chips(answer):
    return [html.unescape(text).strip() for text in re.findall(r'class="chip">([^<]+)<', answer.text)]


def query(client, **pairs):
    return client.get("/exports?" + urlencode(pairs, doseq=True))


def row(answer, name):
    """The table row of an export, as text."""
    return next(part for part in answer.text.split("<tr role")[1:] if name in part).partition("</tr>")[0]


# Who sees what


def test_staff_see_their_own_and_nothing_of_others(mine, user, stranger):
    make_export(user, name="Orders EU")
    make_export(stranger, name="Secret ledger")
    answer = mine.get("/exports")
    assert names(answer) == ["Orders EU"]
    assert "1 export<" in " ".join(answer.text.split()).replace(" <", "<")
    for leak in ("Secret ledger", "Jonas Weber", "Requester", "Requested by"):
        assert leak not in answer.text


def test_staff_cannot_ask_for_anothers_exports(mine, user, stranger):
    make_export(stranger, name="Secret ledger")
    make_export(user, name="Orders EU")
    for answer in (query(mine, requester=stranger.id), query(mine, q="by:jonas")):
        assert names(answer) == ["Orders EU"]
        assert "ignored" in answer.text


def test_superusers_see_everything_and_who_asked(boss, user, stranger):
    make_export(user, name="Orders EU")
    make_export(stranger, name="Ledger")
    answer = boss.get("/exports")
    assert set(names(answer)) == {"Orders EU", "Ledger"}
    assert "Jonas Weber" in row(answer, "Ledger")


# Rows


def test_a_row_offers_what_its_state_and_reader_allow(mine, user):
    make_export(user, "running", name="Busy")
    make_export(user, "failed", name="Broken", error_message="The source went away. We read 10 rows.")
    done = make_export(user, "completed", name="Done")
    make_export(user, "completed", name="Gone", expired_at=datetime.now(UTC))
    answer = mine.get("/exports")
    assert "Only superusers can cancel" in row(answer, "Busy")
    assert "/cancel" not in answer.text
    assert "/restart" in row(answer, "Broken")
    assert "The source went away<" in row(answer, "Broken")
    assert f'href="/exports/{done.id}/file" aria-label="Download Done, 9 B"' in row(answer, "Done")
    assert "Only superusers" not in row(answer, "Done")
    assert "File expired" in row(answer, "Gone")
    assert "/file" not in row(answer, "Gone")
    assert all("/exports/new?from=" in row(answer, name) for name in ("Busy", "Broken", "Done", "Gone"))


def test_superusers_can_cancel_what_is_active(boss, user):
    busy = make_export(user, "running", name="Busy")
    make_export(user, "completed", name="Done")
    answer = boss.get("/exports")
    assert f'href="/exports/{busy.id}/cancel"' in row(answer, "Busy")
    assert 'hx-target="#dialog"' in row(answer, "Busy")
    assert "/cancel" not in row(answer, "Done")


def test_who_lost_the_right_to_export_cannot_download(client, login, no_export):
    make_export(no_export, "completed", name="Done")
    answer = login(client, no_export).get("/exports")
    assert names(answer) == ["Done"]
    for link in ("/file", "/exports/new", "/restart"):
        assert link not in answer.text


def test_retry_works_as_a_form_of_the_row(mine, user, enqueued):
    broken = make_export(user, "failed", name="Broken")
    answer = mine.get("/exports")
    action, token = re.search(
        r'action="(/exports/\d+/restart)"><input type="hidden" name="csrf_token" value="([^"]+)"', answer.text
    ).groups()
    assert mine.post(action, data={"csrf_token": token}).status_code == 303
    db.session.refresh(broken)
    assert broken.is_active
    assert enqueued


def test_a_progress_bar_has_a_value_only_when_the_total_is_known(mine, user):
    make_export(user, "running", name="Counted", total_count=100, collected_count=62)
    make_export(user, "running", name="Unknown", total_count=None, collected_count=41_200)
    answer = mine.get("/exports")
    assert 'max="100" value="62" aria-label="Collecting rows, Counted"' in row(answer, "Counted")
    assert "62%" in row(answer, "Counted")
    assert "value=" not in re.search(r"<progress[^>]*>", row(answer, "Unknown"))[0]
    assert "41,200 rows so far" in row(answer, "Unknown")


def test_those_who_wait_see_their_place(mine, user, stranger):
    make_export(stranger, "queued", created_at=datetime.now(UTC) - timedelta(hours=1))
    make_export(user, "pending", name="Mine")
    assert "2nd in queue" in row(mine.get("/exports"), "Mine")


def test_a_full_page_stays_small(boss, user):
    for number in range(25):
        make_export(
            user,
            ("completed", "running", "failed")[number % 3],
            name=f"Orders of the {number}th store, October",
        )
    answer = boss.get("/exports")
    assert len(names(answer)) == 25
    assert len(answer.data) < 70_000


# Nothing to show


def test_before_the_first_export_there_is_one_thing_to_do(mine):
    answer = mine.get("/exports")
    assert "Create your first export" in answer.text
    assert answer.text.count('class="btn primary"') == 1
    assert "<table" not in answer.text


def test_nothing_found_says_what_was_looked_for(mine, user):
    make_export(user)
    answer = query(mine, q="ledgr", status="failed")
    assert (
        "Nothing is named “ledgr” with status Failed. Check the spelling or remove a filter." in answer.text
    )
    assert 'href="/exports">Clear filters' in answer.text
    assert "Nothing has status Waiting or Failed." in query(mine, status=["waiting", "failed"]).text
    assert "Nothing is found with these filters." in query(mine, created="last_month").text


# Filters


@pytest.fixture
def some_of_each(user):
    for status in ("queued", "running", "finalizing", "completed", "failed", "timed_out", "cancelled"):
        make_export(user, status, name=status)
    make_export(user, "completed", name="expired", expired_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ("waiting", "queued"),
        ("running", "running"),
        ("preparing", "finalizing"),
        ("completed", "completed"),
        ("expired", "expired"),
        ("failed", "failed timed_out"),
        ("completed expired", "completed expired"),
        ("expired failed", "expired failed timed_out"),
        ("running completed", "running completed"),
        ("completed expired cancelled", "completed expired cancelled"),
    ],
)
def test_states_are_filters(mine, some_of_each, states, found):
    answer = query(mine, status=states.split())
    assert sorted(names(answer)) == sorted(found.split())
    assert all(f'value="{state}" checked' in answer.text for state in states.split())


def counts_of(answer, key):
    pairs = re.findall(rf'id="fn-{key}-(\w+)"[^>]*>([\d,]+)<', answer.text)
    return {value: int(found) for value, found in pairs if int(found)}


def test_facets_count_what_a_value_would_show(mine, some_of_each):
    every = {
        "waiting": 1,
        "running": 1,
        "preparing": 1,
        "completed": 1,
        "failed": 2,
        "cancelled": 1,
        "expired": 1,
    }
    assert counts_of(mine.get("/exports"), "status") == every
    assert counts_of(query(mine, status=["failed", "expired"]), "status") == every, "not narrowed by itself"
    assert counts_of(query(mine, q="t", status="failed"), "status") == {
        "completed": 1, "failed": 1,
    }, "narrowed by the others"  # fmt: skip
    assert counts_of(query(mine, status=["failed", "expired"]), "format") == {"csv": 3}


def test_filters_of_one_kind_add_and_of_several_kinds_narrow(mine, user):
    make_export(user, name="A", resource="orders", format="csv")
    make_export(user, name="B", resource="customers", format="csv")
    make_export(user, name="C", resource="customers", format="xlsx")
    assert sorted(names(query(mine, resource=["orders", "customers"]))) == ["A", "B", "C"]
    assert names(query(mine, resource="customers", format="xlsx")) == ["C"]
    assert chips(query(mine, resource="customers", format="xlsx")) == ["Resource: Customers", "Format: XLSX"]


def test_superusers_filter_by_requester(boss, user, stranger):
    make_export(user, name="A")
    make_export(stranger, name="B")
    answer = query(boss, requester=stranger.id)
    assert names(answer) == ["B"]
    assert chips(answer) == ["Requester: Jonas Weber"]


def test_a_chip_takes_its_filter_away_and_keeps_the_rest(mine, user):
    make_export(user)
    answer = query(mine, status="completed", format="csv", sort="name")
    links = re.findall(r'class="chip">([^<]+) <a href="([^"]+)"', answer.text)
    assert [(text, html.unescape(url)) for text, url in links] == [
        ("Status: Completed", "/exports?format=csv&sort=name"),
        ("Format: CSV", "/exports?status=completed&sort=name"),
    ]
    assert 'href="/exports?sort=name">Clear filters' in answer.text


def test_search_finds_names_and_beginnings_of_ids(mine, user):
    orders = make_export(user, name="Orders 100% EU")
    make_export(user, name="Customers")
    assert names(query(mine, q="0% e")) == ["Orders 100% EU"]
    assert names(query(mine, q=orders.uuid[:8])) == ["Orders 100% EU"]
    assert names(query(mine, q="%")) == ["Orders 100% EU"], "a percent sign is only itself"


def test_created_counts_days_in_the_zone_of_the_person(mine, user):
    user.settings = {"timezone": "Pacific/Auckland"}
    db.session.commit()
    # 12:30 UTC is half past one in the morning of the next day in Auckland (in November).
    make_export(user, name="Next day", created_at=datetime(2026, 11, 1, 12, 30, tzinfo=UTC))
    make_export(user, name="That day", created_at=datetime(2026, 11, 1, 10, 30, tzinfo=UTC))
    assert names(query(mine, created_from="2026-11-01", created_to="2026-11-01")) == ["That day"]
    assert names(query(mine, created_from="2026-11-02")) == ["Next day"]
    assert chips(query(mine, created_from="2026-11-01", created_to="2026-11-01")) == ["Created: 1 Nov"]


def test_created_presets(mine, user):
    now = datetime.now(UTC)
    make_export(user, name="New")
    make_export(user, name="Old", created_at=now - timedelta(days=10))
    make_export(user, name="Ancient", created_at=now - timedelta(days=100))
    assert names(query(mine, created="today")) == ["New"]
    assert names(query(mine, created="last_7_days")) == ["New"]
    assert names(query(mine, created="last_30_days")) == ["New", "Old"]
    assert chips(query(mine, created="last_30_days")) == ["Created: last 30 days"]


# Words


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("status:failed", ["failed", "timed_out"], ["Status: Failed"]),
        ("STATUS:Fail time", ["timed_out"], ["Status: Failed"]),
        ('status:"file expired"', ["expired"], ["Status: File expired"]),
        ("status:active", ["queued", "running", "finalizing"], ["Status: Waiting, Running, Preparing file"]),
        ("format:csv resource:orders cancel", ["cancelled"], ["Resource: Orders", "Format: CSV"]),
        ("created:<2020-01-01", [], ["Created: until 31 Dec 2019"]),
        ("created:>=2020-01-01 created:<=2020-01-05", [], ["Created: 1 Jan 2020 to 5 Jan 2020"]),
    ],
)
def test_words_of_the_search_are_filters(mine, some_of_each, text, found, expected):
    answer = query(mine, q=text)
    assert sorted(names(answer)) == sorted(found)
    assert chips(answer) == expected


def test_after_the_day_begins_on_the_next_one(mine, user):
    make_export(user, name="On", created_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    make_export(user, name="After", created_at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert names(query(mine, q="created:>2026-11-01")) == ["After"]
    assert names(query(mine, q="created:>=2026-11-01")) == ["After", "On"]
    assert names(query(mine, q="created:2026-11-01")) == ["On"]


def test_people_are_found_by_a_part_of_their_name(boss, user, stranger, superuser):
    for person in (user, stranger, superuser):
        make_export(person, name=f"Of {person.name}")
    assert names(query(boss, q="by:MAYA")) == ["Of Maya Okafor"]
    assert names(query(boss, q='by:"jonas web"')) == ["Of Jonas Weber"]
    assert names(query(boss, q="by:me")) == ["Of Tomas Lind"]
    assert "by “zz”" in query(boss, q="by:zz").text


def test_what_is_left_of_the_search_stays_in_the_field(mine, user):
    make_export(user, name="Ledger: Q3")
    answer = query(mine, q="ledger: status:completed q3")
    assert 'name="q" value="ledger: q3"' in answer.text
    assert names(answer) == ["Ledger: Q3"]


# The URL


@pytest.mark.parametrize(
    "pairs",
    [
        {"status": "bogus"},
        {"sort": "password_hash"},
        {"sort": "--name"},
        {"page": "-1"},
        {"page": "0"},
        {"page": "1e3"},
        {"per": "7"},
        {"per": "9999999999999999999999"},
        {"created": "someday"},
        {"created_from": "2026-13-01"},
        {"created_to": "0001-01-01"},
        {"format": "exe"},
        {"resource": "users"},
        {"requester": "1 or 1=1"},
        {"page": "²"},
        {"q": "created:>soon"},
        {"q": "created:2026-99-99"},
        {"q": "status:nothing"},
        {"order": "drop table"},
    ],
)
def test_what_is_not_known_is_dropped_and_named(mine, user, pairs):
    make_export(user, name="Orders EU")
    answer = query(mine, **pairs)
    assert answer.status_code == 200
    assert names(answer) == ["Orders EU"]
    assert "Part of the address was ignored" in answer.text
    assert not chips(answer)


def test_a_page_too_far_is_the_last_one(mine, user):
    for number in range(12):
        make_export(user, name=f"N{number}")
    answer = query(mine, per=10, page=99)
    assert "11 to 12 of 12" in answer.text
    assert len(names(answer)) == 2


def test_an_odd_query_never_breaks_the_page(mine, user):
    make_export(user)
    for text in (
        "\x00",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "status:",
        "by:",
        "created:",
        "🦊" * 300,
        "a" * 5000,
        "‮abc",
    ):
        assert query(mine, q=text).status_code == 200
        assert mine.get("/exports?" + urlencode({"q": text}), headers=HTMX).status_code == 200


# Sorting and pages


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["a", "B", "c"]),
        ("-name", ["c", "B", "a"]),
        ("rows", ["B", "c", "a"]),
        ("-created", ["B", "a", "c"]),
    ],
)
def test_sorting(mine, user, sort, expected):
    now = datetime.now(UTC)
    make_export(user, name="c", collected_count=20, created_at=now - timedelta(minutes=3))
    make_export(user, name="a", collected_count=30, created_at=now - timedelta(minutes=2))
    make_export(user, name="B", collected_count=10, created_at=now - timedelta(minutes=1))
    assert names(query(mine, sort=sort)) == expected


def test_only_the_sorted_heading_says_so_and_links_to_the_other_way(mine, user):
    make_export(user)
    headings = re.findall(r"<th role.*?</th>", mine.get("/exports").text, re.S)
    (heading,) = [heading for heading in headings if "aria-sort" in heading]
    assert 'aria-sort="descending"' in heading
    assert 'href="/exports?sort=created"' in heading
    headings = re.findall(r"<th role.*?</th>", query(mine, sort="created").text, re.S)
    (heading,) = [heading for heading in headings if "aria-sort" in heading]
    assert 'aria-sort="ascending"' in heading
    assert 'href="/exports"' in heading


def test_pages_keep_filter_and_sort(mine, user):
    for number in range(23):
        make_export(user, name=f"N{number:02}")
    first = query(mine, q="n", sort="name", per=10)
    assert names(first)[:2] == ["N00", "N01"]
    assert "1 to 10 of 23" in first.text
    older = html.unescape(re.search(r'id="older" href="([^"]+)"', first.text)[1])
    assert older == "/exports?q=n&sort=name&page=2&per=10"
    assert 'id="newer"' not in first.text
    last = mine.get(older.replace("page=2", "page=3"))
    assert names(last) == ["N20", "N21", "N22"]
    assert 'id="older"' not in last.text


def test_rows_per_page_are_kept(mine, user, csrf):
    for number in range(12):
        make_export(user, name=f"N{number:02}")
    data = {"csrf_token": csrf(mine), "rows_per_page": "10", "next": "/exports?sort=name"}
    answer = mine.post("/settings/rows", data=data)
    assert answer.headers["Location"] == "/exports?sort=name"
    assert len(names(mine.get("/exports"))) == 10
    bad = {"csrf_token": csrf(mine), "rows_per_page": "1000"}
    assert mine.post("/settings/rows", data=bad).status_code == 422


def test_views_are_links_with_counts(boss, superuser, user):
    make_export(user, "running")
    make_export(user, "failed")
    make_export(user, "failed", created_at=datetime.now(UTC) - timedelta(days=8))
    text = " ".join(query(boss, status="failed", created="last_7_days").text.split())
    views = re.search(r'<nav class="views".*?</nav>', text)[0]
    assert f'href="/exports?requester={superuser.id}"' in views
    assert re.search(r"In progress <span[^>]*>1</span>", views)
    assert re.search(r'aria-current="page">Failed, 7 days <span[^>]*>1</span>', views)
    assert views.count("aria-current") == 1
    for link in re.findall(r'href="([^"]+)"', views):
        assert (
            'aria-current="page"'
            in re.search(r'<nav class="views".*?</nav>', boss.get(html.unescape(link)).text, re.S)[0]
        )


def test_staff_have_no_view_of_their_own_as_all_are_theirs(mine, user):
    make_export(user)
    assert ">Mine<" not in mine.get("/exports").text


# htmx


def test_htmx_gets_the_results_alone(mine, user):
    make_export(user, name="Orders EU")
    answer = mine.get("/exports?q=orders&created=&order=", headers=HTMX)
    assert answer.text.startswith("<title>Exports · Export Centre</title>")
    assert names(answer) == ["Orders EU"]
    assert 'id="results"' in answer.text
    for part in ("<html", "<h1", 'id="q"', 'type="checkbox"'):
        assert part not in answer.text
    assert answer.headers["HX-Push-Url"] == "/exports?q=orders", "without the empty fields"


def test_back_and_forward_get_the_whole_page(mine, user):
    make_export(user)
    for extra in ({"HX-History-Restore-Request": "true"}, {"HX-Boosted": "true"}):
        assert "<html" in mine.get("/exports", headers={**HTMX, **extra}).text


def test_a_swap_brings_the_new_counts_along(mine, some_of_each):
    answer = mine.get("/exports?status=failed", headers=HTMX)
    assert 'hx-swap-oob="innerHTML:#found">2 found<' in answer.text
    assert re.search(r'id="fc-status" hx-swap-oob="outerHTML">1<', answer.text)
    assert counts_of(answer, "status")["expired"] == 1
    assert 'id="views" aria-label="Views" hx-swap-oob' in answer.text


def test_the_swapped_region_holds_nothing_that_a_person_fills_in(mine, user):
    make_export(user, "failed")
    answer = mine.get("/exports", headers=HTMX)
    controls = re.findall(r"<(?:input|select|textarea)[^>]*>", answer.text)
    assert controls
    assert all('type="hidden"' in control for control in controls)


# The poller


def poll_of(answer):
    return html.unescape(
        re.search(r'id="live" data-poll hx-get="([^"]+)" hx-trigger="([^"]+)"', answer.text)[1]
    )


def every(answer):
    return re.search(r'hx-trigger="every (\d+)s, wake"', answer.text)[1]


@pytest.fixture
def ask(client):
    return lambda url: client.get(url, headers=HTMX)


def test_nothing_changed_is_answered_with_nothing(mine, user, ask):
    make_export(user, "running")
    make_export(user, "queued")
    answer = ask(poll_of(mine.get("/exports")))
    assert (answer.status_code, answer.data) == (204, b"")


def test_progress_changes_only_its_cell_and_is_not_announced(mine, user, ask):
    moving = make_export(user, "running", total_count=100, collected_count=62)
    still = make_export(user, "running", total_count=100, collected_count=10)
    url = poll_of(mine.get("/exports"))
    moving.collected_count = 63
    db.session.commit()
    answer = ask(url)
    assert f'id="s-{moving.id}" hx-swap-oob="outerHTML"' in answer.text
    assert "63%" in answer.text
    for part in (f"s-{still.id}", f"a-{moving.id}", "announce", "<td", "<input", "totals"):
        assert part not in answer.text
    assert ask(poll_of(answer)).status_code == 204


def test_a_new_state_brings_actions_counts_and_one_sentence(mine, user, ask):
    export = make_export(user, "running", name="Orders EU")
    url = poll_of(mine.get("/exports"))
    export.status, export.result_size = "completed", 48_100_000
    db.session.commit()
    answer = ask(url)
    for kind in "snzae":
        assert f'id="{kind}-{export.id}" hx-swap-oob="outerHTML"' in answer.text
    assert "Download Orders EU, 48.1 MB" in answer.text
    assert '<div id="announce" hx-swap-oob="innerHTML">Orders EU is completed.</div>' in answer.text
    assert re.search(r'id="side-count" hx-swap-oob="outerHTML" hidden', answer.text)
    assert "ids=&" in poll_of(answer), "it is not asked for again"
    assert every(answer) == "30"


def test_several_changes_are_one_sentence(user):
    exports = [make_export(user, "completed", name=str(number)) for number in range(3)]
    changed = [live.Change(export, None, True) for export in exports]
    assert live.announcement(changed) == "3 exports are completed."
    failed = live.Change(make_export(user, "failed", name="Ledger"), None, True)
    assert live.announcement([*changed, failed]) == "4 exports have changed."
    assert live.announcement([failed]) == "Ledger has failed."
    assert live.announcement([live.Change(exports[0], None, False)]) == ""


def test_new_exports_make_a_line_and_move_no_row(mine, user, stranger, ask):
    make_export(user, "running", name="Old")
    url = re.sub(r"counted=\d+", "counted=0", poll_of(mine.get("/exports?format=csv")))
    make_export(user, "queued", name="New")
    make_export(user, "queued", name="Other format", format="xlsx")
    make_export(stranger, "queued", name="Secret")
    answer = ask(url)
    assert '1 new export. <a href="/exports?format=csv">Show</a>' in answer.text
    assert "New<" not in answer.text
    assert "<tr" not in answer.text
    assert "2 exports" not in answer.text.partition("totals")[0]


def test_a_poller_gets_nothing_of_another_person(mine, stranger, ask):
    secret = make_export(stranger, "running", name="Secret ledger")
    answer = ask(f"/exports/live?ids={secret.id}&sig=w&newest=0&counted=0&opened=0")
    assert "Secret ledger" not in answer.text
    assert f"s-{secret.id}" not in answer.text


def test_an_export_that_is_gone_is_not_asked_for_again(mine, user, ask):
    export = make_export(user, "running")
    url = re.sub(r"counted=\d+", "counted=0", poll_of(mine.get("/exports")))
    number = export.id
    db.session.query(Export).filter_by(id=number).update({"requested_by_id": make_user().id})
    db.session.commit()
    assert "ids=&" in poll_of(ask(url))


@pytest.mark.parametrize(
    "url",
    [
        "/exports/live",
        "/exports/live?ids=1,2&sig=w",
        "/exports/live?ids=a,,²,9999999999999999999999&sig=...&newest=x",
        "/exports/live?ids=-1&sig=%00&counted=1e9&opened=-5",
        f"/exports/live?ids={','.join(map(str, range(5000)))}",
    ],
)
def test_an_odd_poll_is_answered_all_the_same(mine, ask, url):
    assert ask(url).status_code in (200, 204)


def test_how_often_to_ask(mine, user, stranger, monkeypatch):
    monkeypatch.setattr(live, "current_user", user)
    own, old = (
        make_export(user, "running"),
        make_export(user, "running", created_at=datetime.now(UTC) - timedelta(hours=1)),
    )
    assert live.interval([], 0) == 30, "nothing moves"
    assert live.interval([old], 5) == 4
    assert live.interval([own, old], 5) == 2, "just started by oneself"
    assert live.interval([make_export(stranger, "running")], 5) == 4
    assert live.interval([old], 700) == 8, "after ten minutes"
    assert live.interval([old], 9 * 3600) == 30, "after a working day"


def test_a_poll_costs_few_queries(mine, user, ask):
    for _ in range(10):
        make_export(user, "running")
    url = poll_of(mine.get("/exports"))
    asked = []

    def note(*given):
        asked.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert ask(url).status_code == 204
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) <= 2, "the session, and the exports by their ids"
