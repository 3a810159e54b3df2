"""What OpenAPI says of this dialect: its operations, with the models of bodies, queries and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from dashboard.api.headers import Creating
from dashboard.api.openapi import Answer, Operation
from dashboard.api.packagex.about import ABOUT, failure
from dashboard.api.packagex.answers import ManyExports, OneDeleted, OneExport, OneRetrieved, enveloped
from dashboard.api.packagex.bodies import NewExport, Rename
from dashboard.api.packagex.errors import EXPORTS
from dashboard.api.packagex.queries import Including, ListQuery

__all__ = ["ABOUT", "OPERATIONS"]

_ID = "exp_4Rk9vQ2mXw7LzT1bNc8YpD"
_ONE = f"{EXPORTS}/{_ID}"
_OPTIONS = {
    "options": {"limit": "all", "order_by": "created_at", "direction": "asc"},
    "csv_field_options": {
        "timezone": "Europe/Rome",
        "datetime_format": "yyyy-MM-dd HH:mm",
        "columns": {"id": True, "name": True, "email": True, "created_at": True},
    },
}
_ASKED = {"resource": "contact", "name": "All contacts", **_OPTIONS}
_QUEUED = {
    "id": _ID,
    "object": "export",
    "organization_id": "export-centre",
    "name": "All contacts",
    "resource": "contact",
    "status": "queued",
    "reason": None,
    **_OPTIONS,
    "count_total": 0,
    "count_batches": 0,
    "created_by": "7",
    "updated_by": None,
    "created_at": 1767603600,
    "updated_at": 1767603600,
    "completed_at": None,
    "expires_at": None,
}
_COMPLETED = {
    **_QUEUED,
    "status": "completed",
    "count_total": 1204,
    "count_batches": 2,
    "updated_at": 1767603604,
    "completed_at": 1767603604,
    "expires_at": 1767690004,
}
_LINKS = {"_csv_url": "http://localhost:5000/dl/…", "_csv_error_url": None, "_csv_sanitized_url": None}
_PAGINATION = {"limit": 10, "page": 1, "has_more": False, "total_count": 1}


class ExportId(BaseModel):
    id: Annotated[str, Field(description="The export's `id`.", examples=[_ID])]


_NOT_VALID = failure(
    400,
    "Not valid, or no JSON (`code` is then `invalid_json`).",
    "The request is not valid.",
    "options.limit must be a number or 'all'",
)
_NOT_FOUND = failure(
    404, "No such export, not yours, deleted, or its 24 hours are over.", "There is no such export."
)
_TOO_LARGE = failure(413, "The body is too large.", "The request is too large.")
_UNSUPPORTED = failure(415, "The body is of another media type.", "The body must be application/json.")
_BODY_ERRORS = {400: _NOT_VALID, 413: _TOO_LARGE, 415: _UNSUPPORTED}

OPERATIONS = (
    Operation(
        "GET",
        EXPORTS,
        "list_exports",
        "List exports",
        {
            200: Answer(
                "A page of exports, the oldest first unless asked otherwise.",
                ManyExports,
                example=enveloped(200, "Exports listed.", [_COMPLETED], EXPORTS, pagination=_PAGINATION),
            ),
            400: _NOT_VALID,
        },
        query=ListQuery,
        description="Your own exports; superusers see everybody's. A page past the end is empty.",
    ),
    Operation(
        "POST",
        EXPORTS,
        "create_export",
        "Request an export",
        {
            201: Answer(
                "The new export.", OneExport, example=enveloped(201, "Export queued.", _QUEUED, EXPORTS)
            ),
            **_BODY_ERRORS,
        },
        headers=Creating,
        body=NewExport,
        example=_ASKED,
        description="Returns at once; ask for the export until its status is completed, failed or timed_out.",
    ),
    Operation(
        "GET",
        f"{EXPORTS}/{{id}}",
        "retrieve_export",
        "Retrieve an export, with links to its files",
        {
            200: Answer(
                "The export.",
                OneRetrieved,
                example=enveloped(200, "Export retrieved.", {**_COMPLETED, **_LINKS}, _ONE),
            ),
            400: _NOT_VALID,
            404: _NOT_FOUND,
        },
        query=Including,
        places=ExportId,
    ),
    Operation(
        "POST",
        f"{EXPORTS}/{{id}}",
        "rename_export",
        "Rename an export",
        {
            200: Answer(
                "The export.",
                OneExport,
                example=enveloped(200, "Export renamed.", {**_QUEUED, "name": "Contacts"}, _ONE),
            ),
            404: _NOT_FOUND,
            **_BODY_ERRORS,
        },
        body=Rename,
        example={"name": "Contacts"},
        places=ExportId,
    ),
    Operation(
        "DELETE",
        f"{EXPORTS}/{{id}}",
        "delete_export",
        "Cancel an export if it is under way, and delete it",
        {
            200: Answer(
                "It is gone, with its files.",
                OneDeleted,
                example=enveloped(
                    200, "Export deleted.", {"id": _ID, "object": "export", "deleted": True}, _ONE
                ),
            ),
            404: _NOT_FOUND,
            409: failure(409, "It was started again just now.", "This export is under way. Cancel it first."),
        },
        description="One that is under way can be deleted by superusers only.",
        places=ExportId,
    ),
)
