"""Related rows: nested in the rows they belong to, as plain questions to the database's own driver would find them."""

import sqlite3
import time
from random import Random

import polars as pl
import psycopg
import pytest

from dashboard.columns import key
from dashboard.criteria import Comparison
from dashboard.sources import load
from dashboard.sources.any_database import AnyShape
from dashboard.sources.links import AnyLinks
from tests.sources.reading import check, make_query, read, without_keys

TABLES = """
    CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(40));
    CREATE TABLE products (sku VARCHAR(9) PRIMARY KEY, price NUMERIC(10, 2));
    CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id));
    CREATE TABLE lines (order_id INTEGER NOT NULL REFERENCES orders (id), place INTEGER NOT NULL,
        sku VARCHAR(9) REFERENCES products (sku), quantity INTEGER, PRIMARY KEY (order_id, place));
    CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER, place INTEGER, weight NUMERIC(6, 3),
        FOREIGN KEY (order_id, place) REFERENCES lines (order_id, place));
"""
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def made_up():
    """Rows of every table: some orders without a person, people without orders, lines without parcels or product."""
    chance = Random(5)
    people = [(number, f"p{number}@example.org") for number in range(1, 12)]
    products = [(f"s{number}", f"{number}.50") for number in range(5)]
    orders = [(number * 3, chance.choice([None, *range(1, 9)])) for number in range(1, 41)]
    lines = [
        (order, place, chance.choice([None, *(sku for sku, _ in products)]), chance.randrange(9))
        for order, _ in orders
        for place in range(1, chance.choice([1, 1, 2, 3, 6]))
    ]
    parcels = [
        (number, *(chance.choice(lines)[:2] if number % 4 else (None, 1)), f"{number}.125")
        for number in range(1, 60)
    ]
    return {"people": people, "products": products, "orders": orders, "lines": lines, "parcels": parcels}


class Database:
    """A real database, its URL, and plain questions to it."""

    def __init__(self, url, connect, mark):
        self.url, self._connect, self._mark = url, connect, mark

    def run(self, *statements):
        connection = self._connect()
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def script(self, text):
        self.run(*(one for one in text.split(";") if one.strip()))

    def fill(self, table, rows):
        connection = self._connect()
        marks = ", ".join([self._mark] * len(rows[0]))
        connection.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.commit()
        connection.close()

    def ask(self, question, *values):
        connection = self._connect()
        found = connection.execute(question.replace("?", self._mark), values).fetchall()
        connection.close()
        return found


@pytest.fixture
def database(request, tmp_path):
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        return Database(url, lambda: psycopg.connect(url), "%s")
    path = tmp_path / "source.sqlite"
    return Database(f"sqlite:///{path}", lambda: sqlite3.connect(path), "?")


@pytest.fixture
def shop(database):
    database.script(TABLES)
    for table, rows in made_up().items():
        database.fill(table, rows)
    return database


