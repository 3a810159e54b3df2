"""What OpenAPI says of this dialect as a whole."""

from __future__ import annotations

from dashboard.api.omnitron.answers import Detail
from dashboard.api.openapi import About, Answer

ABOUT = About(
    title="Exports, Omnitron dialect",
    description=(
        "A Django REST framework service: paths end in a slash, lists are bare arrays, an error is `detail` or "
        "sentences by field. An `{id}` is the uuid or the running number `pk`. Members and parameters that are not "
        "named here are ignored."
    ),
    security={
        "Token": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a blank before the key: `Authorization: Token <key>`.",
        }
    },
    everywhere={
        401: Answer(
            "No token, or a bad one.",
            Detail,
            headers={"WWW-Authenticate": "Token"},
            example={"detail": "Invalid token."},
        ),
        403: Answer(
            "The token or the person may not do this.",
            Detail,
            example={"detail": "You do not have permission to perform this action."},
        ),
        405: Answer(
            "Another method is asked for.",
            Detail,
            headers={"Allow": "Methods of this path."},
            example={"detail": 'Method "PUT" not allowed.'},
        ),
        429: Answer(
            "Too many requests, logins, uploads or waiting exports.",
            Detail,
            headers={"Retry-After": "Seconds to wait."},
            example={"detail": "Request was throttled."},
        ),
        500: Answer(
            "Our fault; the reference leads to the log.",
            Detail,
            example={"detail": "A server error occurred. Reference: 3f2a9c0d1e4b"},
        ),
    },
)
