"""The operations of this dialect for OpenAPI: what is sent, what is answered, with the examples of the contract."""

from __future__ import annotations

from typing import Any

from dashboard.api.commerce_layer import answers, queries
from dashboard.api.commerce_layer.about import ABOUT, refused
from dashboard.api.commerce_layer.bodies import ChangesDocument, NewExportDocument
from dashboard.api.commerce_layer.errors import BASE, MEDIA_TYPE
from dashboard.api.commerce_layer.words import EVENT_STORES, EVENTS, RELATIONS, VERSIONS
from dashboard.api.headers import Creating
from dashboard.api.openapi import Answer, Operation

__all__ = ["ABOUT", "OPERATIONS"]

_ID = "kQwRtYuIoP"
_URL = f"http://localhost:5000{BASE}/{_ID}"
_TIME = "2026-01-05T09:00:00.000Z"
_ASKED = {
    "resource_type": "orders",
    "format": "csv",
    "fields": ["number", "customer.email"],
    "filters": {"status_in": ["shipped", "completed"]},
}
_EXPORT = {
    "id": _ID,
    "type": "exports",
    "links": {"self": _URL},
    "attributes": {
        **_ASKED,
        "status": "pending",
        "includes": None,
        "dry_data": False,
        "jwt_filters": None,
        "started_at": None,
        "completed_at": None,
        "estimated_completion_at": None,
        "interrupted_at": None,
        "records_count": 84,
        "processed_count": 0,
        "progress": 0,
        "attachment_url": None,
        "errors_log": None,
        "created_at": _TIME,
        "updated_at": _TIME,
        "reference": None,
        "reference_origin": None,
        "metadata": {},
    },
    "relationships": {
        name: {"links": {"self": f"{_URL}/relationships/{name}", "related": f"{_URL}/{name}"}}
        for name in RELATIONS
    },
    "meta": {
        "mode": "test",
        "organization_id": "export-centre",
        "trace_id": "0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90",
    },
}
_CHANGES = {
    "data": {"type": "exports", "id": _ID, "attributes": {"reference": "spring"}, "relationships": {}}
}
_COMMON = {
    "created_at": _TIME,
    "updated_at": _TIME,
    "reference": None,
    "reference_origin": None,
    "metadata": {},
}
_RELATED: dict[str, list[dict[str, Any]]] = {
    EVENTS: [{"id": "91", "type": EVENTS, "attributes": {"name": "exports.create", **_COMMON}}],
    EVENT_STORES: [
        {
            "id": "205",
            "type": EVENT_STORES,
            "attributes": {
                "resource_type": "exports",
                "resource_id": _ID,
                "event": "update",
                "payload": {"reference": [None, "spring"]},
                "who": {"owner": {"id": "7d1f0c52-1111-4222-8333-944455566677", "type": "User"}},
                **_COMMON,
            },
        }
    ],
    VERSIONS: [],
}
_PAGES = {EVENTS: answers.EventPage, EVENT_STORES: answers.EventStorePage, VERSIONS: answers.VersionPage}


def _page(data: list[Any], url: str) -> dict[str, Any]:
    only = f"{url}?page%5Bnumber%5D=1"
    meta = {"record_count": len(data), "page_count": 1}
    return {"data": data, "meta": meta, "links": {"first": only, "last": only}}


def _shown(description: str, model: Any, example: Any, **headers: str) -> Answer:
    return Answer(description, model, MEDIA_TYPE, headers, example)


_BAD_QUERY = refused(
    "A parameter that is not known, or not understood; a body that is no JSON:API document.",
    400,
    {
        "title": "Invalid page value",
        "detail": "page[size] is a whole number from 1 to 25.",
        "code": "INVALID_PAGE_VALUE",
        "source": {"parameter": "page[size]"},
    },
)
_NOT_FOUND = refused(
    "There is no such export, or it is not yours.",
    404,
    {
        "title": "Record not found",
        "detail": f"The record identified by {_ID} could not be found.",
        "code": "RECORD_NOT_FOUND",
    },
)
_TOO_LARGE = refused(
    "The body is larger than 1 MiB.",
    413,
    {"title": "Request Entity Too Large", "detail": "The request is too large.", "code": "PAYLOAD_TOO_LARGE"},
)
_UNSUPPORTED = refused(
    "The body is of another media type.",
    415,
    {
        "title": "Unsupported Media Type",
        "detail": f"Send the body as {MEDIA_TYPE}, not text/plain.",
        "code": "UNSUPPORTED_MEDIA_TYPE",
    },
)
_NOT_VALID = refused(
    "Attributes that are not valid; no records to export (`greater_than`), or too many (`less_than_or_equal_to`); "
    "ten exports under way (`too_many`).",
    422,
    {
        "title": "is not included in the list",
        "detail": "resource_type - is not included in the list",
        "code": "VALIDATION_ERROR",
        "source": {"pointer": "/data/attributes/resource_type"},
        "meta": {"error": "inclusion", "value": "unicorns"},
    },
)
_WRONG_STATUS = refused(
    "The export is not in a state for this.",
    422,
    {
        "title": "completed exports cannot be interrupted",
        "detail": "status - completed exports cannot be interrupted",
        "code": "VALIDATION_ERROR",
        "source": {"pointer": "/data/attributes/status"},
        "meta": {"error": "invalid", "value": "completed"},
    },
)
_LOCKED = refused(
    "It is pending or in progress.",
    423,
    {"title": "Locked", "detail": "Interrupt the export before you delete it.", "code": "LOCKED"},
)
_WITH_BODY = {400: _BAD_QUERY, 413: _TOO_LARGE, 415: _UNSUPPORTED}