def money(value, digits):
    return None if value is None else f"{float(value):.{digits}f}"


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize("part_rows", [7, 1000])
def test_each_row_has_the_rows_related_to_it_in_the_order_of_their_key(shop, by_rows, part_rows):
    frame = read(
        shop.url, "orders", ["id", "lines.sku.price", "person.email", "lines.quantity"], part_rows, by_rows
    )
    assert frame.columns == ["id", "lines", "person.email"]
    orders = shop.ask(
        "SELECT o.id, p.email FROM orders o LEFT JOIN people p ON p.id = o.person_id ORDER BY o.id"
    )
    for row, (number, email) in zip(frame.to_dicts(), orders, strict=True):
        lines = shop.ask(
            "SELECT p.price, l.quantity FROM lines l LEFT JOIN products p ON p.sku = l.sku"
            " WHERE l.order_id = ? ORDER BY l.place",
            number,
        )
        expected = [{"sku.price": money(price, 2), "quantity": n} for price, n in lines]
        assert row == {"id": number, "lines": expected, "person.email": email}
    assert [] in frame["lines"].to_list()


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize("part_rows", [9, 1000])
def test_rows_related_to_related_rows_are_nested_in_them_by_composite_keys(shop, by_rows, part_rows):
    frame = read(shop.url, "orders", ["lines.parcels.weight", "lines.place", "id"], part_rows, by_rows)
    assert frame.columns == ["lines", "id"]
    found = {}
    for row in frame.to_dicts():
        for line in row["lines"]:
            found[row["id"], line["place"]] = [one["weight"] for one in line["parcels"]]
    expected = {one: [] for one in shop.ask("SELECT order_id, place FROM lines")}
    for order, place, weight in shop.ask(
        "SELECT order_id, place, weight FROM parcels WHERE order_id IS NOT NULL ORDER BY id"
    ):
        expected[order, place].append(money(weight, 3))
    assert found == expected
    assert max(len(one) for one in expected.values()) > 1


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_rows_related_to_a_joined_row_are_those_of_it_and_none_where_it_is_missing(shop, by_rows):
    frame = read(
        shop.url, "orders", ["person.orders.lines.quantity", "person.orders.id", "person_id"], 6, by_rows
    )
    assert frame["person_id"].null_count() > 1
    for row in frame.to_dicts():
        orders = shop.ask("SELECT id FROM orders WHERE person_id = ? ORDER BY id", row["person_id"])
        assert [one["id"] for one in row["person.orders"]] == [number for (number,) in orders]
        for order in row["person.orders"]:
            lines = shop.ask("SELECT quantity FROM lines WHERE order_id = ? ORDER BY place", order["id"])
            assert [(one["quantity"],) for one in order["lines"]] == lines


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_filters_orders_and_limits_choose_rows_and_leave_their_related_rows_whole(shop, by_rows):
    whole = {row["id"]: row["lines"] for row in read(shop.url, "orders", ["id", "lines"]).to_dicts()}
    frame = read(
        shop.url, "orders", ["lines", "id"], 4, by_rows,
        where=Comparison("person.email", "ne", "p3@example.org"), sort=("-person_id",), limit=11,
    )  # fmt: skip
    chosen = shop.ask(
        "SELECT id FROM orders WHERE person_id IS NULL OR person_id <> 3"
        " ORDER BY person_id IS NULL DESC, person_id DESC, id LIMIT 11"
    )
    assert frame["id"].to_list() == [number for (number,) in chosen]
    assert frame["lines"].to_list() == [whole[number] for (number,) in chosen]


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_where_nothing_is_related_there_are_empty_lists_of_the_right_type(database, by_rows):
    database.script(TABLES)
    catalog = load(database.url)
    query = make_query(catalog, "people", ["orders.lines.quantity", "orders.id", "email"])
    dtypes = {"orders": query.columns[0].dtype, "email": pl.String(), key(0): pl.Int64()}
    assert catalog.source("people").preview(query, 5).schema == dtypes
    database.fill("people", [(1, "a"), (2, "b")])
    frame = read(database.url, "people", ["orders.lines.quantity", "email"], by_rows=by_rows)
    assert frame.to_dicts() == [{"orders": [], "email": "a"}, {"orders": [], "email": "b"}]
    assert frame.schema["orders"] == pl.List(
        pl.Struct({"lines": pl.List(pl.Struct({"quantity": pl.Int64()}))})
    )
    assert catalog.source("people").preview(query, 5).schema == dtypes


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_part_knows_its_widest_row_and_its_keys(shop):
    catalog = load(shop.url)
    query = make_query(catalog, "orders", ["lines.place", "person.orders.id"])
    with catalog.source("orders").reading(query, 10) as reading:
        parts = list(reading.parts())
    for part in parts:
        check(part, query)
        assert part.widths == {name: max(map(len, part.frame[name])) for name in ("lines", "person.orders")}
    orders = [number for (number,) in shop.ask("SELECT id FROM orders ORDER BY id")]
    assert pl.concat(part.frame for part in parts)[key(0)].to_list() == orders
    query = make_query(catalog, "lines", ["quantity", "place"])
    with catalog.source("lines").reading(query, 1000) as reading:
        (part,) = reading.parts()
    keys = shop.ask("SELECT order_id, place FROM lines ORDER BY order_id, place")
    assert part.frame.select(key(0), key(1)).rows() == keys
    assert (part.first_key, part.last_key, part.widths) == (list(keys[0]), list(keys[-1]), {})


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_preview_has_related_rows_too(shop):
    catalog = load(shop.url)
    query = make_query(catalog, "orders", ["id", "lines.quantity", "person.email"], sort=("-id",))
    preview = catalog.source("orders").preview(query, 3, seconds=5)
    assert without_keys(preview).equals(read(shop.url, "orders", ["id", "lines.quantity", "person.email"],
                                             sort=("-id",)).head(3))  # fmt: skip


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_related_rows_are_of_the_same_moment_while_others_write(shop, by_rows):
    if shop.url.startswith("sqlite"):
        shop.run("PRAGMA journal_mode = WAL")
    catalog = load(shop.url)
    source = catalog.source("orders")
    before = read(shop.url, "orders", ["id", "lines"])
    query = make_query(catalog, "orders", ["id", "lines"])
    with (source._rows if by_rows else source).reading(query, 10) as reading:
        frames = []
        for part in reading.parts():
            frames.append(without_keys(part.frame))
            shop.run(
                "UPDATE lines SET quantity = quantity + 100",
                "DELETE FROM parcels WHERE order_id > 100",
                "DELETE FROM lines WHERE order_id > 100 AND place = 1",
                "INSERT INTO lines SELECT id, 99, NULL, 7 FROM orders WHERE id NOT IN"
                " (SELECT order_id FROM lines WHERE place = 99)",
            )
    assert pl.concat(frames).equals(before)
    assert not read(shop.url, "orders", ["id", "lines"]).equals(before)


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_rows_are_counted_by_a_condition_of_its_own_at_the_moment_of_the_reading(shop, by_rows):
    if shop.url.startswith("sqlite"):
        shop.run("PRAGMA journal_mode = WAL")
    catalog = load(shop.url)
    source = catalog.source("orders")
    query = make_query(catalog, "orders", ["id"], where=Comparison("id", "gt", 60))
    with (source._rows if by_rows else source).reading(query, 10) as reading:
        shop.run("INSERT INTO orders (id) VALUES (1)")
        parts = reading.parts()
        next(parts)
        assert reading.count(Comparison("id", "in", (1, 3, 6, 7, 120))) == 3
        assert sum(len(part.frame) for part in parts) + 10 == reading.total == 20


