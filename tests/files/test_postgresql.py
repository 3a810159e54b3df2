"""The demo shop on PostgreSQL, in the types that people have there, and the records on PostgreSQL beside it."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask_migrate import upgrade
from psycopg.types.json import Jsonb
from sqlalchemy import update

from dashboard import lifecycle
from dashboard.app import create_app
from dashboard.config import read
from dashboard.criteria import All, Comparison
from dashboard.database import db, now
from dashboard.extensions import storage
from dashboard.models import Export
from tests.databases import schema_on
from tests.files import test_hostile_names as hostile
from tests.files.expected import Json, assert_csv
from tests.files.exporting import ask, file_of, fresh
from tests.files.reading import read_csv, read_json
from tests.files.stored import quoted, rows_of

pytestmark = pytest.mark.postgresql

CUSTOMERS = """CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(254), first_name text, last_name text,
    name text NOT NULL, phone text, city text, country char(2), note text, created_at timestamptz,
    updated_at timestamptz)"""
ORDERS = """CREATE TABLE orders (id bigint PRIMARY KEY, number varchar(40) NOT NULL, status text,
    payment_status text, customer_id bigint REFERENCES customers, customer_email text, currency char(3),
    total numeric(12,2), items_count integer, note text, placed_at timestamptz, shipped_at timestamp,
    created_at timestamptz(3), updated_at timestamptz,
    paid boolean, ref uuid, scan bytea, details jsonb, due date, slot time, took interval, tags text[],
    exact numeric, weight double precision)"""
# Other than SQLite, PostgreSQL wants every column to have a name.
NAMES = [name for name in hostile.NAMES if name]
NAMED = [[value for name, value in zip(hostile.NAMES, row, strict=True) if name] for row in hostile.NAMED]
TABLES = hostile.TABLES
INTERVALS = (
    ("1 day 02:00", "P1DT2H"), ("-3 mons", "P-3M"), ("0", "PT0S"), ("00:00:01.5", "PT1.5S"),
    ("1 year 2 mons -4 days -00:00:07", "P1Y2M-4DT-7S"),
)  # fmt: skip
DETAILS = (
    ({"a": [1, None, True], "e": "é \"x\" =1+1"}, '{"a":[1,null,true],"e":"é \\"x\\" =1+1"}'),
    ("=1+1", '"=1+1"'), (17, "17"), ([], "[]"), ({}, "{}"),
)  # fmt: skip
TAGS = (
    ([], "[]"),
    (["a", "b c", None], '["a","b c",null]'),
    (["=1+1", 'say "hi"'], '["=1+1","say \\"hi\\""]'),
)
EXACT = tuple(map(Decimal, ("12345678901234567890.123456789012345678901234567890", "0.1", "-3", "0.000001")))


def more(number):
    """The further columns of an order: what is stored, and what is meant by it."""
    if number % 9 == 0:
        return [None] * 10, [None] * 10
    took, details, tags = INTERVALS[number % 5], DETAILS[number % 5], TAGS[number % 3]
    ref = f"0b9f6c1e-8f0d-4a54-9d3e-{number:012x}"
    slot = f"{number % 24:02}:{number % 60:02}:07" + (".250000" if number % 4 == 0 else "")
    due, weight = date(2026, 1, 1) + timedelta(number), number / 7
    same = [number % 2 == 0, ref, bytes([0, number % 256, 255])]
    stored = [*same, Jsonb(details[0]), due, slot, took[0], tags[0], EXACT[number % 4], weight]
    shown = slot.rstrip("0") if "." in slot else slot
    return stored, [*same, Json(details[1]), due, shown, took[1], Json(tags[1]), EXACT[number % 4], weight]


def moments(rows, *places):
    """As SQLite's text does not show: with fractions of a second."""
    for row in rows:
        for place in places:
            if row[place] is not None:
                row[place] += timedelta(milliseconds=row[0] % 3)
    return rows


@pytest.fixture(scope="module")
def rows(shop):
    """The orders and customers of the shop, as they are meant."""
    with closing(sqlite3.connect(shop.parent / "shop.sqlite")) as plain:
        _, customers = rows_of(plain, "customers")
        _, orders = rows_of(plain, "orders")
    return {"customers": customers, "orders": moments(orders, 10, 12)}


@pytest.fixture(scope="module")
def source(_postgresql_server, rows):
    with schema_on(_postgresql_server) as url:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(CUSTOMERS)
            database.execute(ORDERS)
            make_names(database)
            insert(database, "customers", rows["customers"])
            insert(database, "orders", [[*row, *more(row[0])[0]] for row in rows["orders"]])
        yield url


def make_names(database):
    columns = ", ".join(f"{quoted(name)} TEXT" for name in NAMES)
    database.execute(f'CREATE TABLE names ({columns}, PRIMARY KEY ("id"))')
    insert(database, "names", NAMED)
    for table in TABLES:
        database.execute(f'CREATE TABLE {quoted(table)} ("key" integer PRIMARY KEY, "group" text)')
        insert(database, quoted(table).replace("%", "%%"), [(1, table), (2, None)])


