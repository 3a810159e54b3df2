"""Tables as plain sqlite3 makes them and reads them, each value as the declared type of its column means it."""

from datetime import UTC, date, datetime
from decimal import Decimal


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def make_table(plain, table, columns, rows, end=""):
    plain.execute(f"CREATE TABLE {quoted(table)} ({columns}) {end}")
    marks = ", ".join("?" * len(rows[0]))
    plain.executemany(f"INSERT INTO {quoted(table)} VALUES ({marks})", rows)


def rows_of(plain, table, order=None):
    """The table's columns, and what its rows mean, in the order of its key unless told."""
    columns = plain.execute(f'PRAGMA table_info("{table}")').fetchall()
    key = sorted((place, name) for *_, name, _, _, _, place in [row[1:] for row in columns] if place)
    order = order or ", ".join(f'"{name}"' for _, name in key)
    stored = plain.execute(f'SELECT * FROM "{table}" ORDER BY {order}').fetchall()
    types = [column[2] for column in columns]
    rows = [[meant(value, type) for value, type in zip(row, types, strict=True)] for row in stored]
    return [column[1] for column in columns], rows


def meant(value, declared):
    """A stored value as its declared type means it."""
    kind = declared.partition("(")[0].upper()
    match kind, value:
        case _, None:
            return None
        case "DATETIME", str():
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case "DATE", str():
            return date.fromisoformat(value)
        case "NUMERIC", int() | float():
            exact = Decimal(str(value))
            return (
                exact.quantize(Decimal("0.01"))
                if declared.replace(" ", "").endswith(",2)")
                else shortest(exact)
            )
        case ("INTEGER", int()) | ("REAL", float()) | ("BLOB", bytes()):
            return value
        case (("TEXT" | "NVARCHAR" | "VARCHAR"), str()):
            return value
    raise AssertionError(f"{value!r} in a column {declared}: the test does not know what it means")


def shortest(number):
    whole = number.to_integral_value()
    return whole if whole == number else number