@pytest.mark.postgresql
def test_a_database_that_has_no_file_of_its_own_gives_related_rows_too(postgresql_url):
    database = Database(postgresql_url, lambda: psycopg.connect(postgresql_url), "%s")
    database.script(TABLES)
    for table, rows in made_up().items():
        database.fill(table, rows)
    rows = load(postgresql_url).source("orders")._rows
    rows.shape, rows.links = AnyShape(), AnyLinks
    paths = ["id", "lines.parcels.weight", "lines.place", "person.orders.id"]
    query = make_query(load(postgresql_url), "orders", paths)
    with rows.reading(query, 9) as reading:
        frame = pl.concat(without_keys(part.frame) for part in reading.parts())
    assert frame.equals(read(postgresql_url, "orders", paths))


KEYED = [
    ("integer", "bigint", [1, 2, 3000000000], "integer"),
    ("bigint", "integer", [1, 2, 3], "integer"),
    ("text", "varchar(9)", ["a", 'b"\\', "ü,{}"], "text"),
    ("char(5)", "char(5)", ["ab", "cd", "ü"], "text"),
    ("numeric(9,2)", "numeric(9,2)", [1.5, 2, 30], "decimal"),
    ("uuid", "uuid", [f"{n:032x}" for n in (1, 2, 10**30)], "uuid"),
    ("timestamptz", "timestamptz", ["2026-11-21 13:00:00.123456+01", "infinity", "2000-01-01"], "datetime"),
    ("real", "real", [0.1, 2.5, 1e-7], "float"),
    ("bytea", "bytea", [b"\x00\xff", b"", b"a"], "binary"),
    ("mood", "mood", ["sad", "glad", "so so"], "text"),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize(("theirs", "own", "given", "kind"), KEYED, ids=[one[1] for one in KEYED])
def test_keys_of_every_type_find_their_rows_on_postgresql(postgresql_url, by_rows, theirs, own, given, kind):
    # "line" is also the name of a type.
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'glad', 'so so')")
        connection.execute(f'CREATE TABLE line (k {own} PRIMARY KEY, "odd name, %" integer)')
        connection.execute(f"CREATE TABLE points (id integer PRIMARY KEY, k {theirs} REFERENCES line)")
        for number, value in enumerate(given):
            connection.execute(f"INSERT INTO line VALUES (%s::{own}, %s)", (value, number))
            if value != 3000000000:
                connection.execute(f"INSERT INTO points VALUES (%s, %s::{theirs})", (number, value))
                connection.execute(f"INSERT INTO points VALUES (%s, %s::{theirs})", (number + 10, value))
        connection.execute("INSERT INTO points VALUES (99, NULL)")
    catalog = load(postgresql_url)
    assert catalog.field("line", "k").type == kind
    frame = read(postgresql_url, "line", ["odd name, %", "points.id"], 2, by_rows)
    found = {row["odd name, %"]: [one["id"] for one in row["points"]] for row in frame.to_dicts()}
    assert found == {n: [] if value == 3000000000 else [n, n + 10] for n, value in enumerate(given)}


