"""What OpenAPI says of this dialect: its operations, with the models of bodies, queries and answers.

`api.openapi_document` makes the document. Bodies are checked against the very models of `bodies`.
"""

from __future__ import annotations

from typing import Any

from dashboard.api.headers import Creating, Taking
from dashboard.api.openapi import About, Answer, Operation
from dashboard.api.rebilly.answers import FILE_ID, ID, DataExport, File, Invalid, Problem
from dashboard.api.rebilly.bodies import DataExportInput
from dashboard.api.rebilly.errors import LIMIT_EXCEEDED, PLAIN, TITLES
from dashboard.api.rebilly.queries import Expanding, ExportId, FileId, ListQuery

_EXPORTS, _EXPORT, _FILE = "/data-exports", "/data-exports/{id}", "/files/{id}"
_HOST = "http://localhost:5000"
_ASKED: dict[str, Any] = {
    "name": "Weekly customers",
    "format": "csv",
    "resource": "customers",
    "fields": ["id", "email", "createdTime"],
    "arguments": {"filter": "email:!test@example.com", "sort": "-createdTime"},
    "dateRange": {"start": "7 days ago midnight", "end": "today"},
}
_SHOWN: dict[str, Any] = {
    "id": ID,
    **_ASKED,
    "dateRange": {**_ASKED["dateRange"], "field": "createdTime"},
    "emailNotification": [],
    "recurring": None,
    "userId": "usr_7",
    "fileId": None,
    "recordCount": 0,
    "scheduledTime": "2026-01-05T09:00:00Z",
    "createdTime": "2026-01-05T09:00:00Z",
    "updatedTime": "2026-01-05T09:00:00Z",
    "status": "queued",
    "failureReason": None,
    "_links": [
        {"rel": "self", "href": f"{_HOST}/data-exports/{ID}"},
        {"rel": "user", "href": f"{_HOST}/users/usr_7"},
    ],
}
_WAYS = [
    {"rel": "download", "href": f"{_HOST}/files/{FILE_ID}/download"},
    {"rel": "signedLink", "href": f"{_HOST}/dl/WzEyLCI5Zjg2ZDA4MTg4NGM3ZDY1Il0.c2lnbmF0dXJl"},
]
_COMPLETED = {
    **_SHOWN,
    "status": "completed",
    "recordCount": 84,
    "fileId": FILE_ID,
    "updatedTime": "2026-01-05T09:00:04Z",
    "_links": [*_SHOWN["_links"], *_WAYS],
}
_SHOWN_FILE = {
    "id": FILE_ID,
    "name": "Weekly customers.csv",
    "extension": "csv",
    "mime": "text/csv",
    "size": 4211,
    "sha1": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "createdTime": "2026-01-05T09:00:04Z",
    "updatedTime": "2026-01-05T09:00:04Z",
    "_links": [{"rel": "self", "href": f"{_HOST}/files/{FILE_ID}"}, *_WAYS],
}


def _problem(status: int, detail: str, path: str = f"/data-exports/{ID}", **members: Any) -> dict[str, Any]:
    plain = {"type": PLAIN, "title": TITLES[status], "status": status, "detail": detail, "instance": path}
    return {**plain, **members}


def _refused(status: int, when: str, detail: str, **headers: str) -> Answer:
    return Answer(when, Problem, headers=headers, example=_problem(status, detail))


_NOT_VALID = Answer(
    f"Not valid, by field. The type {LIMIT_EXCEEDED} has `matchedRecords` and `maxRecords`.",
    Invalid,
    example=_problem(
        422,
        "2 fields are not valid.",
        _EXPORTS,
        invalidFields=[
            {"field": "name", "message": "name is required"},
            {"field": "dateRange.end", "message": "end is required"},
        ],
    ),
)
_LIMITS = {"X-RateLimit-Limit": "Requests in the window.", "X-RateLimit-Remaining": "How many are left."}
_CREATED = Answer(
    "The new export.", DataExport, headers={"Location": "Its address.", **_LIMITS}, example=_SHOWN
)
_MISSING = _refused(404, "There is nothing with this id, or it is not yours.", "The resource was not found.")
_NO_JSON = _refused(400, "The body is not JSON.", "The body must be a JSON object.")
_BODY_REFUSED = {
    400: _NO_JSON,
    413: _refused(413, "The body is too large.", "The request is too large."),
    415: _refused(415, "The body is of another media type.", "The body must be application/json."),
    422: _NOT_VALID,
}
_TAKEN = _refused(
    409, "Somebody else has an export with this id.", "There is already an export with this id."
)
_GONE = _refused(
    410, "The file has been deleted.", "This file has been deleted: the time it was kept for is over."
)

