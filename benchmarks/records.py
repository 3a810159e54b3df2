"""A million exports in the records' database, so that lists can be measured as they are after years of use.

One export is made as usual and then copied by the database itself, with what filters and sorts look at changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.script import ScriptDirectory
from sqlalchemy import delete, text

from benchmarks.measuring import ROOT
from dashboard import accounts, search
from dashboard.database import db, now
from dashboard.models import Export, MonthTally, Stretch, Tally, User

PEOPLE = 40
# In SQL `n` numbers the exports and `h` mixes it, so that what one digit of `h` decides says nothing of another.
# In a hundred: what years leave behind. The last few dozen exports are still on their way.
STATUS = """CASE WHEN n > :exports - 40 THEN 'pending' WHEN n > :exports - 50 THEN 'running'
    WHEN h % 100 < 90 THEN 'completed' WHEN h % 100 < 94 THEN 'failed' WHEN h % 100 < 99 THEN 'cancelled'
    ELSE 'timed_out' END"""
FORMAT = "CASE h / 100 % 4 WHEN 0 THEN 'xlsx' WHEN 1 THEN 'json' ELSE 'csv' END"
RESOURCE = "CASE h / 400 % 5 WHEN 0 THEN 'orders_tiny' WHEN 1 THEN 'orders_small' ELSE 'orders_large' END"
DIALECT = """CASE h / 2000 % 6 WHEN 0 THEN 'omnitron' WHEN 1 THEN 'packagex' WHEN 2 THEN 'commerce_layer'
    WHEN 3 THEN 'rebilly' END"""
COUNT = "h / 3000 % 100000"
SAME = {
    "id": "n",
    "status": STATUS,
    "format": FORMAT,
    "resource": RESOURCE,
    "action_name": f"'export_' || {RESOURCE}",
    "dialect": DIALECT,
    "requested_by_id": f"1 + h / 12000 % {PEOPLE}",
    "page": "2 + h / 3000 % 100000 / 50000",
    "collected_count": COUNT,
    "total_count": COUNT,
    "result_size": "CASE WHEN h % 100 < 90 THEN h % 90000000 END",
    "idempotency_key": "NULL",
    "reference": "CASE WHEN h % 3 = 0 THEN 'A-' || (h % 90000) END",
    "error_message": "CASE WHEN h % 100 BETWEEN 90 AND 93 THEN 'The source did not answer for too long.' END",
    "expired_at": "CASE WHEN n < :exports - 50000 AND h % 100 < 90 THEN t.created_at END",
}
# Minutes after the first one's: one is made every other minute, and takes up to an hour.
BEGUN, ENDED = "(n - :exports) * 2", "(n - :exports) * 2 + h % 50"
CHANGED = {
    "sqlite": {
        "uuid": "printf('%08x-0000-4000-8000-%012x', h, n)",
        "public_id": "printf('exp_%010d%016d', h, n)",
        "name": "printf('Orders %d of week %d', (n * 7919) % 1000003, n % 52)",
        "client_metadata": "CASE WHEN h % 10 = 0 THEN json_object('batch', h / 10 % 1000) ELSE '{}' END",
    },
    "postgresql": {
        "uuid": "lpad(to_hex(h), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0')",
        "public_id": "'exp_' || lpad(CAST(h AS TEXT), 10, '0') || lpad(CAST(n AS TEXT), 16, '0')",
        "name": "'Orders ' || n * 7919 % 1000003 || ' of week ' || n % 52",
        "client_metadata": "CASE WHEN h % 10 = 0 THEN jsonb_build_object('batch', h / 10 % 1000) "
        "ELSE CAST('{}' AS jsonb) END",
    },
}
AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', t.created_at, ({}) || ' minutes')",
    "postgresql": "t.created_at + make_interval(mins => CAST({} AS INTEGER))",
}
LETTER = {"sqlite": "char(97 + {})", "postgresql": "chr(CAST(97 + {} AS INTEGER))"}
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < :exports)",
    "postgresql": "WITH numbers (n) AS (SELECT generate_series(2, CAST(:exports AS BIGINT)))",
}
MIXED = "mixed (n, h) AS (SELECT n, n * 2654435761 % 4294967296 FROM numbers)"
# What an export tells of itself, twice for each.
EVENTS = """INSERT INTO export_events (export_id, at, kind, message, run_no)
    SELECT id, created_at, 'pending', 'Requested by Person 1', 0 FROM exports WHERE id > 1 UNION ALL
    SELECT id, updated_at, status, 'As it is', 1 FROM exports WHERE id > 1"""

# What can be made again when all rows are there.
INDEXES = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
    AND tablename IN ('exports', 'export_events') AND indexdef NOT LIKE 'CREATE UNIQUE%'"""
