"""What a recorded export asks for, in words: for its page, its manifest and the head of a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from dashboard import criteria, dateranges, languages, spans
from dashboard.extensions import catalog
from dashboard.models import Export
from dashboard.sources import Resource


def label_of(export: Export) -> str:
    """The resource's name in the export's language."""
    resource = catalog.resources.get(export.resource)
    return resource.labels.get(export.language, resource.label) if resource else export.resource


def filters_in_words(export: Export, language: str = "en") -> list[str]:
    """One line for each condition; the catalog may have changed since."""
    if not export.where:
        return []
    resource = catalog.resources.get(export.resource)
    node = criteria.load(export.where)
    # Typed values are said better: "is on or after" and not "is at least".
    with suppress(criteria.Invalid):
        node = criteria.check(node, catalog.types(resource) if resource else {}, export.timezone)
    return criteria.in_words(node, _labels(resource, language), language)


def range_in_words(export: Export, language: str = "en") -> str:
    """The date range with its days; "All time"-like words when there is none."""
    kept = export.date_range
    if not kept:
        return dateranges.preset_in_words("all", language)
    label = _labels(catalog.resources.get(export.resource), language).get(kept["field"], kept["field"])
    return f"{label}, {_span_in_words(export, kept, language)}"


def _span_in_words(export: Export, kept: Mapping[str, Any], language: str) -> str:
    """A relative range in the words that it was asked in, until it is known what they mean."""
    if spans.is_relative(kept):
        if export.started_at is None:
            return dateranges.texts_in_words(kept["start"], kept["end"], language)
        return dateranges.span_in_words(*spans.span_of(export), language)
    start, end = (date.fromisoformat(kept[key]) if kept.get(key) else None for key in ("start", "end"))
    return dateranges.in_words(start, end, export.timezone, language)


def in_words(export: Export) -> list[str]:
    """Everything that decides which rows there are, in the export's language: the range, filters, the file of ids."""
    lines = [range_in_words(export, export.language)] if export.date_range else []
    lines += filters_in_words(export, export.language)
    if export.filter_file:
        lines.append(languages.word(export.language, "ID in the file {name}", name=export.filter_file))
    return lines


def _labels(resource: Resource | None, language: str) -> Mapping[str, str]:
    choices = catalog.choices(resource, language) if resource else []
    return {column.name: column.label for column in choices}
