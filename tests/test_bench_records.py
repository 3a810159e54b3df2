"""The benchmark's exports are counted, and can be found, as if each had been made by itself."""

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select, text, update

from benchmarks import records
from dashboard import search
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db, now
from dashboard.models import Event, Export, MonthTally, Stretch, Tally

EXPORTS = 3_000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def filled(request, environment, tmp_path):
    url = f"sqlite:///{tmp_path / 'many.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    app = create_app(read({**environment, "DATABASE_URL": url}))
    with app.app_context():
        upgrade()
        before = indexes()
        db.session.commit()
        records.fill(EXPORTS, "correct horse battery")
        yield before
        db.session.remove()
        db.engine.dispose()


def indexes():
    """The names of those that PostgreSQL makes when all rows are there."""
    if db.engine.dialect.name == "sqlite":
        return []
    return sorted(db.session.scalars(text(records.INDEXES)))


def counts():
    """What is kept of each kind, where it is not nothing."""
    found = {}
    for table in (Tally.__table__, MonthTally.__table__, Stretch.__table__):
        kind = [column for column in table.columns if column.name not in ("id", "number")]
        sums = select(*kind, func.sum(table.c.number)).group_by(*kind)
        found |= {(table.name, *row[:-1]): row[-1] for row in db.session.execute(sums) if row[-1]}
    return found


def test_what_is_kept_of_many_exports_is_what_triggers_keep_of_each(filled):
    assert indexes() == filled
    kept = counts()
    of_people = [number for (table, *_), number in kept.items() if table == "export_tallies"]
    assert sum(of_people) == EXPORTS
    search.fold_tallies()
    assert counts() == kept
    # The triggers take away what they would have added.
    db.session.execute(update(Export).values(deleted_at=now()))
    assert counts() == {}
    db.session.execute(update(Export).values(deleted_at=None))
    assert counts() == kept


def test_each_export_tells_what_happened_to_it(filled):
    assert db.session.scalar(select(func.count()).select_from(Event)) == 2 * (EXPORTS - 1)
