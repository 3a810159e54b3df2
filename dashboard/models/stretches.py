"""How many exports there are in each stretch of a sort key, kept as the tallies are: deep pages begin at one of them.

A stretch is a text that rises with the key: the first letter, the first two digits and how many follow, a month.
Exports that have nothing there are a stretch of their own for each STRETCH numbers. `search.stretches` reads them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.database import Base
from dashboard.models.export import Export
from dashboard.models.tally import MONTH, NUMBER

MISSING = "missing "


TABLE = "export_stretches"


class Stretch(Base):
    __tablename__ = TABLE

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(10))
    stretch: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]


_DIGITS = {
    "sqlite": "printf('%02d-%s', length({0}), substr({0}, 1, 2))",
    "postgresql": "lpad(length(CAST({0} AS text))::text, 2, '0') || '-' || left(CAST({0} AS text), 2)",
}
# What they look at: nothing else changes a stretch.
COLUMNS = "letters, total_count, collected_count, started_at, ended_at, status, reference, reference_origin, deleted_at"


def _stretches(database: str, record: str) -> dict[str, str]:
    """Key -> the stretch in which an export lies, as it came (NEW) or was (OLD); or nothing."""
    missing = f"'{MISSING}' || {NUMBER[database].format(f'{record}.id')}"
    month, digits = MONTH[database], _DIGITS[database]
    ended = month.format(f"{record}.ended_at")
    return {
        "letters": f"substr({record}.letters, 1, 1)",
        "total": digits.format(f"coalesce({record}.total_count, 0)"),
        "collected": digits.format(f"{record}.collected_count"),
        "started": f"coalesce({month.format(f'{record}.started_at')}, {missing})",
        "completed": f"CASE WHEN {record}.status = 'completed' THEN coalesce({ended}, {missing}) END",
        "reference": f"CASE WHEN {record}.reference IS NULL THEN {missing} ELSE '' END",
        "origin": f"CASE WHEN {record}.reference_origin IS NULL THEN {missing} ELSE '' END",
    }


def _added(database: str, record: str, number: int) -> str:
    rows = " UNION ALL ".join(
        f"SELECT '{key}' AS key, {one} AS stretch" for key, one in _stretches(database, record).items()
    )
    return (
        f"INSERT INTO {TABLE} (key, stretch, number) SELECT key, stretch, {number} FROM ({rows}) AS rows "  # noqa: S608
        f"WHERE stretch IS NOT NULL AND {record}.deleted_at IS NULL;"
    )


def _moved(database: str) -> str:
    """The rows of an export that may lie in other stretches than before."""
    old, new = _stretches(database, "OLD"), _stretches(database, "NEW")
    there = "CASE WHEN {0}.deleted_at IS NULL THEN {1} END"
    rows = " UNION ALL ".join(
        f"SELECT '{key}' AS key, {there.format('OLD', old[key])} AS was, {there.format('NEW', new[key])} AS is_now"
        for key in old
    )
    differs = "IS NOT" if database == "sqlite" else "IS DISTINCT FROM"
    return " ".join(
        f"INSERT INTO {TABLE} (key, stretch, number) SELECT key, {one}, {number} FROM ({rows}) AS rows "  # noqa: S608
        f"WHERE {one} IS NOT NULL AND was {differs} is_now;"
        for one, number in (("was", -1), ("is_now", 1))
    )


SQLITE = (
    f"CREATE TRIGGER export_stretches_insert AFTER INSERT ON exports BEGIN {_added('sqlite', 'NEW', 1)} END",
    f"CREATE TRIGGER export_stretches_delete AFTER DELETE ON exports BEGIN {_added('sqlite', 'OLD', -1)} END",
    f"CREATE TRIGGER export_stretches_update AFTER UPDATE OF {COLUMNS} ON exports BEGIN {_moved('sqlite')} END",
)
_RUN = "FOR EACH ROW EXECUTE FUNCTION export_stretches_add()"
POSTGRESQL = (
    "CREATE FUNCTION export_stretches_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'INSERT' THEN {_added('postgresql', 'NEW', 1)} "
    f"ELSIF TG_OP = 'DELETE' THEN {_added('postgresql', 'OLD', -1)} "
    f"ELSE {_moved('postgresql')} END IF; RETURN NULL; END $$",
    f"CREATE TRIGGER export_stretches_insert AFTER INSERT OR DELETE ON exports {_RUN}",
    f"CREATE TRIGGER export_stretches_update AFTER UPDATE OF {COLUMNS} ON exports {_RUN}",
)
TRIGGERS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def _after_create(_: Any, connection: Connection, **__: Any) -> None:
    for statement in TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))


event.listen(Export.__table__, "after_create", _after_create)
_exports: Any = Export.__table__
_exports.add_is_dependent_on(Stretch.__table__)
