"""How many exports there are of each kind, kept by the database itself, so that nobody has to count them.

Triggers add a row for each export that comes (+1), goes (-1) or changes (both), in the transaction of the change: a
count is a sum, and is as true as the records are. Rows are added and never changed, so that two transactions do not
wait for each other; `search.fold_tallies` sums them up now and then. Exports that were deleted do not count.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.database import Base
from dashboard.models.export import Export


class _Kind:
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    resource: Mapped[str] = mapped_column(String(100))
    format: Mapped[str] = mapped_column(String(20))
    action_name: Mapped[str | None] = mapped_column(String(255))
    expired: Mapped[bool]
    number: Mapped[int]


class Tally(_Kind, Base):
    """By who asked for them."""

    __tablename__ = "export_tallies"

    requested_by_id: Mapped[int]


class MonthTally(_Kind, Base):
    """Everybody's, by the month (of UTC) in which they were created, or updated last: `moment` says which. And by
    their numbers: then a month is so many (STRETCH) of these."""

    __tablename__ = "export_months"

    moment: Mapped[str] = mapped_column(String(10))  # created_at, updated_at, id
    month: Mapped[str] = mapped_column(String(7))


SAME = ("status", "resource", "format", "action_name")
_KIND = ", ".join((*SAME, "expired", "number"))
MONTH = {
    "sqlite": "substr({}, 1, 7)",
    "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')",
}
STRETCH = 16_384
NUMBER = {
    "sqlite": f"printf('%07d', {{}} / {STRETCH})",
    "postgresql": f"lpad(CAST({{}} / {STRETCH} AS text), 7, '0')",
}


def _insert(table: str, columns: str, values: str, record: str, number: int) -> str:
    kind = ", ".join(f"{record}.{name}" for name in SAME)
    return (
        f"INSERT INTO {table} ({columns}, {_KIND}) SELECT {values}, {kind}, {record}.expired_at IS NOT NULL, {number} "
        f"WHERE {record}.deleted_at IS NULL;"
    )


def _added(table: str, database: str, record: str, number: int) -> str:
    """The rows that an export, as it came (NEW) or was (OLD), adds to one of the tables."""
    if table == "export_tallies":
        return _insert(table, "requested_by_id", f"{record}.requested_by_id", record, number)
    months = {name: MONTH[database].format(f"{record}.{name}") for name in ("created_at", "updated_at")}
    months["id"] = NUMBER[database].format(f"{record}.id")
    return " ".join(
        _insert(table, "moment, month", f"'{name}', {month}", record, number)
        for name, month in months.items()
    )


def _changed(table: str, database: str) -> str:
    """What makes an export one of another kind."""
    differs = "IS NOT" if database == "sqlite" else "IS DISTINCT FROM"
    pairs = [(f"NEW.{name}", f"OLD.{name}") for name in SAME]
    pairs += [(f"(NEW.{name} IS NULL)", f"(OLD.{name} IS NULL)") for name in ("expired_at", "deleted_at")]
    if table == "export_tallies":
        pairs.append(("NEW.requested_by_id", "OLD.requested_by_id"))
    else:
        month = MONTH[database]
        pairs += [
            (month.format(f"NEW.{name}"), month.format(f"OLD.{name}"))
            for name in ("created_at", "updated_at")
        ]
    return " OR ".join(f"{new} {differs} {old}" for new, old in pairs)


def _sqlite(table: str) -> tuple[str, ...]:
    new, old = _added(table, "sqlite", "NEW", 1), _added(table, "sqlite", "OLD", -1)
    return (
        f"CREATE TRIGGER {table}_insert AFTER INSERT ON exports BEGIN {new} END",
        f"CREATE TRIGGER {table}_delete AFTER DELETE ON exports BEGIN {old} END",
        f"CREATE TRIGGER {table}_update AFTER UPDATE ON exports WHEN {_changed(table, 'sqlite')} BEGIN {old} {new} END",
    )


def _postgresql(table: str) -> tuple[str, ...]:
    new, old = _added(table, "postgresql", "NEW", 1), _added(table, "postgresql", "OLD", -1)
    run = f"FOR EACH ROW EXECUTE FUNCTION {table}_add()"
    changed = _changed(table, "postgresql")
    return (
        f"CREATE FUNCTION {table}_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {table}_insert AFTER INSERT OR DELETE ON exports {run}",
        f"CREATE TRIGGER {table}_update AFTER UPDATE ON exports {run.replace('ROW', f'ROW WHEN ({changed})')}",
    )


TABLES = ("export_tallies", "export_months")
TRIGGERS = {
    "sqlite": tuple(statement for table in TABLES for statement in _sqlite(table)),
    "postgresql": tuple(statement for table in TABLES for statement in _postgresql(table)),
}


def _after_create(_: Any, connection: Connection, **__: Any) -> None:
    for statement in TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))


event.listen(Export.__table__, "after_create", _after_create)
# The triggers of the one write to the others: so these are made first, and emptied last.
_exports: Any = Export.__table__
for _table in (Tally.__table__, MonthTally.__table__):
    _exports.add_is_dependent_on(_table)
