"""Records on PostgreSQL, made by the migrations: the suite's own tests of them once more, and races for real."""

import threading
from functools import partial

import pytest
from flask_migrate import upgrade
from sqlalchemy import inspect

from dashboard import lifecycle
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import Base, db, now
from dashboard.models import Export, User
from tests import (
    test_accounts,
    test_lifecycle,
    test_schedules,
    test_search,
    test_search_fields,
    test_search_pages,
)
from tests.databases import schema_on
from tests.factories import make_export, make_part
from tests.filter_files import test_exports_of_ids
from tests.jobs import test_pipeline

pytestmark = pytest.mark.postgresql

AGAIN = (
    test_lifecycle,
    test_schedules,
    test_search,
    test_search_fields,
    test_search_pages,
    test_accounts,
    test_pipeline,
    test_exports_of_ids,
)
for module in AGAIN:
    shared = {name: one for name, one in vars(module).items() if name.startswith("test_")}
    assert not shared.keys() & globals().keys(), "two tests of one name"
    globals().update(shared)
shop_rows = test_pipeline.shop_rows
exports, changed = test_search_pages.exports, test_search_pages.changed

ROUNDS = 50


@pytest.fixture(scope="module")
def environment(environment, _postgresql_server, tmp_path_factory):
    with schema_on(_postgresql_server) as url:
        folder = tmp_path_factory.mktemp("files")
        yield {**environment, "DATABASE_URL": url, "STORAGE_URL": f"file://{folder}"}


@pytest.fixture(scope="module")
def made_app(environment):
    app = create_app(read(environment))
    app.testing = True
    with app.app_context():
        upgrade()
        assert db.engine.dialect.name == "postgresql"
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def at_once(app):
    """at_once(*jobs): what each gave, all begun at the same moment on connections of their own."""

    def run(*jobs):
        start, answers = threading.Barrier(len(jobs)), [None] * len(jobs)

        def one(place, job):
            with app.app_context():
                db.session.connection()
                start.wait(10)
                answers[place] = job()
                db.session.remove()

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        db.session.expire_all()
        return answers

    return run


def test_of_claims_at_the_same_moment_exactly_one_wins(user, at_once):
    for _ in range(ROUNDS):
        number = make_export(user, status="queued").id
        answers = at_once(*(partial(lifecycle.claim, number, f"job:{who}") for who in "abc"))
        assert sorted(answer is not None for answer in answers) == [False, False, True]
        winner = "abc"[next(place for place, answer in enumerate(answers) if answer)]
        export = db.session.get(Export, number)
        assert (export.lease_owner, export.run_no) == (f"job:{winner}", 1)


def pages_of(export_id, owner):
    """Every part that this one gets."""
    pages = []
    while part := lifecycle.claim_part(export_id, owner):
        pages.append(part.page)
    return pages


def test_of_claims_of_one_part_exactly_one_wins(user, at_once):
    for _ in range(ROUNDS):
        export = make_export(user, status="finalizing", lease_until=None)
        make_part(export)
        answers = at_once(*(partial(pages_of, export.id, f"job:{who}") for who in "abc"))
        assert sorted(answers) == [[], [], [1]]


def test_each_of_many_parts_is_claimed_by_one_only(user, at_once):
    export = make_export(user, status="finalizing", lease_until=None)
    for page in range(1, 41):
        make_part(export, page=page)
    answers = at_once(*(partial(pages_of, export.id, f"job:{who}") for who in "abc"))
    assert sorted(page for pages in answers for page in pages) == list(range(1, 41))


def test_cancelling_and_completing_at_the_same_moment_cannot_both_win(user, superuser, at_once):
    boss = superuser.id
    for _ in range(ROUNDS):
        export = make_export(user, status="finalizing", total_count=0, collected_count=0)
        number, file = export.id, test_lifecycle.file_of(export, rows=0)

        def cancel(number=number):
            try:
                lifecycle.cancel(db.session.get(Export, number), db.session.get(User, boss))
            except lifecycle.AlreadyEnded:
                return False
            return True

        cancelled, completed = at_once(cancel, partial(lifecycle.complete, number, 1, [file], {}, 60))
        assert cancelled != completed
        export = db.session.get(Export, number)
        assert export.status == ("cancelled" if cancelled else "completed")
        assert len(export.files) == completed, "no file of an export that was cancelled"


def test_of_a_late_worker_and_the_clock_exactly_one_goes_on(user, at_once):
    for _ in range(ROUNDS):
        export = make_export(
            user, status="running", lease_until=test_lifecycle.past(), collected_count=0, progress_at=now()
        )
        number, part = export.id, test_lifecycle.part_of(export, rows=5, run_no=1)
        taken, committed = at_once(lifecycle.take_over, partial(lifecycle.commit_part, part, 1.0))
        assert taken + committed == 1
        export = db.session.get(Export, number)
        assert (export.run_no, export.collected_count) == ((1, 5) if committed else (2, 0))
        assert len(export.parts) == committed
        lifecycle.fail(number, export.run_no, "internal")


def test_however_many_clocks_there_are_a_series_goes_on_once(user, at_once):
    begun = test_schedules.ago(minutes=1)
    for number in range(1, ROUNDS // 2):
        export = test_schedules.waiting(user, begun, recurrence=test_schedules.daily(begun))
        assert sum(at_once(*[lifecycle.start_due] * 3)) == 1
        assert db.session.get(Export, export.id).status == "pending"
        waiting = [one for one in test_schedules.everything() if one.status == "scheduled"]
        assert len(waiting) == number


def test_of_a_clock_and_a_cancel_exactly_one_decides_whether_a_series_goes_on(user, superuser, at_once):
    begun, boss = test_schedules.ago(minutes=1), superuser.id
    for _ in range(ROUNDS // 2):
        export = test_schedules.waiting(user, begun, recurrence=test_schedules.daily(begun))
        number, before = export.id, len(test_schedules.everything())

        def cancel(number=number):
            lifecycle.cancel(db.session.get(Export, number), db.session.get(User, boss))

        started, _ = at_once(lifecycle.start_due, cancel)
        assert db.session.get(Export, number).status == "cancelled"
        assert len(test_schedules.everything()) - before == started


def test_the_migrations_make_the_tables_of_the_records(app):
    made = {table: columns_of(table) for table in inspect(db.engine).get_table_names()}
    made.pop("alembic_version")
    assert made == {
        table.name: {column.name: column.nullable for column in table.columns}
        for table in Base.metadata.sorted_tables
    }


def columns_of(table):
    return {column["name"]: column["nullable"] for column in inspect(db.engine).get_columns(table)}
