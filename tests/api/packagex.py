"""How the tests of the PackageX dialect ask: bodies as they are sent, files as their links give them."""

import csv
import io
import json

from dashboard.api import ids
from dashboard.api.packagex.answers import Failure

EXPORTS = "/v1/exports"
CSV_LINKS = ("_csv_url", "_csv_error_url", "_csv_sanitized_url")


def asked(resource="contact", **changes):
    """The least body that makes an export."""
    return {"resource": resource, "options": {}, "csv_field_options": {}, **changes}


def post(caller, body, path=EXPORTS, **options):
    """With the members in their order: Flask's own `json=` sorts them."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    return caller.post(path, data=data, content_type="application/json", **options)


def made(caller, work, **changes):
    """The `data` of a finished export, with all its links."""
    created = post(caller, asked(**changes))
    assert created.status_code == 201, created.text
    work()
    return with_links(caller, created.json["data"]["id"])


def with_links(caller, id):
    return caller.get(f"{EXPORTS}/{id}?include_csv=true&include_json=true").json["data"]


def taken(app, link):
    """What a link gives to anybody."""
    with app.app_context():
        response = app.test_client().get(link.removeprefix("http://localhost"))
        assert response.status_code == 200
        return response.data


def csv_rows(app, data, link="_csv_url"):
    return list(csv.reader(io.StringIO(taken(app, data[link]).decode(), newline="")))


def json_rows(app, data):
    return json.loads(taken(app, data["_json_url"]))


def path_of(export):
    return f"{EXPORTS}/{ids.packagex(export.uuid)}"


def wrong(response, status=400):
    """The `errors` of a failure, which is one by the model of the dialect's document."""
    assert response.status_code == status, response.text
    failure = Failure.model_validate(response.json)
    assert failure.status == status
    return failure.errors
