"""How the tests of the API ask: with a token, each request in an app context of its own, as in production."""

import pytest

from dashboard.database import db
from tests.factories import make_export


class Caller:
    """A program that holds one person's token (or none)."""

    def __init__(self, app, secret=None):
        self.app = app
        self.headers = {"Authorization": f"Token {secret}"} if secret else {}

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


@pytest.fixture
def as_(app, token):
    """as_(user): a program with that person's token; as_(None): one without."""
    return lambda user: Caller(app, token(user) if user else None)


@pytest.fixture
def mine(user, as_):
    return as_(user)


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser)


@pytest.fixture
def export(user):
    return make_export(user)
