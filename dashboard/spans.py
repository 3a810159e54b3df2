"""Relative date ranges ("7 days ago midnight" to "today"): from which moment until before which one they reach.

The texts are kept with an export. They are worked out for the moment at which it began, so that every look at it
finds the same rows; before that they mean what they mean now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard import relative_dates
from dashboard.database import db
from dashboard.models import Export

RELATIVE = "relative"
Span = tuple[datetime | None, datetime | None]


def is_relative(kept: Mapping[str, Any] | None) -> bool:
    return kept is not None and kept.get("preset") == RELATIVE


def span_at(asked: Mapping[str, Any], moment: datetime) -> Span:
    """Start, included, and end, not included; None is open. Raises ValueError with a sentence."""
    start, end = (str(asked.get(name) or "") for name in ("start", "end"))
    return (
        relative_dates.resolve(start, moment) if start else None,
        relative_dates.resolve(end, moment) if end else None,
    )


def span_of(export: Export) -> Span:
    """The span of an export whose date range is relative."""
    return span_at(export.date_range or {}, _began_at(export) or datetime.now(UTC))


def days_of(export: Export) -> tuple[str, str]:
    """The first and the last day of the span, for a form that knows days only; nothing where it is open."""
    start, end = span_of(export)
    last = end - timedelta(microseconds=1) if end else None
    return start.date().isoformat() if start else "", last.date().isoformat() if last else ""


def _began_at(export: Export) -> datetime | None:
    """An export of another one's rows has the rows of that one's span."""
    origin: Export | None = export
    while origin and origin.rows_of_id:
        origin = db.session.get(Export, origin.rows_of_id)
    return (origin or export).started_at
