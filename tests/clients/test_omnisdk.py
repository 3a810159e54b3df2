"""omnisdk, the client of Omnitron, against a live centre."""

import csv
import io

import pytest
import requests
from omnisdk.exceptions import ValidationError
from omnisdk.omnitron.client import OmnitronApiClient
from omnisdk.omnitron.endpoints import OmnitronApiEndpoint
from omnisdk.omnitron.models import BaseModel

from tests.factories import PASSWORD
from tests.processes import wait_for

ASKED = {
    "action_name": "export_orders",
    "format_type": "csv",
    "request_fields": ["number", "status"],
    "request_path": "/api/v1/orders/?status=shipped&sort=number",
}


class Export(BaseModel):
    pass


@pytest.fixture
def sign_in():
    """sign_in(centre, who): the client, signed in as that person with name and password, and its exports."""
    made = []

    def make(centre, who="maya", **options):
        client = OmnitronApiClient(f"{centre.url}/", f"{who}@example.com", PASSWORD, **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.session.close()


def exports(path="exports", raw=True):
    return OmnitronApiEndpoint(endpoint=path, model=Export, raw=raw)


def refusal(call, *arguments, **options):
    """Status and body of the error that the client raises."""
    with pytest.raises(requests.HTTPError) as error:
        call(*arguments, **options)
    return error.value.response.status_code, error.value.args[1]


def test_from_request_to_file(centre, sign_in):
    client = sign_in(centre)
    made = exports().create(ASKED)
    assert made["status"] == "waiting"
    done = wait_for(
        lambda: (one := exports().retrieve(made["id"]))["status"] == "completed" and one, what="the file"
    )
    assert done["pk"] == made["pk"]
    assert done["collected_count"] == done["total_count"] > 0
    answer = client.session.get(centre.url + done["result_file"])
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == done["total_count"]
    assert {row["status"] for row in rows} == {"shipped"}
    assert list(rows[0]) == ASKED["request_fields"]
    assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)


def test_models_are_filled_from_answers(idle, sign_in):
    sign_in(idle)
    made = exports(raw=False).create(Export(**ASKED))
    assert isinstance(made, Export)
    assert made.action_name == "export_orders"
    assert made.request_fields == ["number", "status"]


def test_lists_are_filtered_sorted_and_cut_into_pages(idle, sign_in):
    sign_in(idle)
    ids = [exports().create({**ASKED, "format_type": kind})["id"] for kind in ("csv", "json", "xls", "json")]
    endpoint = exports()

    def found(**params):
        return [one["id"] for one in endpoint.list(params=params)]

    assert found(status="waiting") == ids[::-1]
    assert found(status="pending", sort="created_date") == ids
    assert found(status="waiting", format_type="json", sort="created_date") == [ids[1], ids[3]]
    assert found(status="waiting", limit=3, page=2, sort="created_date") == ids[3:]
    assert found(status="completed", created_date__gt="2100-01-01T00:00:00Z") == []


def test_iterating_a_list_ends_after_its_page(idle, sign_in):
    sign_in(idle)
    exports().create(ASKED)
    # omnisdk takes a bare array for the whole list.
    assert len(list(exports().list(params={"status": "waiting"}))) in (0, 1)


def test_a_superuser_cancels(idle, sign_in):
    sign_in(idle)
    made = exports().create(ASKED)
    assert refusal(exports(f"exports/{made['id']}/set_cancel").create, None)[0] == 403
    sign_in(idle, "boss")
    cancel = exports(f"exports/{made['pk']}/set_cancel")
    assert cancel.create(None)["status"] == "cancelled"
    assert cancel.create(None)["status"] == "cancelled"


def test_what_has_completed_cannot_be_cancelled(centre, sign_in):
    sign_in(centre, "boss")
    made = exports().create(ASKED)
    wait_for(lambda: exports().retrieve(made["id"])["status"] == "completed", what="the file")
    status, body = refusal(exports(f"exports/{made['id']}/set_cancel").create, None)
    assert (status, list(body)) == (409, ["detail"])


def test_every_error_reaches_the_caller_with_its_body(idle, sign_in):
    sign_in(idle)
    endpoint = exports()
    assert refusal(endpoint.create, {}) == (400, {"action_name": ["This field is required."]})
    assert refusal(endpoint.create, {**ASKED, "action_name": "export_unicorns"})[0] == 400
    assert list(refusal(endpoint.create, {**ASKED, "request_fields": ["nothing"]})[1]) == ["request_fields"]
    assert list(refusal(endpoint.list, params={"status": "unheard"})[1]) == ["status"]
    assert refusal(endpoint.list, params={"page": 9999}) == (404, {"detail": "Invalid page."})
    assert refusal(endpoint.retrieve, 987_654) == (404, {"detail": "Not found."})
    made = endpoint.create(ASKED)
    for call in (lambda: endpoint.update(made["id"], {}), lambda: endpoint.delete(made["id"])):
        status, body = refusal(call)
        assert (status, list(body)) == (405, ["detail"])
    assert refusal(exports(f"exports/{made['id']}/file").list)[0] == 404


def test_others_exports_are_not_there(idle, sign_in):
    sign_in(idle)
    made = exports().create(ASKED)
    sign_in(idle, "jonas")
    assert refusal(exports().retrieve, made["id"])[0] == 404
    assert made["id"] not in [one["id"] for one in exports().list(params={"limit": 100})]


def test_a_token_is_enough(idle, sign_in):
    sign_in(idle, token=f"Token {idle.tokens['maya']}")
    assert isinstance(exports().list(), list)
    assert exports("active_user").list()["email"] == "maya@example.com"
    with pytest.raises(ValidationError):
        sign_in(idle, token="Token wrong")


def test_a_wrong_password_is_a_validation_error(idle):
    with pytest.raises(ValidationError) as error:
        OmnitronApiClient(f"{idle.url}/", "maya@example.com", "wrong")
    assert "non_field_errors" in error.value.json


def test_a_token_that_has_ended_is_replaced_by_the_client_itself(idle, sign_in):
    client = sign_in(idle)
    client.session.headers.update({"Authorization": "Token gone"})
    assert isinstance(exports().retrieve(exports().create(ASKED)["id"]), dict)
    assert client.token != "Token gone"
