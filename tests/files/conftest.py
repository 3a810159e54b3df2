"""The whole way for tests of files: an app over any source, and the files that come of it."""

import pytest

from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from tests.factories import make_user

HELPERS = ("expected", "exporting", "reading", "stored")
pytest.register_assert_rewrite(*(f"tests.files.{name}" for name in HELPERS))

from tests.files.expected import assert_calamine, assert_csv, assert_json, assert_openpyxl  # noqa: E402
from tests.files.exporting import ask, file_of  # noqa: E402
from tests.files.reading import read_calamine, read_csv, read_json, read_openpyxl  # noqa: E402


@pytest.fixture
def sources(shop):
    """What SOURCES says; a test over rows of its own says something else."""
    return str(shop)


@pytest.fixture
def part_rows():
    return 100


@pytest.fixture
def records(tmp_path):
    """DATABASE_URL of the records, where nothing is yet."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


@pytest.fixture
def app(environment, sources, part_rows, records, tmp_path):
    """In place of the suite's app: one over `sources`, with records and files of its own."""
    own = {
        "SOURCES": sources,
        "PART_ROWS": str(part_rows),
        "DATABASE_URL": records,
        "STORAGE_URL": f"file://{tmp_path / 'files'}",
    }
    app = create_app(read({**environment, **own}))
    app.testing = True
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def made(app, work):
    """made(resource, format, **plan): the export of it, worked off."""
    person = make_user()

    def make(resource, format="csv", **wanted):
        export = ask(person, resource, format=format, **wanted)
        work()
        return file_of(export)

    return make


@pytest.fixture
def made_in_every_format(made):
    """made_in_every_format(resource, **plan): by format, of the formats that `reading` reads."""
    formats = ("csv", "xlsx", "json")
    return lambda resource, **wanted: {format: made(resource, format, **wanted) for format in formats}


@pytest.fixture
def reads_back(app, made_in_every_format):
    """reads_back(table, rows, **plan): export it to every format and compare; the warnings by format."""

    def run(table, rows, **wanted):
        (resource,) = (one for one in app.extensions["catalog"].resources.values() if one.table == table)
        files = made_in_every_format(resource.name, **wanted)
        heading, found = read_csv(files["csv"].data)
        assert_csv(found, rows, "csv")
        assert len(heading) == len(rows[0])
        assert_json(read_json(files["json"].data)[1], rows, "json")
        assert_openpyxl(read_openpyxl(files["xlsx"].data)[1], rows, "xlsx by openpyxl")
        assert_calamine(read_calamine(files["xlsx"].data)[1], rows, "xlsx by calamine")
        return {format: file.warnings for format, file in files.items()}

    return run
