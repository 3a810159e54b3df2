"""The migrations make what the records' classes make: tables, indexes and triggers, in the very same words."""

import re

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from tests.databases import schema_on
from tests.factories import make_export, make_user

SQLITE = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'table'"
POSTGRESQL = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = to_regclass('exports')",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
    "AND proname LIKE 'export%'",
)


@pytest.fixture
def app_of(environment, tmp_path):
    """app_of(url): an app over an empty database."""

    def make(url=None):
        return create_app(
            read({**environment, "DATABASE_URL": url or f"sqlite:///{tmp_path / 'one.sqlite'}"})
        )

    return make


def things():
    """Indexes, triggers and functions by name, as the database has them."""
    queries = (SQLITE,) if db.engine.dialect.name == "sqlite" else POSTGRESQL
    found = {}
    for query in queries:
        for name, definition in db.session.execute(text(query)):
            # Constraints of one column or an index: the same thing by another name.
            if "uq_exports_" not in name and "alembic" not in name:
                found[name] = re.sub(
                    r"\bt[0-9a-f]{12}\.", "", re.sub(r"\s+", " ", definition.replace('"', ""))
                )
    db.session.remove()
    return found


def migrated_and_created(migrated, created):
    with migrated.app_context():
        upgrade()
        by_migrations = things()
        db.engine.dispose()
    with created.app_context():
        db.create_all()
        by_classes = things()
        db.engine.dispose()
    return by_migrations, by_classes


def test_sqlite_is_the_same_either_way(app_of, tmp_path):
    migrated, created = migrated_and_created(app_of(), app_of(f"sqlite:///{tmp_path / 'other.sqlite'}"))
    assert migrated == created
    assert any("export_names_insert" in name for name in created)


@pytest.mark.postgresql
def test_postgresql_is_the_same_either_way(app_of, postgresql_url):
    with schema_on(postgresql_url) as other:
        migrated, created = migrated_and_created(app_of(postgresql_url), app_of(other))
    # In one schema only, where the extension is.
    trigrams = dict.fromkeys(("ix_exports_trigrams", "ix_exports_kept_trigrams"), "")
    assert {**migrated, **trigrams} == {**created, **trigrams}
    assert "ix_exports_created" in created


def test_exports_that_were_there_before_are_counted(app_of):
    with app_of().app_context():
        upgrade(revision="0004")
        user = make_user()
        made = make_export(user, name="Weekly").created_at
        make_export(user, name="Weekly too", status="failed", updated_at=made.replace(year=made.year + 1))
        make_export(user, name="Weekly, deleted", deleted_at=made)
        db.session.remove()
        upgrade()
        found = kept()
        assert sum(row[-1] for row in found[:-1]) == 4 * 2 + 6 * 2 + 1
        stretches = [row for row in found if len(row) == 3]
        assert len(found) == 2 + (4 + 2) + len(stretches) + 1
        assert len({key for key, _, _ in stretches}) == 7
        assert found[-1] == ("names", 2)
        downgrade(revision="0004")
        upgrade()
        assert kept() == found
        db.engine.dispose()


def kept():
    """All that the database counts, and how many names it finds."""
    rows = []
    of = "status, resource, format, action_name, expired"
    tables = {
        "export_tallies": f"requested_by_id, {of}",
        "export_months": f"moment, month, {of}",
        "export_stretches": "key, stretch",
    }
    for table, kind in tables.items():
        sums = (
            f"SELECT {kind}, sum(number) FROM {table} GROUP BY {kind} HAVING sum(number) <> 0 ORDER BY {kind}"
        )
        rows += [tuple(row) for row in db.session.execute(text(sums))]
    named = db.session.scalar(text("SELECT count(*) FROM export_names WHERE export_names MATCH 'wee'"))
    db.session.remove()
    return [*rows, ("names", named)]