def _related(name: str) -> list[Operation]:
    """The list of what belongs to an export, and the list of its ids."""
    found = _RELATED[name]
    identifiers = [{"type": one["type"], "id": one["id"]} for one in found]
    words = name.replace("_", " ")
    refusals = {400: _BAD_QUERY, 404: _NOT_FOUND}
    return [
        Operation(
            "GET",
            f"{BASE}/{{id}}/{name}",
            f"list_{name}",
            f"List the {words} of an export",
            {200: _shown("A page of them.", _PAGES[name], _page(found, f"{_URL}/{name}")), **refusals},
            query=queries.RELATED_QUERIES[name],
            places=queries.ExportId,
        ),
        Operation(
            "GET",
            f"{BASE}/{{id}}/relationships/{name}",
            f"list_{name}_ids",
            f"List the ids of the {words} of an export",
            {
                200: _shown(
                    "A page of identifiers.",
                    answers.IdentifierPage,
                    _page(identifiers, f"{_URL}/relationships/{name}"),
                ),
                **refusals,
            },
            query=queries.IDENTIFIER_QUERIES[name],
            places=queries.ExportId,
        ),
    ]


OPERATIONS = (
    Operation(
        "GET",
        BASE,
        "list_exports",
        "List exports",
        {
            200: _shown(
                "A page of exports.", answers.ExportPage, _page([_EXPORT], f"http://localhost:5000{BASE}")
            ),
            400: _BAD_QUERY,
        },
        query=queries.ListQuery,
        description=(
            "Your own exports; superusers see everybody's. A filter is `filter[q][<attribute>_<predicate>]`, and "
            "`_or_` joins attributes; those below are the ones that clients use. Attributes: `id resource_type format "
            "status started_at completed_at interrupted_at records_count attachment_url errors_log created_at "
            "updated_at reference reference_origin metadata events_name events_created_at events_updated_at`. "
            "Predicates are those of Ransack: `eq in cont start end matches lt lteq gt gteq present blank null`, their "
            "negatives, `_any` and `_all`."
        ),
    ),
    Operation(
        "POST",
        BASE,
        "create_export",
        "Request an export",
        {
            201: _shown(
                "The new export.", answers.ExportDocument, {"data": _EXPORT}, Location="Its address."
            ),
            422: _NOT_VALID,
            **_WITH_BODY,
        },
        query=queries.OneQuery,
        headers=Creating,
        body=NewExportDocument,
        body_types=(MEDIA_TYPE,),
        example={"data": {"type": "exports", "attributes": _ASKED}},
        description="Returns at once; retrieve the export until its status is completed, failed or interrupted.",
    ),
    Operation(
        "GET",
        f"{BASE}/{{id}}",
        "retrieve_export",
        "Retrieve an export",
        {
            200: _shown("The export.", answers.ExportDocument, {"data": _EXPORT}),
            400: _BAD_QUERY,
            404: _NOT_FOUND,
        },
        query=queries.OneQuery,
        places=queries.ExportId,
    ),
    Operation(
        "PATCH",
        f"{BASE}/{{id}}",
        "update_export",
        "Change, interrupt or start an export",
        {
            200: _shown("The export.", answers.ExportDocument, {"data": _EXPORT}),
            404: _NOT_FOUND,
            422: _WRONG_STATUS,
            **_WITH_BODY,
        },
        query=queries.OneQuery,
        body=ChangesDocument,
        body_types=(MEDIA_TYPE,),
        example=_CHANGES,
        description="`_interrupt` needs a superuser; `_start` makes an interrupted export again.",
        places=queries.ExportId,
    ),
    Operation(
        "DELETE",
        f"{BASE}/{{id}}",
        "delete_export",
        "Delete an export and its files",
        {204: Answer("It is gone."), 404: _NOT_FOUND, 423: _LOCKED},
        places=queries.ExportId,
    ),
    *(operation for name in RELATIONS for operation in _related(name)),
)
