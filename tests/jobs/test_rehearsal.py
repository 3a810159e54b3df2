"""What a worker asks the records before its first job, so that its work-horses need not put it into words."""

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine.interfaces import CacheStats

from dashboard import lifecycle, planning
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from dashboard.models import Event, Export, File, Part
from jobs.rehearsal import rehearse
from tests.factories import make_user


@pytest.fixture
def worded(app):
    """Statements that had to be put into words since."""
    found = []

    def note(connection, cursor, statement, parameters, context, many):
        if context.cache_hit == CacheStats.CACHE_MISS:
            found.append(statement)

    db.engine.clear_compiled_cache()
    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def export_of(user):
    return lifecycle.request(user, planning.plan(user, "orders", format="csv"), name="All orders")


def test_a_job_finds_most_of_its_words_made(app, work, worded):
    user = make_user()
    export_of(user)
    worded.clear()
    work()
    without, export_id = list(worded), export_of(make_user()).id
    db.engine.clear_compiled_cache()
    rehearse()
    worded.clear()
    work()
    assert db.session.get(Export, export_id).status == "completed"
    assert len(worded) < len(without) / 2


def test_a_rehearsal_changes_nothing(app):
    rehearse()
    for model in (Event, Part, File):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_without_records_a_worker_starts_all_the_same(environment, tmp_path):
    own = {"DATABASE_URL": f"sqlite:///{tmp_path / 'nothing.sqlite'}"}
    with create_app(read({**environment, **own})).app_context():
        rehearse()
        db.engine.dispose()
