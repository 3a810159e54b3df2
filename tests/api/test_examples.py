"""Every example in the OpenAPI documents holds: requests are sent to the app, answers fit their schemas."""

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from dashboard.api import ids
from dashboard.api.documents import Documents
from tests.factories import PASSWORD, make_export, make_login

DOCUMENTS = Documents("http://localhost")
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# What an operation with a body needs is found in one of these.
STATUSES = ("completed", "pending", "scheduled", "running", "cancelled")


def operations(dialect):
    for path, methods in DOCUMENTS.of(dialect)["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def all_of(found):
    """found(dialect, method, path, operation) of every operation of every dialect, as parameters of a test."""
    return [
        pytest.param(dialect, *one, id=f"{dialect} {one[0]} {one[1]} {number}")
        for dialect in DOCUMENTS.names
        for method, path, operation in operations(dialect)
        for number, one in enumerate(found(method, path, operation))
    ]


def check(dialect, schema, value):
    whole = {**schema, "components": DOCUMENTS.of(dialect)["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


def answer_examples(method, path, operation):
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            if "example" in content:
                yield method, f"{path} {status}", content


def body_examples(method, path, operation):
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield method, path, operation, media_type, content


def parameter_examples(method, path, operation):
    for parameter in operation.get("parameters", []):
        if parameter["in"] in ("query", "header"):
            for example in parameter["schema"].get("examples", []):
                yield method, path, operation, parameter, example


def fill(path, export):
    """The path of this export, in the words of the dialect that the path belongs to."""
    of = {
        "/api/v1": export.id,
        "/v1": ids.packagex(export.uuid),
        "/api/": export.letters,
        "/": export.public_id,
    }
    id = next(id for start, id in of.items() if path.startswith(start))
    values = {
        "id": id,
        "file_id": export.files[0].id if export.files else 1,
        "org": "any",
        "organization": "any",
    }
    if path.startswith("/files/"):
        values["id"] = ids.rebilly_file(export.uuid)
    values["fileId"] = ids.rebilly_file(export.uuid)
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    assert "{" not in path, path
    return path


def about(body, export):
    """The body, about this export: JSON:API repeats the id of the path."""
    data = body.get("data")
    return {**body, "data": {**data, "id": export.letters}} if data and "id" in data else body


@pytest.fixture
def send(as_, superuser):
    """send(dialect, method, path): as a superuser; the status and the answer, which fits the document."""

    def ask(dialect, method, path, operation, export, **options):
        if "{id}" in path and "json" in options:
            options["json"] = about(options["json"], export)
        answer = as_(superuser, dialect).open(method, fill(path, export), **options)
        shown = operation["responses"].get(str(answer.status_code))
        assert shown, f"{answer.status_code} is not in the document: {answer.text[:500]}"
        for media_type, content in shown.get("content", {}).items():
            if "json" in media_type:
                assert answer.mimetype == media_type
                check(dialect, content["schema"], answer.json)
        return answer

    return ask


@pytest.mark.parametrize(("dialect", "method", "path", "content"), all_of(answer_examples))
def test_an_answer_fits_its_schema(dialect, method, path, content):
    check(dialect, content["schema"], content["example"])


@pytest.mark.parametrize(
    ("dialect", "method", "path", "operation", "media_type", "content"), all_of(body_examples)
)
def test_a_body_is_taken(send, dialect, method, path, operation, media_type, content):
    check(dialect, content["schema"], content["example"])
    body = content["example"]
    if operation["operationId"] == "login":
        body = {"username": make_login().email, "password": PASSWORD}
    answers = []
    for status in STATUSES if "{id}" in path else STATUSES[:1]:
        answer = send(
            dialect, method, path, operation, make_export(status=status), json=body, content_type=media_type
        )
        answers.append((status, answer.status_code, answer.text[:300]))
    assert any(200 <= code < 300 for _, code, _ in answers), answers


@pytest.mark.parametrize(
    ("dialect", "method", "path", "operation", "parameter", "example"), all_of(parameter_examples)
)
def test_a_parameter_is_taken(send, dialect, method, path, operation, parameter, example):
    kind = "query_string" if parameter["in"] == "query" else "headers"
    options = {kind: {parameter["name"]: example}}
    bodies = operation.get("requestBody", {}).get("content", {})
    for media_type, content in bodies.items():
        if "example" in content:
            options |= {"json": content["example"], "content_type": media_type}
            break
    export = make_export(status="pending" if method == "PUT" else "completed")
    answer = send(dialect, method, path, operation, export, **options)
    # A piece of a file may be asked for that the file does not have.
    assert answer.status_code < 300 or (kind == "headers" and answer.status_code == 416), answer.text


@pytest.mark.parametrize(
    ("dialect", "method", "path", "operation"),
    all_of(lambda *one: [one] if one[0] == "GET" else []),
)
@pytest.mark.parametrize("status", [*STATUSES, "failed", "timed_out", "queued", "finalizing"])
def test_every_state_fits_the_document(send, dialect, method, path, operation, status):
    export = make_export(status=status, name="Ünïcode", error_message="No." if status == "failed" else None)
    send(dialect, method, path, operation, export)
