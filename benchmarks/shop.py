"""Makes the demo shop: a SQLite database with customers, products, orders, line items and transactions.

`dev.py demo` and the tests call it; by hand it is `python -m benchmarks.shop PATH --orders N`. The same seed,
size and last day give the same rows. Standard library only; a million orders take well under a minute.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

from benchmarks.shop_rows import Row, Shop

ORDERS = 20_000
SEED = 7
UNTIL = date(2026, 11, 1)
BATCH = 10_000
HERE = Path(__file__).resolve().parent

INDEXES = {
    "orders": ("customer_id", "placed_at"),
    "line_items": ("order_id", "product_id"),
    "transactions": ("order_id",),
}


def make_shop(path: Path, orders: int = ORDERS, seed: int = SEED, until: date = UNTIL) -> None:
    """Write the shop under a temporary name first: a file called `path` is whole."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
        database.executescript((HERE / "shop.sql").read_text(encoding="utf-8"))
        database.execute("BEGIN")
        fill(database, Shop(orders, seed, until), orders)
        add_indexes(database)
        database.execute("COMMIT")
        database.execute(f"PRAGMA user_version={orders}")
        database.execute("PRAGMA journal_mode=WAL")
    for leftover in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        leftover.unlink(missing_ok=True)
    unfinished.replace(path)


def fill(database: sqlite3.Connection, shop: Shop, orders: int) -> None:
    insert(database, "customers", shop.customers())
    insert(database, "products", shop.products())
    for first in range(1, orders + 1, BATCH):
        made = [shop.order(number) for number in range(first, min(first + BATCH, orders + 1))]
        insert(database, "orders", (order for order, _, _ in made))
        insert(database, "line_items", (line for _, lines, _ in made for line in lines))
        insert(database, "transactions", (payment for _, _, payments in made for payment in payments))


def insert(database: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    width = len(database.execute(f"SELECT * FROM {table} LIMIT 0").description)
    database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)


def add_indexes(database: sqlite3.Connection) -> None:
    for table, columns in INDEXES.items():
        for column in columns:
            database.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")


def orders_made(path: Path) -> int:
    """How many orders the shop was made with; 0 where there is none."""
    if not path.is_file():
        return 0
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def write_catalog(path: Path, shop: Path) -> None:
    """Write the sources.toml of the demo: names for people, in three languages, and what is personal."""
    text = (HERE / "shop.toml").read_text(encoding="utf-8")
    url = f"sqlite:///{shop.resolve()}".replace("\\", "\\\\").replace('"', '\\"')
    path.write_text(text.replace("sqlite:////path/to/shop.sqlite", url), encoding="utf-8")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shop", description="Make the demo shop.")
    add = parser.add_argument
    add("path", type=Path)
    add("--orders", type=int, metavar="N", help=f"{ORDERS} unless told")
    add("--seed", type=int, default=SEED)
    add("--until", type=date.fromisoformat, default=UNTIL, metavar="DAY", help="the day after the last order")
    add("--catalog", type=Path, metavar="FILE", help="write a sources.toml for it, too")
    add("--keep", action="store_true", help="leave a shop that is there and has as many orders")
    options = parser.parse_args(arguments)
    made = orders_made(options.path) if options.keep else 0
    if not made or (options.orders and options.orders != made):
        make_shop(options.path, options.orders or ORDERS, options.seed, options.until)
    if options.catalog:
        write_catalog(options.catalog, options.path)


if __name__ == "__main__":
    main(sys.argv[1:])
