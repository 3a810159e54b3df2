"""Schemathesis sends what the documents allow, and what they do not: every answer is one that the document describes.

The seed's own document of Omnitron lies beside the project, in shared/contracts.
"""

import json
from contextvars import Context
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.api import ids
from dashboard.api.documents import Documents
from dashboard.database import db
from tests.api.conftest import CREDENTIALS
from tests.factories import make_export

DOCUMENTS = Documents("http://localhost")
SEED = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "omnitron.openapi.json"
# Elsewhere than beside it, the seed's document is no part of the test.
THEIRS = json.loads(SEED.read_text()) if SEED.is_file() else {"paths": {}}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 20
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# What stands for the id of an export in each dialect's paths.
ID = {
    "omnitron": lambda export: export.id,
    "packagex": lambda export: ids.packagex(export.uuid),
    "commerce_layer": lambda export: export.letters,
    "rebilly": lambda export: export.public_id,
}


def operations(document):
    for path, methods in document["paths"].items():
        for method in methods:
            yield method.upper(), path


def all_of(names):
    return [
        pytest.param(name, method, path, id=f"{name} {method} {path}")
        for name in names
        for method, path in operations(DOCUMENTS.of(name))
    ]


def places(dialect, path, exports):
    """What may stand in a path so that there is something at it."""
    if "{id}" not in path:
        return []
    of = (lambda export: ids.rebilly_file(export.uuid)) if path.startswith("/files/") else ID[dialect]
    return [{"id": of(export)} for export in exports]


def example_of(document, method, path):
    contents = document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    return next(
        ({"media_type": kind, "body": one["example"]} for kind, one in contents.items() if "example" in one),
        None,
    )


def about(example, place):
    """The example, of the export that the path is of."""
    data = example["body"].get("data")
    if not (place and data and "id" in data):
        return example
    return {**example, "body": {**example["body"], "data": {**data, "id": place["id"]}}}


@pytest.fixture
def send(app, superuser, token):
    """send(dialect, document, method, path, mode, exports): many requests, each checked against the document."""

    def run(dialect, document, method, path, mode, exports):
        name, form = CREDENTIALS[dialect][0]
        headers = {name: form.format(token(superuser))}
        schema = schemathesis.openapi.from_dict(document)
        schema.app = app
        operation = schema[path][method]
        cases = [operation.as_strategy(generation_mode=mode)]
        if mode.is_positive:
            found, body = places(dialect, path, exports), example_of(document, method, path)
            cases += [operation.as_strategy(path_parameters=one) for one in found]
            cases += [
                operation.as_strategy(path_parameters=one, **about(body, one))
                for one in found or [None]
                if body
            ]

        @seed(20261122)
        @BOUNDED
        @given(st.one_of(*cases))
        def check(case):
            answer = Context().run(case.call, app=app, headers=headers)
            db.session.rollback()
            case.validate_response(answer, checks=CHECKS)

        try:
            check()
        except Unsatisfiable:
            # Any text is an id: nothing can be said that the document does not allow.
            assert mode.is_negative

    return run


@pytest.mark.parametrize(("dialect", "method", "path"), all_of(DOCUMENTS.names))
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_in_the_document(send, superuser, dialect, method, path, mode):
    exports = [
        make_export(superuser, status=status) for status in ("completed", "pending", "running", "cancelled")
    ]
    send(dialect, DOCUMENTS.of(dialect), method, path, mode, exports)


@pytest.mark.parametrize(("method", "path"), list(operations(THEIRS)))
def test_every_answer_is_in_the_document_that_the_contract_was_made_from(send, user, method, path):
    # It has no answer for an export that has ended, nor for what is not valid.
    active = [make_export(user, status=status) for status in ("pending", "running", "cancelled")]
    send("omnitron", THEIRS, method, path, GenerationMode.POSITIVE, active)