def insert(database, table, rows):
    marks = ", ".join(["%s"] * len(rows[0]))
    # What a session has as its own zone must not matter to a column without one.
    database.execute("SET TIME ZONE 'UTC'")
    with database.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@pytest.fixture
def orders(rows):
    return [[*row, *more(row[0])[1]] for row in rows["orders"]]


@pytest.fixture
def sources(source):
    return source


@pytest.fixture
def app(environment, source, tmp_path, _postgresql_server):
    """Records on PostgreSQL as well, their tables made as production makes them."""
    with schema_on(_postgresql_server) as records:
        own = {"SOURCES": source, "DATABASE_URL": records, "STORAGE_URL": f"file://{tmp_path / 'files'}"}
        app = create_app(read({**environment, **own}))
        app.testing = True
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


def test_orders_of_every_type_read_back_as_they_are(reads_back, orders):
    assert len(orders) == 300
    warnings = reads_back("orders", orders)
    assert not any(found.get("odd_values") for found in warnings.values())


def test_customers_read_back_as_they_are(reads_back, rows):
    assert len(rows["customers"]) == 2_000
    reads_back("customers", rows["customers"])


def test_filters_sorting_and_columns_of_related_rows(reads_back, orders, rows):
    names = {row[0]: row[4] for row in rows["customers"]}
    wanted = [row for row in orders if row[7] >= Decimal("100.10") and row[14]]
    wanted.sort(key=lambda row: (-row[7], row[0]))
    where = Comparison("total", "gte", Decimal("100.10")), Comparison("paid", "eq", True)
    assert len(wanted) > 50
    shown = [[row[0], row[7], names.get(row[4])] for row in wanted]
    fields = ["id", "total", "customer.name"]
    reads_back("orders", shown, fields=fields, sort=["-total"], where=All(where))


def test_columns_and_tables_may_have_any_name(reads_back, made):
    reads_back("names", NAMED)
    assert read_json(made("names", "json").data)[0] == NAMES
    for table in TABLES:
        reads_back(table, [[1, table], [2, None]])


def test_a_column_of_any_name_can_be_asked_for_sorted_and_filtered(made):
    for place, name in enumerate(NAMES):
        first, second, third = ([row[place]] for row in NAMED)
        where = Comparison(name, "ne", second[0])
        file = made("names", "json", fields=[name], sort=[f"-{name}"], where=where)
        assert read_json(file.data) == ([name], [third, first])


def test_a_moment_is_shown_in_the_zone_of_the_export(made, orders):
    shown = made("orders", fields=["id", "placed_at"], timezone="Europe/Berlin")
    berlin = [[row[0], row[10].astimezone(ZoneInfo("Europe/Berlin"))] for row in orders]
    assert_csv(read_csv(shown.data)[1], berlin)
    assert {row[1][-6:] for row in read_csv(shown.data)[1]} == {"+01:00", "+02:00"}


def test_a_file_is_downloaded_by_who_asked_for_it_only(client, login, user, stranger, work, orders):
    export = ask(user, "orders")
    work()
    login(client, user)
    answer = client.get(f"/exports/{export.id}/file")
    assert answer.status_code == 200
    assert_csv(read_csv(answer.data)[1], orders)
    assert answer.data == file_of(export).data
    assert fresh(export).events[-1].kind == "downloaded"
    client.post("/logout")
    other = client.application.test_client()
    assert other.get(f"/exports/{export.id}/file").status_code in (302, 303)


def after_part(monkeypatch, page, act):
    """Do something once, when this part has been committed."""
    commit = lifecycle.commit_part

    def commit_then_act(part, speed=None):
        done = commit(part, speed)
        if part.page == page and done:
            act()
        return done

    monkeypatch.setattr(lifecycle, "commit_part", commit_then_act)


def test_an_export_cancelled_while_it_collects_keeps_no_file(user, superuser, work, monkeypatch):
    export = ask(user, "orders")
    after_part(monkeypatch, 1, lambda: lifecycle.cancel(fresh(export), superuser, "wrong month"))
    work()
    export = fresh(export)
    assert (export.status, export.cancel_reason, export.result_key) == ("cancelled", "wrong month", None)
    assert export.collected_count == 100


def test_an_export_taken_over_while_it_collects_is_made_whole_by_the_next(user, work, monkeypatch, orders):
    export = ask(user, "orders")

    def fall_silent():
        late = update(Export).where(Export.id == export.id).values(lease_until=now(-1))
        db.session.execute(late)
        db.session.commit()
        assert lifecycle.take_over() == 1

    with monkeypatch.context() as once:
        after_part(once, 2, fall_silent)
        work()
    assert fresh(export).status == "running", "the late worker stopped at its next commit"
    assert lifecycle.dispatch_due() == 1
    work()
    file = file_of(export)
    assert_csv(read_csv(file.data)[1], orders)
    assert [part.run_no for part in file.export.parts] == [file.export.parts[0].run_no] * 3
    assert "taken_over" in [event.kind for event in file.export.events]
    assert storage.size(f"parts/{export.id}/000003-1") is None, "the late worker left no part"
