"""The ways in which people make such files without us: `python -m benchmarks.peers PEER SOURCE OUT`.

Each writes all orders of a shop, every column, in the order of the key, as its own documentation shows it. SOURCE is
an SQLAlchemy URL. The line it says at the end has its cost without the time its libraries take to import, since a
worker imports ours once in its life, too.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

COLUMNS = (
    "id", "number", "status", "payment_status", "customer_id", "customer_email", "currency", "total", "items_count",
    "note", "placed_at", "shipped_at", "created_at", "updated_at",
)  # fmt: skip
SELECT = f"SELECT {', '.join(COLUMNS)} FROM orders ORDER BY id"
BATCH = 10_000


@contextmanager
def rows(source: str) -> Iterator[Any]:
    """Rows with their types (decimals, datetimes), by SQLAlchemy Core, streamed."""
    from sqlalchemy import MetaData, Table, create_engine, select

    engine = create_engine(source)
    orders = Table("orders", MetaData(), autoload_with=engine, resolve_fks=False)
    wanted = select(*(orders.c[name] for name in COLUMNS)).order_by(orders.c.id)
    with engine.connect().execution_options(stream_results=True, yield_per=BATCH) as connection:
        yield connection.execute(wanted)


def sqlalchemy_csv(source: str, out: str) -> None:
    with rows(source) as found, open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(found)


def reading(source: str, out: str) -> None:
    """The floor under our own figures: the same rows into Arrow frames by ADBC, and nothing done with them."""
    import adbc_driver_postgresql.dbapi as postgresql
    import adbc_driver_sqlite.dbapi as sqlite

    from_server = source.startswith("postgresql")
    connection = (
        postgresql.connect(source) if from_server else sqlite.connect(source.removeprefix("sqlite:///"))
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(SELECT)
        cursor.fetch_polars()


def pandas_csv(source: str, out: str) -> None:
    import pandas
    from sqlalchemy import create_engine

    with create_engine(source).connect() as connection:
        pandas.read_sql(SELECT, connection).to_csv(out, index=False)


def django_import_export(source: str, out: str) -> None:
    """A ModelResource, its `export`, and the tablib format that the admin's export page uses."""
    from import_export import resources
    from import_export.formats.base_formats import CSV

    class Orders(resources.ModelResource):
        class Meta:
            model = django_model(source)
            fields = COLUMNS

    dataset = Orders().export(Orders._meta.model.objects.order_by("id"))
    with open(out, "w", newline="", encoding="utf-8") as file:
        file.write(CSV().export_data(dataset))


def django_model(source: str) -> Any:
    import django
    from django.conf import settings
    from sqlalchemy import make_url

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": make_url(source).database}},
        INSTALLED_APPS=["import_export"],
        USE_TZ=False,
    )
    django.setup()
    from django.db import models

    number, text, moment = models.IntegerField(null=True), models.TextField(null=True), models.DateTimeField
    fields = dict.fromkeys(COLUMNS[1:], text) | {"customer_id": number, "items_count": number}
    fields["total"] = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    fields |= {name: moment(null=True) for name in COLUMNS if name.endswith("_at")}
    fields = {name: field.clone() for name, field in fields.items()}
    meta = type("Meta", (), {"managed": False, "db_table": "orders", "app_label": "benchmarks"})
    body = {**fields, "id": models.IntegerField(primary_key=True), "Meta": meta, "__module__": __name__}
    return type("Order", (models.Model,), body)


def openpyxl_write_only(source: str, out: str) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.append(COLUMNS)
    with rows(source) as found:
        for row in found:
            sheet.append(tuple(row))
    book.save(out)


def xlsxwriter_constant_memory(source: str, out: str) -> None:
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with rows(source) as found, Workbook(out, options) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(found, 1):
            sheet.write_row(number, 0, row)


def rustpy_xlsxwriter(source: str, out: str) -> None:
    from rustpy_xlsxwriter import FastExcel

    with rows(source) as found:
        FastExcel(out).sheet("Orders", map(dict, found.mappings())).save()


def jetxl(source: str, out: str) -> None:
    """It takes Arrow, so its rows are read into a frame the way polars documents it; it knows no decimals."""
    import jetxl
    import polars
    from polars import selectors
    from sqlalchemy import create_engine

    with create_engine(source).connect() as connection:
        frame = polars.read_database(SELECT, connection)
    jetxl.write_sheet_arrow(frame.with_columns(selectors.decimal().cast(polars.Float64)), out)


def rows_json(source: str, out: str) -> None:
    with rows(source) as found, open(out, "w", encoding="utf-8") as file:
        between = "["
        for row in found.mappings():
            file.write(between + json.dumps(dict(row), default=str, ensure_ascii=False))
            between = ",\n"
        file.write("]")


class Peer(NamedTuple):
    write: Callable[[str, str], None]
    imports: tuple[str, ...]


PEERS = {
    "SQLAlchemy rows + csv.writer": Peer(sqlalchemy_csv, ("sqlalchemy",)),
    "reading by ADBC, no file": Peer(
        reading, ("polars", "adbc_driver_sqlite.dbapi", "adbc_driver_postgresql.dbapi")
    ),
    "pandas": Peer(pandas_csv, ("pandas", "sqlalchemy")),
    "django-import-export": Peer(django_import_export, ("django.db", "import_export.formats.base_formats")),
    "openpyxl write-only": Peer(openpyxl_write_only, ("openpyxl", "sqlalchemy")),
    "XlsxWriter constant memory": Peer(xlsxwriter_constant_memory, ("xlsxwriter", "sqlalchemy")),
    "rustpy-xlsxwriter": Peer(rustpy_xlsxwriter, ("rustpy_xlsxwriter", "sqlalchemy")),
    "jetxl": Peer(jetxl, ("jetxl", "polars", "sqlalchemy")),
    "rows + json": Peer(rows_json, ("sqlalchemy",)),
}


def main(name: str, source: str, out: str) -> None:
    peer = PEERS[name]
    for module in peer.imports:
        import_module(module)
    begun, before = time.monotonic(), time.process_time()
    peer.write(source, out)
    cost = {"cpu": time.process_time() - before, "wall": time.monotonic() - begun}
    print(json.dumps({**cost, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