ODD_KEYS = {
    "text that heeds no case": ("k TEXT COLLATE NOCASE PRIMARY KEY", "TEXT", ["A", "b"], ["a", "A", "B", "c"]),
    "anything": ("k PRIMARY KEY", "", [None, 1, 2.5, "1", "é\0x", b"\xff\0", ""], [1, 2.5, "1", b"\xff\0", None, ""]),
    "without rowid": ("k NOT NULL PRIMARY KEY", "", [1, 2**62, 0.1, "x", "é", "", b"\xff\0", b""],
                      [2**62, 0.1, "é", b"\xff\0", b"", 2]),
    "a column named rowid": ("k INTEGER PRIMARY KEY, rowid TEXT, oid TEXT", "INTEGER", [5, 6], [6, 6, 7, None]),
    "every name taken": ("k INTEGER PRIMARY KEY, rowid TEXT, oid TEXT, _rowid_ TEXT", "INTEGER", [5, 6], [6, 6]),
}  # fmt: skip


@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize("name", ODD_KEYS)
def test_sqlite_relates_what_a_join_relates_whatever_the_keys_are(database, name, by_rows):
    columns, theirs, own, others = ODD_KEYS[name]
    if by_rows and name == "without rowid" and sqlite3.sqlite_version_info < (3, 41):
        own, others = ([one for one in given if not isinstance(one, bytes)] for given in (own, others))
    database.run(
        f"CREATE TABLE ones (v INTEGER, {columns}){' WITHOUT ROWID' * (name == 'without rowid')}",
        f"CREATE TABLE others (id INTEGER PRIMARY KEY, k {theirs} REFERENCES ones (k))",
    )
    connection = sqlite3.connect(database.url.removeprefix("sqlite:///"))
    connection.executemany("INSERT INTO ones (v, k) VALUES (?, ?)", list(enumerate(own)))
    connection.executemany("INSERT INTO others (k) VALUES (?)", [(one,) for one in others])
    connection.commit()
    connection.close()
    frame = read(database.url, "ones", ["v", "others.id"], 3, by_rows)
    found = {row["v"]: [one["id"] for one in row["others"]] for row in frame.to_dicts()}
    expected = {number: [] for number in range(len(own))}
    for number, other in database.ask(
        "SELECT ones.v, others.id FROM ones JOIN others ON ones.k = others.k ORDER BY others.id"
    ):
        expected[number].append(other)
    assert found == expected
    assert sum(map(len, expected.values())) > 1


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_the_order_of_related_rows_is_that_of_their_key_and_not_of_their_making(database, by_rows):
    database.script(
        "CREATE TABLE ones (id INTEGER PRIMARY KEY);"
        "CREATE TABLE others (code VARCHAR(9) PRIMARY KEY, one_id INTEGER REFERENCES ones)"
    )
    database.fill("ones", [(1,), (2,)])
    database.fill("others", [("c", 1), ("b", 2), ("d", 1), ("a", 1)])
    frame = read(database.url, "ones", ["others.code"], by_rows=by_rows)
    codes = [[one["code"] for one in others] for others in frame["others"].to_list()]
    assert codes == [["a", "c", "d"], ["b"]]


