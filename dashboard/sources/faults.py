"""What drivers raise, as the errors of `base`; their own text goes no further than the traceback in a log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager
import sqlalchemy.exc
from nanoarrow._utils import NanoarrowException  # type: ignore[import-untyped]

from dashboard.sources.base import SourceAway, SourceChanged, SourceError, SourceSlow

# undefined table, column, schema, database; insufficient privilege, wrong password, no such role
_CHANGED = ("42P01", "42703", "3F000", "3D000", "42501", "28P01", "28000")
_SLOW = "57014"
_GONE = ("no such table", "no such column", "unsupported file format", "file is not a database")
_AWAY = ("locked", "busy", "unable to open", "disk i/o", "cantopen", "readonly")


@contextmanager
def translated() -> Iterator[None]:
    """Around a driver's call: its error becomes one of ours, and one that is our own mistake stays itself."""
    try:
        yield
    except (adbc_driver_manager.Error, NanoarrowException, sqlalchemy.exc.DBAPIError, sqlite3.Error) as error:
        ours = _ours(error)
        if ours is None:
            raise
        raise ours from error


def _ours(error: Exception) -> SourceError | None:
    original = getattr(error, "orig", None) or error
    state = str(getattr(original, "sqlstate", None) or "").strip("\0")
    text = str(original).lower()
    if state == _SLOW or "interrupted" in text:
        return SourceSlow("The source needed too long to answer")
    if state in _CHANGED or any(words in text for words in _GONE):
        return SourceChanged("The source has changed: a table or column is gone, or may no longer be read")
    if state and state[:2] not in ("08", "53", "57", "58", "40", "55"):
        return None
    if state or isinstance(original, sqlite3.OperationalError) or _is_away(original, text):
        return SourceAway("The source does not answer just now")
    return None


def _is_away(original: Exception, text: str) -> bool:
    lost = isinstance(original, adbc_driver_manager.OperationalError) or "connection" in text
    return lost or any(words in text for words in _AWAY)
