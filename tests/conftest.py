"""Fixtures of the whole suite: an app over the demo shop, people, a client that looks at every page it gets.

Fakes stand at the edge alone: `enqueued` records jobs instead of sending them to Valkey, `work` runs them now.
"""

import json
import re
from collections.abc import Callable
from contextvars import Context
from html.parser import HTMLParser
from importlib import import_module

import pytest
from sqlalchemy import delete

from benchmarks.shop import make_shop, write_catalog
from dashboard import queue, tokens
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from dashboard.models import Base
from tests.factories import PASSWORD, make_login

pytest_plugins = ["tests.databases", "tests.processes", "tests.mailboxes"]


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """Path of a catalog over a small demo shop."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(folder / "shop.sqlite", orders=300)
    write_catalog(folder / "sources.toml", folder / "shop.sqlite")
    return folder / "sources.toml"


@pytest.fixture(scope="session")
def environment(tmp_path_factory, shop):
    """Settings of the suite's app; no queue server listens there."""
    folder = tmp_path_factory.mktemp("centre")
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'centre.sqlite'}",
        "REDIS_URL": "redis://127.0.0.1:1",
        "STORAGE_URL": f"file://{folder / 'files'}",
        "SOURCES": str(shop),
        "SECRET_KEY": "k" * 64,
        "PUBLIC_URL": "http://localhost",
        "PART_ROWS": "100",
        "LEASE_SECONDS": "5",
    }


@pytest.fixture(scope="session")
def made_app(environment):
    app = create_app(read(environment))
    app.testing = True
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture
def app(made_app):
    """The suite's app with empty tables, in an app context of its own."""
    with made_app.app_context():
        for table in reversed(Base.metadata.sorted_tables):
            db.session.execute(delete(table))
        db.session.commit()
        yield made_app
        db.session.remove()


@pytest.fixture(autouse=True)
def _push_request_context():
    """pytest-flask's own would hide missing access checks: its open request context shares `g` (stack.md, trap 10)."""
    return


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[str, int]]:
    """Jobs that were sent to the queue, in order."""
    sent: list[tuple[str, int]] = []

    def record(job: str, export_id: int) -> bool:
        assert job in queue.JOBS
        sent.append((job, json.loads(json.dumps(export_id))))
        return True

    monkeypatch.setattr(queue, "enqueue", record)
    return sent


@pytest.fixture
def work(app, enqueued) -> Callable[[], None]:
    """Run what is queued, and what that queues, until nothing is left; each job in an app context of its own."""

    def run() -> None:
        while enqueued:
            job, export_id = enqueued.pop(0)
            module, _, function = queue.JOBS[job].rpartition(".")
            with app.app_context():
                getattr(import_module(module), function)(export_id)
        db.session.expire_all()

    return run


class Elements(HTMLParser):
    """Every start tag of a page, with its attributes and, for a few, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"h1": [], "title": [], "script": [], "style": []}
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in self.texts:
            self.texts[tag].append("")
            self._open = tag

    def handle_endtag(self, tag):
        if tag == self._open:
            self._open = None

    def handle_data(self, data):
        if self._open:
            self.texts[self._open][-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def inspect_page(text: str) -> None:
    """What must hold for every page, whoever asks for it."""
    page = Elements(text)
    headings = [" ".join(heading.split()) for heading in page.texts["h1"]]
    assert len(headings) == 1, f"one h1, not {headings}"
    assert page.texts["title"], "no title"
    assert not page.all("style"), "inline style sheet"
    assert not any(script.strip() for script in page.texts["script"]), "inline script"
    for tag, attributes in page.found:
        bad = [name for name in attributes if name == "style" or name.startswith(("on", "hx-on"))]
        assert not bad, f"{tag} has {bad}"
    ids = [attributes["id"] for _, attributes in page.found if attributes.get("id")]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    for form in page.all("form"):
        assert form.get("action"), f"a form without action: {form}"
        assert form.get("method"), f"a form without method: {form}"
    for _, attributes in page.found:
        target = attributes.get("hx-target") or ""
        if target.startswith("#"):
            assert target[1:] in ids, f"no element {target}"
    for link in page.all("a"):
        assert link.get("href"), f"a link without href: {link}"


@pytest.fixture
def client(app):
    return make_client(app)


def make_client(app):
    """A client that inspects each whole page it gets; no `with`, so that nothing of a request is shared."""
    client = app.test_client()
    plain_open = client.open

    def open_and_inspect(*args, **options):
        # In a context of its own: the app context of the test would share `g`, and with it who is signed in.
        response = Context().run(plain_open, *args, **options)
        db.session.expire_all()
        if response.mimetype == "text/html" and response.data.lstrip()[:9].lower() == b"<!doctype":
            inspect_page(response.text)
        return response

    client.open = open_and_inspect
    return client


@pytest.fixture
def login(app):
    """login(client, user): sign in through the login page."""

    def sign_in(client, user, password=PASSWORD):
        form = client.get("/login").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        data = {"email": user.email, "password": password, "csrf_token": token.group(1) if token else ""}
        response = client.post("/login", data=data)
        assert response.status_code == 303, response.text
        return client

    return sign_in


@pytest.fixture
def csrf():
    """csrf(client, path): the form token that a page of this client carries."""

    def token(client, path="/exports"):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text).group(1)

    return token


@pytest.fixture
def user(app):
    return make_login(name="Maya Okafor")


@pytest.fixture
def stranger(app):
    return make_login(name="Jonas Weber")


@pytest.fixture
def superuser(app):
    return make_login(name="Tomas Lind", superuser=True)


@pytest.fixture
def no_export(app):
    return make_login(name="Noor Haddad", can_export=False)


@pytest.fixture
def token(app):
    """token(user): an API token of that person; `abilities` are all that the person may give when left out."""
    return lambda user, abilities=None: tokens.create(user, "Test", abilities=abilities)
