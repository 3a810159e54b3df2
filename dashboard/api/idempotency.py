"""The header Idempotency-Key: the same key again gives the export that the first request made.

Every dialect's create reads the key here and hands it to `lifecycle.request`, which knows the keys of each person.
"""

from __future__ import annotations

from flask import request

HEADER = "Idempotency-Key"
LONGEST = 128


class BadKey(Exception):
    """A key that cannot be kept; the text is fit for the answer, which is a 400."""

    def __init__(self) -> None:
        super().__init__(f"{HEADER} must be at most {LONGEST} ASCII characters.")


def read_key() -> str | None:
    """The key of this request; None when it has none. Raises BadKey."""
    key = request.headers.get(HEADER, "").strip()
    if not key:
        return None
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise BadKey
    return key