@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
def test_rows_named_by_text_may_have_nothing_related(database, by_rows):
    database.run(
        "CREATE TABLE ones (k TEXT PRIMARY KEY, other TEXT REFERENCES ones) WITHOUT ROWID",
        "CREATE TABLE others (id INTEGER PRIMARY KEY, k TEXT REFERENCES ones)",
        "INSERT INTO ones VALUES ('a', NULL), ('b', NULL)",
    )
    frame = read(database.url, "ones", ["k", "others.id", "other.others.id"], 1, by_rows)
    assert frame.rows() == [("a", [], []), ("b", [], [])]


def test_many_related_rows_without_an_index_are_found_at_once(database):
    database.script(
        "CREATE TABLE ones (id INTEGER PRIMARY KEY);"
        "CREATE TABLE others (id INTEGER PRIMARY KEY, one_id INTEGER REFERENCES ones)"
    )
    database.fill("ones", [(number,) for number in range(3000)])
    database.fill("others", [(number, number % 4000) for number in range(100_000)])
    began = time.monotonic()
    frame = read(database.url, "ones", ["id", "others.id"])
    assert time.monotonic() - began < 8, "once for each row it would take half a minute"
    assert frame["others"].list.len().sum() == 75_000


def test_odd_values_of_related_rows_stand_beside_them_and_are_counted(database):
    database.script(
        "CREATE TABLE ones (id INTEGER PRIMARY KEY, n INTEGER);"
        "CREATE TABLE others (id INTEGER PRIMARY KEY, one_id INTEGER REFERENCES ones, amount NUMERIC(5, 2), t TEXT)"
    )
    database.fill("ones", [(1, 1), (2, "x"), (3, 3)])
    database.fill("others", [(1, 1, 2.5, "a"), (2, 1, "n/a", "b"), (3, 2, 1, "c"), (4, 1, 3, None)])
    for by_rows in (False, True):
        for part_rows in (1, 3):
            frame = read(database.url, "ones", ["id", "n", "others.amount", "others.t"], part_rows, by_rows)
            first = frame["others"].to_list()[0]
            assert [one["amount"] for one in first] == ["2.50", None, "3.00"]
            assert [one["amount\0odd"] for one in first] == [None, "n/a", None]
            assert [one["t"] for one in first] == ["a", "b", None]
    catalog = load(database.url)
    query = make_query(catalog, "ones", ["n", "others.amount"])
    with catalog.source("ones").reading(query, 2) as reading:
        assert [part.odd_values for part in reading.parts()] == [2, 0]
    with catalog.source("ones").reading(query, 2) as reading:
        last = list(reading.parts())[-1]
    assert last.frame.schema["others"] == query.columns[1].dtype, "no companion where there is nothing odd"


@pytest.mark.parametrize(
    ("name", "top", "paths", "question"),
    [
        (
            "chinook", "artist", ["ArtistId", "album.track.TrackId"],
            "SELECT ArtistId, AlbumId, TrackId FROM Artist JOIN Album USING (ArtistId) JOIN Track USING (AlbumId)"
            " ORDER BY ArtistId, AlbumId, TrackId",
        ),
        (
            "northwind", "customers", ["CustomerID", "orders.order_details.ProductID"],
            "SELECT CustomerID, OrderID, ProductID FROM Customers JOIN Orders USING (CustomerID)"
            ' JOIN "Order Details" USING (OrderID) ORDER BY CustomerID, OrderID, ProductID',
        ),
    ],
)  # fmt: skip
def test_real_databases_are_nested_over_their_foreign_keys(shared_data, name, top, paths, question):
    path = shared_data / f"{name}.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        expected = connection.execute(question).fetchall()
    outer, middle, leaf = paths[1].split(".")
    for by_rows in (False, True):
        frame = read(f"sqlite:///{path}", top, paths, 40, by_rows)
        found = [
            (row[paths[0]], one[leaf])
            for row in frame.to_dicts()
            for between in row[outer]
            for one in between[middle]
        ]
        assert found == [(first, last) for first, _, last in expected]
