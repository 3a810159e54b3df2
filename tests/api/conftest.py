"""How the tests of the API ask: with a token, each request in an app context of its own, as in production."""

import dataclasses
import subprocess

import pytest
from limits import parse_many
from redis import Redis
from redis.exceptions import RedisError

from dashboard import queue
from dashboard.database import db
from tests.factories import make_export
from tests.processes import free_port, queue_server, wait_for

# How each dialect takes a token: the header, and what stands in it. The first is what its clients use.
CREDENTIALS = {
    "omnitron": [("Authorization", "Token {}")],
    "packagex": [("PX-API-KEY", "{}"), ("X-API-KEY", "{}")],
    "commerce_layer": [("Authorization", "Bearer {}")],
    "rebilly": [("REB-APIKEY", "{}"), ("Authorization", "Bearer {}")],
}
LISTS = {
    "omnitron": "/api/v1/exports/",
    "packagex": "/v1/exports",
    "commerce_layer": "/api/exports",
    "rebilly": "/data-exports",
}


class Caller:
    """A program that holds one person's token (or none), and sends it as the clients of its dialect do."""

    def __init__(self, app, secret=None, dialect="omnitron"):
        self.app = app
        name, form = CREDENTIALS[dialect][0]
        self.headers = {name: form.format(secret)} if secret else {}

    def open(self, method, path, headers=None, **options):
        # An app context that is open already would be shared, with its `g` and its session.
        with self.app.app_context():
            response = self.app.test_client().open(
                path, method=method, headers={**self.headers, **(headers or {})}, **options
            )
            response.get_data()
        db.session.rollback()
        db.session.expire_all()
        return response

    def get(self, path, **options):
        return self.open("GET", path, **options)

    def post(self, path, **options):
        return self.open("POST", path, **options)

    def patch(self, path, **options):
        return self.open("PATCH", path, **options)

    def put(self, path, **options):
        return self.open("PUT", path, **options)

    def delete(self, path, **options):
        return self.open("DELETE", path, **options)


@pytest.fixture
def as_(app, token):
    """as_(user): a program with that person's token; as_(None): one without. `abilities`: of the token."""

    def make(user, dialect="omnitron", abilities=None):
        return Caller(app, token(user, abilities) if user else None, dialect)

    return make


@pytest.fixture
def mine(user, as_):
    return as_(user)


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser)


@pytest.fixture
def export(user):
    return make_export(user)


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory):
    """A real Valkey, for the counters of the rate limit."""
    port = free_port()
    command = [queue_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder = tmp_path_factory.mktemp("valkey")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--dir", str(folder)], stdout=log, stderr=log)
    connection = Redis(port=port, socket_timeout=1)

    def answers():
        try:
            return connection.ping()
        except RedisError:
            return False

    wait_for(answers, what="Valkey")
    yield port
    server.terminate()
    server.wait(10)


@pytest.fixture
def limited(app, redis_port, monkeypatch):
    """limited("2/minute"): the app with that RATE_LIMIT, and nobody counted yet."""

    def limit(text, port=redis_port):
        settings = dataclasses.replace(app.extensions["settings"], rate_limit=tuple(parse_many(text)))
        monkeypatch.setitem(app.extensions, "settings", settings)
        monkeypatch.setitem(app.extensions, "redis", queue.connect(f"redis://127.0.0.1:{port}"))
        monkeypatch.delitem(app.extensions, "rate_limiter", raising=False)

    Redis(port=redis_port).flushall()
    yield limit
    app.extensions.pop("rate_limiter", None)
