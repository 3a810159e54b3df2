"""Section 7 of the contract: the header row of a CSV is the request_fields, whatever the language."""

import csv
import io

import pytest


@pytest.mark.parametrize("language", ["en", "de", "xx"])
def test_the_header_row_is_the_request_fields(client, user, token, work, language):
    headers = {"Authorization": f"Token {token(user)}"}
    fields = ["number", "customer.email", "placed_at", "total"]
    body = {"action_name": "export_orders", "request_fields": fields, "language": language}
    made = client.post("/api/v1/exports/", json=body, headers=headers)
    assert made.status_code == 201, made.text
    work()
    file = client.get(f"/api/v1/exports/{made.json['id']}/file/", headers=headers)
    assert next(csv.reader(io.StringIO(file.text))) == fields
