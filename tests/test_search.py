from datetime import UTC, datetime, timedelta

import pytest

from dashboard import search
from dashboard.criteria import Comparison
from dashboard.database import db
from dashboard.search import Filters, find_exports
from dashboard.views import polled
from tests.factories import make_export, make_user


def names(page):
    return [export.name for export in page.items]


def test_staff_see_their_own_and_superusers_everything(user, stranger, superuser):
    make_export(user, name="mine")
    make_export(stranger, name="theirs")
    assert names(find_exports(user)) == ["mine"]
    assert sorted(names(find_exports(superuser))) == ["mine", "theirs"]


def test_anothers_export_cannot_be_found_by_any_key(user, stranger, superuser):
    export = make_export(stranger)
    for key in (export.id, str(export.id), export.uuid):
        assert search.find_export(user, key) is None
        assert search.find_export(superuser, key).id == export.id
    assert polled.by_ids(user, [export.id]) == []


@pytest.mark.parametrize("key", ["", "x", "-1", "1e3", "9" * 400, "٣", "0b9d6c1e", "1 or 1=1"])
def test_a_key_that_is_none_finds_nothing(user, key):
    assert search.find_export(user, key) is None


def test_each_filter_narrows(user):
    make_export(user, name="Orders EU", status="failed", format="json", resource="customers")
    make_export(user, name="100% of it", status="completed")
    for filters in (
        Filters(q="orders e"),
        Filters(statuses=("failed",)),
        Filters(formats=("json",)),
        Filters(resources=("customers",)),
        Filters(where=Comparison("status", "eq", "failed")),
    ):
        assert names(find_exports(user, filters)) == ["Orders EU"], filters
    assert names(find_exports(user, Filters(q="0%"))) == ["100% of it"]
    assert names(find_exports(user, Filters(q="_"))) == []


def test_search_finds_an_id_by_its_beginning(user):
    export = make_export(user)
    make_export(user)
    assert [e.id for e in find_exports(user, Filters(q=export.uuid[:8].upper())).items] == [export.id]


def test_created_is_half_open(user):
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    for hours in (-1, 0, 1):
        make_export(user, name=f"{hours}", created_at=moment + timedelta(hours=hours))
    found = find_exports(user, Filters(created_from=moment, created_to=moment + timedelta(hours=1)))
    assert names(found) == ["0"]


@pytest.mark.parametrize("sort", sorted(search.SORTS))
def test_every_sort_gives_each_export_once_over_all_pages(user, sort):
    for number in range(7):
        make_export(user, name=f"n{number % 3}", status=("failed", "completed")[number % 2])
    for key in (sort, f"-{sort}"):
        seen = [e.id for page in (1, 2, 3) for e in find_exports(user, sort=(key,), page=page, per=3).items]
        assert len(seen) == len(set(seen)) == 7


def test_counting_stops_at_the_cap(user, monkeypatch):
    monkeypatch.setattr(search, "CAP", 2)
    for _ in range(3):
        make_export(user)
    page = find_exports(user, count_cap=2)
    assert (page.total, page.capped) == (2, True)
    assert find_exports(user, count_cap=None).total == 3


def test_facets_follow_the_other_filters(user, superuser):
    make_export(user, status="failed", format="csv")
    make_export(user, status="completed", format="csv")
    make_export(make_user(name="Zoe"), status="completed", format="json")
    found = search.facets(user, Filters(statuses=("failed",)))
    assert found["status"] == {("failed", False): 1, ("completed", False): 1}
    assert found["format"] == {"csv": 1}
    assert "requester" not in found
    people = search.facets(superuser, Filters())["requester"]
    assert people[user.id] == ("Maya Okafor", 2)


def test_places_in_the_queue_count_everybodys_exports(user, stranger):
    first, second = make_export(stranger, status="queued"), make_export(user, status="pending")
    make_export(user, status="running")
    assert search.queue_places([second.id, first.id]) == {first.id: 1, second.id: 2}


def test_new_exports_are_counted_since_one(user):
    first = make_export(user)
    make_export(user, status="failed")
    make_export(user)
    assert search.new_since(user, first.id, Filters()) == 2
    assert search.new_since(user, first.id, Filters(statuses=("failed",))) == 1
    db.session.rollback()


def test_facets_of_a_name_among_what_has_not_expired_count_everything(user, superuser):
    make_export(user, name="Weekly", status="completed", format="csv")
    make_export(user, name="Weekly", status="completed", format="json", expired_at=datetime.now(UTC))
    make_export(user, name="Weekly", status="failed", format="xlsx")
    make_export(user, name="Other", status="completed", format="pdf")
    filters = Filters(q="eekl", statuses=("completed",), expired=False)
    found = search.facets(superuser, filters)
    assert found["format"] == {"csv": 1}
    assert found["status"] == {("completed", False): 1, ("completed", True): 1, ("failed", False): 1}
    assert find_exports(superuser, filters).total == 1


def test_the_rarest_piece_of_a_text_is_a_piece_of_it(user):
    for number in range(20):
        make_export(user, name=f"Orders {number} of week 7")
    assert search.pieces.rarest("Orders 4711").text in "Orders 4711"
    assert search.pieces.rarest("Orders 4711").cost < search.pieces.rarest("Orders").cost
    assert search.pieces.rarest("Ördêrs 4711").text == "Ördêrs 4711"


def test_a_piece_of_one_letter_is_in_many_names(user):
    """Where its trigrams are of words, as PostgreSQL has them: then 7 may begin any number."""
    for number in range(70, 80):
        make_export(user, name=f"Orders {number} of week {number - 60}")
    is_of_words = db.engine.dialect.name == "postgresql"
    assert (search.pieces.rarest("week 7").share > 0.5) == is_of_words
    assert search.pieces.rarest("week 71").share < 0.5


def test_the_filters_of_a_page_tell_how_many_exports_it_lists(user, superuser):
    for status, format in (("completed", "csv"), ("failed", "csv"), ("failed", "json")):
        make_export(user, name="Weekly", status=status, format=format)
    for asked in (Filters(), Filters(q="eekl"), Filters(statuses=("failed",)), Filters(formats=("csv",))):
        filters = search.look_up(asked, gather=True)
        number = search.counted_by(search.facets(superuser, filters), filters)
        assert (
            number
            == find_exports(superuser, asked).total
            == find_exports(superuser, filters, number=number).total
        )
    both = Filters(formats=("csv",), resources=("orders",))
    assert search.counted_by(search.facets(superuser, both), both) is None
