"""A million exports in the records' database, so that lists can be measured as they are after years of use.

One export is made as usual and then copied by the database itself, with what filters and sorts look at changed.
"""

from __future__ import annotations

from sqlalchemy import text

from dashboard import accounts
from dashboard.database import db, now
from dashboard.models import Export, User

PEOPLE = 40
# In a hundred: what years leave behind. The last few dozen exports are still on their way.
STATUS = """CASE WHEN n > :exports - 40 THEN 'pending' WHEN n > :exports - 50 THEN 'running'
    WHEN n % 100 < 90 THEN 'completed' WHEN n % 100 < 94 THEN 'failed' WHEN n % 100 < 99 THEN 'cancelled'
    ELSE 'timed_out' END"""
FORMAT = "CASE n % 4 WHEN 0 THEN 'xlsx' WHEN 1 THEN 'json' ELSE 'csv' END"
RESOURCE = "CASE n % 5 WHEN 0 THEN 'orders_tiny' WHEN 1 THEN 'orders_small' ELSE 'orders_large' END"
CHANGED = {
    "sqlite": {
        "uuid": "printf('%08x-0000-4000-8000-%012x', (n * 2654435761) % 4294967296, n)",
        "name": "printf('Orders %d of week %d', (n * 7919) % 1000003, n % 52)",
        "created_at": "strftime('%Y-%m-%d %H:%M:%f000', created_at, ((n - :exports) * 2) || ' minutes')",
        "expired_at": "CASE WHEN n < :exports - 50000 AND n % 100 < 90 THEN created_at END",
    },
    "postgresql": {
        "uuid": "lpad(to_hex((n::bigint * 2654435761) % 4294967296), 8, '0') || '-0000-4000-8000-' || "
        "lpad(to_hex(n), 12, '0')",
        "name": "'Orders ' || (n::bigint * 7919) % 1000003 || ' of week ' || n % 52",
        "created_at": "created_at + make_interval(mins => (n - :exports) * 2)",
        "expired_at": "CASE WHEN n < :exports - 50000 AND n % 100 < 90 THEN created_at END",
    },
}
SAME = {
    "id": "n",
    "status": STATUS,
    "format": FORMAT,
    "resource": RESOURCE,
    "requested_by_id": f"1 + n % {PEOPLE}",
    "collected_count": "(n * 37) % 100000",
    "total_count": "(n * 37) % 100000",
    "result_size": "CASE WHEN n % 100 < 90 THEN (n * 7877) % 90000000 END",
    "idempotency_key": "NULL",
}
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < :exports)",
    "postgresql": "WITH numbers (n) AS (SELECT generate_series(2, :exports))",
}


def fill(exports: int, password: str) -> None:
    """Make the tables of the current app, people, and so many exports; the first person is a superuser."""
    db.create_all()
    people = [_person(number, password) for number in range(1, PEOPLE + 1)]
    db.session.add(_first(people[0]))
    db.session.commit()
    kind = db.engine.dialect.name
    changed = {**SAME, **CHANGED[kind]}
    names = [column.name for column in Export.__table__.columns]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    copy = f"INSERT INTO exports ({quoted}) {NUMBERS[kind]} SELECT {values} FROM numbers, exports t WHERE t.id = 1"
    db.session.execute(text(copy), {"exports": exports})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if kind == "sqlite" else "VACUUM ANALYZE exports"))


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