ABOUT = About(
    title="Exports, Rebilly dialect",
    description=(
        "Lists are bare arrays with `Pagination-*` headers, errors are problem documents (RFC 9457). Every path is "
        "also there under `/experimental`, where the clients look for exports, and under `/organizations/{org}`; "
        "there is one organization, and `{org}` is not looked at. Members that are not named here, or are "
        "read-only, are ignored."
    ),
    security={
        "ApiKey": {"type": "apiKey", "in": "header", "name": "REB-APIKEY"},
        "Bearer": {"type": "http", "scheme": "bearer"},
    },
    everywhere={
        401: _refused(401, "No token, or a bad one.", "Invalid token.", **{"WWW-Authenticate": "Bearer"}),
        403: _refused(
            403, "The token or the person may not do this.", "You do not have permission to do this."
        ),
        405: _refused(
            405,
            "Another method is asked for.",
            "The method PATCH is not allowed here.",
            Allow="Those that are.",
        ),
        429: _refused(
            429,
            "Too many requests, or too many exports waiting.",
            "Too many requests. Try again in 30 s.",
            **{
                "X-RateLimit-Retry-After": "When to come again, in seconds since 1970.",
                "Retry-After": "In seconds.",
            },
        ),
        500: _refused(500, "Our fault; the reference leads to the log.", "Something went wrong on our side."),
    },
    prefixes=("", "/experimental", "/organizations/{org}", "/experimental/organizations/{org}"),
)

OPERATIONS = (
    Operation(
        "GET",
        _EXPORTS,
        "list_data_exports",
        "List data exports",
        {
            200: Answer(
                "A page of exports, newest first unless `sort` says otherwise.",
                list[DataExport],
                headers={
                    "Pagination-Total": "How many match.",
                    "Pagination-Limit": "How many a page has.",
                    "Pagination-Offset": "How many come before this page.",
                },
                example=[_COMPLETED],
            ),
            400: Answer(
                "A parameter is not valid.",
                Invalid,
                example=_problem(
                    400,
                    "1 field is not valid.",
                    _EXPORTS,
                    invalidFields=[{"field": "limit", "message": "Use a whole number from 0 to 1000"}],
                ),
            ),
        },
        query=ListQuery,
        description="Your own exports; superusers see everybody's.",
    ),
    Operation(
        "POST",
        _EXPORTS,
        "queue_data_export",
        "Queue a data export",
        {201: _CREATED, **_BODY_REFUSED},
        query=Expanding,
        headers=Creating,
        body=DataExportInput,
        example=_ASKED,
        description=(
            "Returns at once; ask for the export until its status is completed or failed. More than 1,000,000 records "
            "come as a ZIP of files with at most so many each; more than 10,000,000 are refused. `pdf` is one document "
            "with a table. A recurring export waits as pending; whenever it runs, a copy waits for the next time."
        ),
    ),
    Operation(
        "GET",
        _EXPORT,
        "get_data_export",
        "Retrieve a data export",
        {200: Answer("The export.", DataExport, example=_COMPLETED), 404: _MISSING},
        query=Expanding,
        places=ExportId,
    ),
    Operation(
        "PUT",
        _EXPORT,
        "put_data_export",
        "Change a pending data export, or create one with this id",
        {
            200: Answer("The changed export.", DataExport, headers=_LIMITS, example=_SHOWN),
            201: _CREATED,
            404: _MISSING,
            409: _TAKEN,
            **_BODY_REFUSED,
        },
        query=Expanding,
        body=DataExportInput,
        example=_ASKED,
        description="Replaces all that may be written. What is not pending any more is a 422 with the field `status`.",
        places=ExportId,
    ),
    Operation(
        "DELETE",
        _EXPORT,
        "delete_data_export",
        "Delete a data export",
        {
            204: Answer("It is gone, and its file.", headers=_LIMITS),
            404: _MISSING,
            409: _refused(409, "It is under way again.", "This export is under way. Cancel it first."),
        },
        description="One that is queued or processing is cancelled first, which only superusers may do.",
        places=ExportId,
    ),
    Operation(
        "GET",
        _FILE,
        "get_file",
        "Retrieve the record of a file",
        {200: Answer("The file's record.", File, example=_SHOWN_FILE), 404: _MISSING, 410: _GONE},
        places=FileId,
    ),
    Operation(
        "GET",
        f"{_FILE}/download",
        "download_file",
        "Download a file",
        {
            200: Answer(
                "The file.",
                media_type="*/*",
                headers={
                    "Content-Disposition": "attachment, with the name of the file.",
                    "ETag": "SHA-256 of the file.",
                },
            ),
            206: Answer(
                "The piece that Range asks for.",
                media_type="*/*",
                headers={"Content-Range": "Which piece it is."},
            ),
            304: Answer("You have this file: If-None-Match names its ETag."),
            404: _MISSING,
            410: _GONE,
            416: _refused(416, "There is no such piece of the file.", "There is no such range in this file."),
        },
        headers=Taking,
        places=FileId,
    ),
)
