"""What OpenAPI says of this dialect: its operations, with the models of bodies, queries and answers.

`api.openapi_document` makes the document. Bodies are checked against the very models of `bodies`.
"""

from __future__ import annotations

from dashboard.api.headers import Creating, Taking
from dashboard.api.omnitron.about import ABOUT
from dashboard.api.omnitron.answers import (
    ActiveUser,
    Detail,
    Export,
    FieldErrors,
    File,
    Key,
)
from dashboard.api.omnitron.bodies import FORM, JSON, MULTIPART, Login, NewExport
from dashboard.api.omnitron.queries import ExportId, FileId, ListQuery, NewExportForm
from dashboard.api.openapi import Answer, Operation

__all__ = ["ABOUT", "OPERATIONS"]

_ID = "0b9d6c1e-5f0a-4a57-9d0e-3a4c5b6d7e8f"
_ASKED = {
    "action_name": "export_orders",
    "format_type": "csv",
    "request_fields": ["number", "status"],
    "request_path": "/api/v1/orders/?status=placed",
}
_EXPORT = {
    "id": _ID,
    "pk": 42,
    **_ASKED,
    "status": "waiting",
    "total_count": 84,
    "collected_count": 0,
    "fail_count": 0,
    "page": 1,
    "last_instance_id": 0,
    "uploaded_parts": [],
    "language": "en",
    "filter_file": None,
    "viewset": "OrderExportViewSet",
    "requested_by": "7d1f0c52-1111-4222-8333-944455566677",
    "result_file": None,
    "error_message": None,
    "created_date": "2026-01-05T09:00:00.000000Z",
    "modified_date": "2026-01-05T09:00:00.000000Z",
}
_CANCELLED = {**_EXPORT, "status": "cancelled", "modified_date": "2026-01-05T09:00:04.120000Z"}
_FILE = {
    "pk": 7,
    "kind": "data",
    "name": "export_orders.csv",
    "format": "csv",
    "packaging": "none",
    "rows": 84,
    "size": 1312,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "file": f"/api/v1/exports/{_ID}/files/7/",
}

_NOT_VALID = Answer(
    "Not valid: sentences by field. A body that is no JSON: `detail`.",
    FieldErrors | Detail,
    example={"action_name": ["This field is required."]},
)
_NOT_FOUND = Answer("There is no such export, or it is not yours.", Detail, example={"detail": "Not found."})
_UNSUPPORTED = Answer(
    "The body is of another media type.",
    Detail,
    example={"detail": 'Unsupported media type "text/plain" in request.'},
)
_TOO_LARGE = Answer("The body is too large.", Detail, example={"detail": "The request is too large."})
_CREATED = Answer("The new export.", Export, headers={"Location": "Its path."}, example=_EXPORT)

# One file, whole or a piece of it.
_FILE_ANSWERS = {
    200: Answer(
        "The file.",
        media_type="*/*",
        headers={
            "Content-Disposition": "attachment, with the name of the file.",
            "ETag": "SHA-256 of the file.",
        },
    ),
    206: Answer(
        "The piece that Range asks for.", media_type="*/*", headers={"Content-Range": "Which piece it is."}
    ),
    304: Answer("You have this file: If-None-Match names its ETag."),
    404: Answer("No such export, or it has no file.", Detail, example={"detail": "Not found."}),
    410: Answer(
        "The file has been deleted.",
        Detail,
        example={"detail": "This file has been deleted: the time it was kept for is over."},
    ),
    416: Answer("There is no such piece of the file.", Detail),
}

OPERATIONS = (
    Operation(
        "POST",
        "/api/v1/auth/login/",
        "login",
        "Exchange name and password for a key",
        {
            200: Answer("A key for the header Authorization.", Key, example={"key": "exc_…"}),
            400: Answer(
                "Wrong name or password, or a member is missing.",
                FieldErrors | Detail,
                example={"non_field_errors": ["Unable to log in with provided credentials."]},
            ),
            413: _TOO_LARGE,
            415: _UNSUPPORTED,
        },
        body=Login,
        body_types=(JSON, MULTIPART, FORM),
        example={"username": "maya@example.com", "password": "correct horse battery"},
        description="The key of an earlier login ends.",
        secured=False,
    ),
    Operation(
        "GET",
        "/api/v1/active_user/",
        "active_user",
        "Whose token this is",
        {200: Answer("The person.", ActiveUser)},
    ),
    Operation(
        "GET",
        "/api/v1/exports/",
        "list_exports",
        "List exports",
        {
            200: Answer(
                "A page of exports, newest first.",
                list[Export],
                headers={
                    "X-Total-Count": "How many there are on all pages.",
                    "Link": "The other pages, as RFC 8288 has it.",
                },
                example=[_EXPORT],
            ),
            400: _NOT_VALID,
            404: Answer("There is no such page.", Detail, example={"detail": "Invalid page."}),
        },
        query=ListQuery,
        description=(
            "Your own exports; superusers see everybody's. Filters are joined by AND. `created_date` and "
            "`modified_date` take a date or date and time (ISO 8601); a bare date is midnight UTC."
        ),
    ),
    Operation(
        "POST",
        "/api/v1/exports/",
        "create_export",
        "Request an export",
        {201: _CREATED, 400: _NOT_VALID, 413: _TOO_LARGE, 415: _UNSUPPORTED},
        headers=Creating,
        body=NewExport,
        body_types=(JSON, MULTIPART),
        form=NewExportForm,
        example=_ASKED,
        description=(
            "Returns at once; ask for the export until its status is completed, failed or cancelled. "
            "`action_name` is `export_` and a resource. The query of `request_path` filters the rows with `field`, "
            "`field__gt`, `__gte`, `__lt`, `__lte`, `__in`, `__contains`, `__icontains`, `__isnull`, and orders them "
            "with `sort`."
        ),
    ),
    Operation(
        "GET",
        "/api/v1/exports/{id}/",
        "retrieve_export",
        "Retrieve an export",
        {200: Answer("The export.", Export, example=_EXPORT), 404: _NOT_FOUND},
        places=ExportId,
    ),
    Operation(
        "POST",
        "/api/v1/exports/{id}/set_cancel/",
        "cancel_export",
        "Cancel an export",
        {
            200: Answer(
                "The export, cancelled; or unchanged, as it was cancelled before.", Export, example=_CANCELLED
            ),
            404: _NOT_FOUND,
            409: Answer(
                "It has completed or failed.",
                Detail,
                example={"detail": "This export has already completed."},
            ),
        },
        description="Superusers only.",
        places=ExportId,
    ),
    Operation(
        "GET",
        "/api/v1/exports/{id}/file/",
        "download_export",
        "Download the result",
        _FILE_ANSWERS,
        headers=Taking,
        places=ExportId,
    ),
    Operation(
        "GET",
        "/api/v1/exports/{id}/files/",
        "list_files",
        "List every file of an export",
        {
            200: Answer("None before the export has completed.", list[File], example=[_FILE]),
            404: _NOT_FOUND,
        },
        description="Beside the data also the lists of rows with errors and of changed values.",
        places=ExportId,
    ),
    Operation(
        "GET",
        "/api/v1/exports/{id}/files/{file_id}/",
        "download_file",
        "Download one of the files",
        _FILE_ANSWERS,
        headers=Taking,
        places=FileId,
    ),
)
