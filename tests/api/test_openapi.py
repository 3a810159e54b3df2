"""The OpenAPI documents: valid, complete, and the same in words on their pages."""

import re

import pytest
from openapi_spec_validator import validate

from dashboard import api
from dashboard.api.documents import Documents
from dashboard.views import openapi_words
from tests.conftest import Elements, make_client


@pytest.fixture(params=Documents("x").names)
def dialect(request):
    return request.param


@pytest.fixture
def document(app, dialect):
    return make_client(app).get(f"/openapi/{dialect}.json").json


def routes(app, dialect):
    """Method and path of every route, as OpenAPI writes them; with or without a slash at the end is one."""
    name = api.DIALECTS[dialect].BLUEPRINT.name
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] == name:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule).rstrip("/")


def prefixes(document, app):
    url = app.extensions["settings"].public_url.rstrip("/")
    return [server["url"].removeprefix(url) for server in document["servers"]]


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_every_route_is_in_the_document_and_the_other_way_round(app, dialect, document):
    written = {
        (method, (prefix + path).rstrip("/"))
        for method, path, _ in operations(document)
        for prefix in prefixes(document, app)
    }
    assert written == set(routes(app, dialect))


def test_every_operation_has_its_own_id_and_says_what_it_does(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for _, _, operation in operations(document))


def test_every_operation_tells_its_errors(document):
    for method, path, operation in operations(document):
        wanted = {"405", "429", "500"} | ({"401"} if operation.get("security") != [] else set())
        assert wanted <= set(operation["responses"]), (method, path)
        if "requestBody" in operation:
            assert {"413"} <= set(operation["responses"]), (method, path)
        if "{" in path:
            assert "404" in operation["responses"], (method, path)


def test_one_signs_in_as_the_dialect_has_it(document):
    schemes = document["components"]["securitySchemes"]
    assert schemes
    assert [next(iter(one)) for one in document["security"]] == list(schemes)


def test_nothing_in_the_document_leads_nowhere(document):
    text = str(document)
    used = set(re.findall(r"#/components/schemas/([\w.-]+)", text))
    assert used == set(document["components"]["schemas"])


def test_the_page_shows_all_that_the_document_has(app, dialect, document):
    page = make_client(app).get(f"/openapi/{dialect}").text
    for _, path, operation in operations(document):
        assert path in page
        assert f'id="op-{operation["operationId"]}"' in page
        for parameter in operation.get("parameters", []):
            assert f"<code>{parameter['name']}</code>" in page
    for name in document["components"]["schemas"]:
        assert f'id="object-{name}"' in page


def test_every_link_on_a_page_has_its_place(app, dialect):
    page = Elements(make_client(app).get(f"/openapi/{dialect}").text)
    ids = {attributes["id"] for _, attributes in page.found if attributes.get("id")}
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids


def test_the_list_leads_to_every_dialect(client, user, login):
    for person in (None, user):
        if person:
            login(client, person)
        page = client.get("/openapi").text
        for name in Documents("x").names:
            assert f'href="/openapi/{name}"' in page
            assert f'href="/openapi/{name}.json"' in page


def test_a_dialect_that_is_none_has_no_document(client):
    assert client.get("/openapi/soap").status_code == 404
    assert client.get("/openapi/soap.json").status_code == 404


def test_kinds_are_said_in_words():
    def kinds(schema):
        return [(kind.words, kind.target) for kind in openapi_words.kinds(schema)]

    assert kinds({"type": "string", "format": "uuid"}) == [("string (uuid)", "")]
    assert kinds({"type": "array", "items": {"$ref": "#/components/schemas/Export"}}) == [
        ("array of ", "Export")
    ]
    assert kinds({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == [("integer", ""), ("null", "")]
    assert kinds({"type": ["string", "null"]}) == [("string or null", "")]
    assert kinds({}) == [("any", "")]
    assert str(openapi_words.marked("`a` <b>")) == "<code>a</code> &lt;b&gt;"
