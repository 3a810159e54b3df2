"""The demo shop: whole, consistent, the same each time, and full of what breaks careless exports."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from benchmarks import shop, shop_words
from dashboard import sources

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    shop.make_shop(path, orders=3_000)
    return path


@pytest.fixture
def database(path):
    with closing(sqlite3.connect(path)) as database:
        yield database


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def make(*arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "benchmarks.shop", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT)


def test_the_same_seed_gives_the_same_rows(path, tmp_path):
    shop.make_shop(tmp_path / "again", orders=3_000)
    shop.make_shop(tmp_path / "other", orders=3_000, seed=8)
    assert rows(tmp_path / "again") == rows(path)
    assert rows(tmp_path / "other") != rows(path)


@pytest.mark.parametrize("orders", [1, 2_999, 10_001])
def test_there_are_as_many_orders_as_asked_and_at_least_two_thousand_customers(tmp_path, orders):
    shop.make_shop(tmp_path / "shop", orders=orders)
    with closing(sqlite3.connect(tmp_path / "shop")) as database:
        assert database.execute("SELECT count(*), min(id), max(id) FROM orders").fetchone() == (
            orders,
            1,
            orders,
        )
        assert database.execute("SELECT count(*) FROM customers").fetchone()[0] >= 2_000


def test_every_foreign_key_is_declared_and_holds(database):
    declared = {
        (table, row[3], row[2])
        for table in ("orders", "line_items", "transactions")
        for row in database.execute(f"PRAGMA foreign_key_list({table})")
    }
    assert declared == {
        ("orders", "customer_id", "customers"),
        ("line_items", "order_id", "orders"),
        ("line_items", "product_id", "products"),
        ("transactions", "order_id", "orders"),
    }
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_order_comes_to_the_sum_of_its_line_items_to_the_cent(database):
    wrong = """
        SELECT o.id FROM orders o JOIN line_items l ON l.order_id = o.id GROUP BY o.id
        HAVING CAST(round(o.total * 100) AS INTEGER) <> CAST(round(sum(l.total) * 100) AS INTEGER)
            OR o.items_count <> count(*)
    """
    assert database.execute(wrong).fetchall() == []
    assert database.execute("SELECT count(DISTINCT order_id) FROM line_items").fetchone() == (3_000,)
    assert database.execute("SELECT count(*) FROM line_items WHERE total < 0.98").fetchone() == (0,)


def test_paid_orders_are_captured_in_full(database):
    captured = """
        SELECT count(*) FROM orders o WHERE payment_status = 'paid' AND NOT EXISTS
            (SELECT 1 FROM transactions t WHERE t.order_id = o.id AND kind = 'capture' AND amount = o.total)
    """
    assert database.execute(captured).fetchone() == (0,)


def test_only_keys_names_and_numbers_are_required(database):
    required = {
        (table, column)
        for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for _, column, _, not_null, _, _ in database.execute(f"PRAGMA table_info({table})")
        if not_null and column != "id"
    }
    assert required == {
        ("customers", "name"),
        ("products", "name"),
        ("orders", "number"),
        ("line_items", "order_id"),
        ("line_items", "product_id"),
        ("transactions", "order_id"),
    }
    database.execute("INSERT INTO customers (name, note) VALUES ('New', '=1+1')")
    database.rollback()


def test_each_note_is_in_every_shop_and_columns_have_nulls(database):
    notes = {note for (note,) in database.execute("SELECT note FROM customers")}
    assert notes == {*shop_words.NOTES, None}
    for column in ("customer_id", "shipped_at", "note"):
        some = database.execute(f"SELECT count(*), count({column}) FROM orders").fetchone()
        assert 0 < some[1] < some[0]


def test_notes_hold_formulas_line_breaks_quotes_and_many_scripts():
    text = "".join(shop_words.NOTES)
    pieces = ("\n", "\r\n", "\t", '"', "'", ";", "ü", "ı", "Π", "П", "请", "부", "ي", "🎉")
    assert [piece for piece in pieces if piece not in text] == []
    assert {note[:1] for note in shop_words.NOTES} >= {"=", "+", "@", "-", "\t"}


def test_orders_end_before_the_given_day_and_some_fall_on_midnight(tmp_path):
    shop.make_shop(tmp_path / "shop", orders=2_000, until=date(2025, 3, 1))
    with closing(sqlite3.connect(tmp_path / "shop")) as database:
        first, last = database.execute("SELECT min(placed_at), max(placed_at) FROM orders").fetchone()
        midnight = database.execute("SELECT count(*) FROM orders WHERE placed_at LIKE '% 00:00:00'")
        assert midnight.fetchone()[0] >= 2
        shipped = database.execute("SELECT count(*) FROM orders WHERE shipped_at < placed_at").fetchone()
    assert first[:10] == "2023-03-02"
    assert last[:10] == "2025-02-28"
    assert shipped == (0,)


def test_a_shop_that_was_killed_in_the_making_is_not_there(tmp_path):
    making = make(tmp_path / "shop", "--orders", 1_000_000)
    while not (tmp_path / "shop.new").exists():
        assert making.poll() is None
        time.sleep(0.01)
    making.send_signal(signal.SIGKILL)
    making.wait()
    assert not (tmp_path / "shop").exists()
    assert make(tmp_path / "shop", "--orders", 10).wait() == 0
    assert shop.orders_made(tmp_path / "shop") == 10
    assert not (tmp_path / "shop.new").exists()


def test_a_shop_is_kept_unless_another_size_is_asked_for(tmp_path):
    path = tmp_path / "shop"
    shop.main([str(path), "--orders", "50"])
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO customers (name) VALUES ('Mine')")
        database.commit()
    for again in ([], ["--orders", "50"]):
        shop.main([str(path), "--keep", *again])
        assert "Mine" in "".join(rows(path))
    shop.main([str(path), "--keep", "--orders", "60"])
    assert "Mine" not in "".join(rows(path))
    assert shop.orders_made(path) == 60


def test_the_catalog_names_resources_and_fields_and_what_is_personal(path, tmp_path):
    shop.write_catalog(tmp_path / "sources.toml", path)
    catalog = sources.load(str(tmp_path / "sources.toml"))
    assert list(catalog.resources) == ["orders", "customers", "products", "line_items", "transactions"]
    assert catalog.resources["orders"].labels == {"de": "Bestellungen", "fr": "Commandes"}
    assert [column.label for column in catalog.columns("orders", ["placed_at"], "de")] == ["Bestellt am"]
    personal = {name for name, one in catalog.resources.items() for field in one.fields if field.personal}
    assert personal == {"orders", "customers"}
    assert catalog.field("orders", "customer.phone").personal
    assert catalog.types("orders")["total"] == "decimal"


def test_readers_and_a_writer_can_use_the_shop_at_once(database):
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
