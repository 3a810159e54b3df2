"""What OpenAPI says of this dialect as a whole."""

from __future__ import annotations

from dashboard.api.openapi import About, Answer
from dashboard.api.packagex.answers import Failure, enveloped
from dashboard.api.packagex.errors import CODES, EXPORTS
from dashboard.api.packagex.paths import HEADERS


def failure(
    status: int, description: str, message: str, *errors: str, headers: dict[str, str] | None = None
) -> Answer:
    example = enveloped(status, message, None, EXPORTS, errors=list(errors), code=CODES[status])
    return Answer(description, Failure, headers=headers or {}, example=example)


ABOUT = About(
    title="Exports, PackageX dialect",
    description=(
        "Every answer is one envelope, errors too. An export makes a CSV and a JSON file, which are kept for 24 "
        "hours; then there is no such export any more. Moments are seconds since 1970. Paths may end in a slash."
    ),
    security={name: {"type": "apiKey", "in": "header", "name": name} for name in HEADERS},
    everywhere={
        401: failure(401, "No key, or a bad one.", "Invalid token."),
        403: failure(403, "The key or the person may not do this.", "You may not do this."),
        405: failure(
            405,
            "Another method is asked for.",
            "PUT is not possible here.",
            headers={"Allow": "Methods of this path."},
        ),
        429: failure(
            429,
            "Too many requests, or too many waiting exports.",
            "Too many requests. Try again in 4 s.",
            headers={"Retry-After": "Seconds to wait."},
        ),
        500: failure(
            500,
            "Our fault; the reference leads to the log.",
            "Something went wrong on our side. Reference: 3f2a9c0d1e4b",
        ),
    },
)