# The migrations that count what there is.
COUNTING = ("0005", "0008")


def fill(exports: int, password: str) -> None:
    """Make the tables of the current app, people, and so many exports; the first person is a superuser."""
    db.create_all()
    people = [_person(number, password) for number in range(1, PEOPLE + 1)]
    db.session.add(_first(people[0]))
    db.session.commit()
    kind = db.engine.dialect.name
    changed = {**SAME, **CHANGED[kind], **_moments(kind), "letters": _letters(kind)}
    names = [column.name for column in Export.__table__.columns]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    copies = f"{NUMBERS[kind]}, {MIXED} SELECT {values} FROM mixed, exports t WHERE t.id = 1"
    with _all_at_once():
        db.session.execute(text(f"INSERT INTO exports ({quoted}) {copies}"), {"exports": exports})
        db.session.execute(text(EVENTS))
    db.session.commit()
    search.fold_tallies()  # as the clock does
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if kind == "sqlite" else "VACUUM ANALYZE"))


@contextmanager
def _all_at_once() -> Iterator[None]:
    """PostgreSQL takes several times as long to bring indexes and kept counts up to date with each row."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    indexes = db.session.execute(text(INDEXES)).all()
    for name, _ in indexes:
        db.session.execute(text(f'DROP INDEX "{name}"'))
    # Neither triggers nor foreign keys.
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    db.session.execute(text("SET LOCAL session_replication_role = origin"))
    db.session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for _, definition in indexes:
        db.session.execute(text(definition))
    _count()


def _count() -> None:
    """Fill the tables of kept counts as the migrations do that make them."""
    for table in (Tally, MonthTally, Stretch):
        db.session.execute(delete(table))
    migrations = ScriptDirectory(str(ROOT / "migrations"))
    for revision in COUNTING:
        for statement in migrations.get_revision(revision).module.counted("postgresql"):
            db.session.execute(text(statement))


def _moments(kind: str) -> dict[str, str]:
    begun, ended = AT[kind].format(BEGUN), AT[kind].format(ENDED)
    return {
        "created_at": begun,
        "updated_at": ended,
        "started_at": f"CASE WHEN n <= :exports - 40 THEN {begun} END",
        "ended_at": f"CASE WHEN n <= :exports - 50 THEN {ended} END",
    }


def _letters(kind: str) -> str:
    """Ten letters that no two exports share."""
    places = [f"h / {26**place} % 26" for place in range(4)] + [f"n / {26**place} % 26" for place in range(6)]
    return " || ".join(LETTER[kind].format(place) for place in places)


def _person(number: int, password: str) -> User:
    if number == 1:
        return accounts.create_user("person1@example.com", password, superuser=True)
    user = User(email=f"person{number}@example.com", name=f"Person {number * 37 % 101}", password_hash="-")
    db.session.add(user)
    db.session.commit()
    return user


def _first(owner: User) -> Export:
    return Export(
        id=1, name="Orders", resource="orders_large", fields=["id", "number"], format="csv", status="completed",
        outputs=[{"format": "csv", "options": {}}], requested_by_id=owner.id, deadline_at=now(3600),
        total_count=10, collected_count=10, started_at=now(-30), ended_at=now(), expires_at=now(86_400),
    )  # fmt: skip
