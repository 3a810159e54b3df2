"""How the tests of the Commerce Layer dialect speak it."""

import gzip

EXPORTS = "/api/exports"
MEDIA_TYPE = "application/vnd.api+json"


def only(**attributes):
    """The data of a body with these attributes and no other."""
    return {"type": "exports", "attributes": attributes}


def send(caller, method, path, data, **options):
    return caller.open(method, path, json={"data": data}, content_type=MEDIA_TYPE, **options)


def create(caller, path=EXPORTS, headers=None, **attributes):
    """POST; orders unless `attributes` say something else."""
    attributes = {"resource_type": "orders", **attributes}
    data = {"type": "exports", "attributes": attributes, "relationships": {}}
    return send(caller, "POST", path, data, headers=headers)


def update(caller, id, query="", **attributes):
    data = {"type": "exports", "id": id, "attributes": attributes, "relationships": {}}
    return send(caller, "PATCH", f"{EXPORTS}/{id}{query}", data)


def shown(answer, status=200):
    """The attributes of the one export in an answer, and its id."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == MEDIA_TYPE
    data = answer.json["data"]
    assert data["type"] == "exports"
    return {**data["attributes"], "id": data["id"]}


def listed(answer):
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["data"]]


def refused(answer, status, code):
    """The first error; all of them have the form of the contract."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == MEDIA_TYPE
    assert list(answer.json) == ["errors"]
    for error in answer.json["errors"]:
        assert error["status"] == str(status)
        assert error["title"]
        assert error["detail"]
        assert error["code"] == code
    return answer.json["errors"][0]


def not_valid(answer, attribute, rule):
    error = refused(answer, 422, "VALIDATION_ERROR")
    assert error["source"] == {"pointer": f"/data/attributes/{attribute}"}
    assert error["detail"] == f"{attribute} - {error['title']}"
    assert error["meta"]["error"] == rule
    return error


def taken(client, url):
    """What a link leads to, unpacked; the client has no token."""
    answer = client.get(url.removeprefix("http://localhost"))
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    return gzip.decompress(answer.data)
