"""Records for tests: valid by default, so that a test says only what matters to it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard import accounts
from dashboard.database import db, now
from dashboard.extensions import storage
from dashboard.models import Event, Export, File, Part, User
from dashboard.storage import save

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_user(**values: Any) -> User:
    number = next(_numbers)
    values = {
        "email": f"person{number}@example.com",
        "name": f"Person {number}",
        "password_hash": "-",
        **values,
    }
    user = User(**values)
    db.session.add(user)
    db.session.commit()
    return user


def make_login(**rights: Any) -> User:
    """A person who can sign in with PASSWORD."""
    return accounts.create_user(f"login{next(_numbers)}@example.com", PASSWORD, **rights)


def make_export(requested_by: User | None = None, status: str = "completed", **values: Any) -> Export:
    """An export in any status; a completed one has a stored file, unless `expired_at` says it is gone."""
    owner = requested_by or make_user()
    age = timedelta(minutes=1)
    given = {
        "name": "Orders",
        "resource": "orders",
        "fields": ["id", "number"],
        "format": "csv",
        "outputs": [{"format": values.get("format", "csv"), "options": {}}],
        "requested_by_id": owner.id,
        "deadline_at": now(3600),
        "status": status,
        "total_count": 10 if status in ("running", "finalizing", "completed") else None,
        "collected_count": {"running": 6, "finalizing": 10, "completed": 10}.get(status, 0),
        **values,
    }
    if status in ("running", "finalizing"):
        given = {
            "lease_owner": "job:test",
            "lease_until": now(60),
            "run_no": 1,
            "started_at": now(-30),
            **given,
        }
    if status in ("completed", "failed", "timed_out", "cancelled"):
        given = {"ended_at": datetime.now(UTC), "started_at": datetime.now(UTC) - age, **given}
    export = Export(**given)
    db.session.add(export)
    db.session.flush()
    if status == "completed":
        _add_file(export)
    db.session.add(Event(export_id=export.id, kind="pending", message=f"Requested by {owner.name}"))
    db.session.commit()
    return export


def _add_file(export: Export, content: bytes = b'"id"\r\n1\r\n') -> None:
    key = f"results/{export.id}/1/0"
    stored = save(storage, key, content)
    export.result_key, export.result_size, export.result_sha256 = key, stored.size, stored.sha256
    export.expires_at = export.expires_at or datetime.now(UTC) + timedelta(days=30)
    db.session.add(
        File(
            export_id=export.id, format=export.format, name=f"{export.name}.{export.format}", media_type="text/csv",
            key=key, rows=export.collected_count, size=stored.size, sha256=stored.sha256,
        )
    )  # fmt: skip


def make_part(export: Export, page: int = 1, rows: int = 5, **values: Any) -> Part:
    """A part as a record; there is nothing of it in storage."""
    given = {
        "export_id": export.id, "page": page, "run_no": export.run_no, "rows": rows, "size": 100, "sha256": "0" * 64,
        "key": f"parts/{export.id}/{page:06}-{export.run_no}", **values,
    }  # fmt: skip
    part = Part(**given)
    db.session.add(part)
    db.session.commit()
    return part
