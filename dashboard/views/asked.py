"""What an export asks for, in words: the right column of its page."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from dashboard import criteria, dateranges, planning
from dashboard.criteria import Invalid
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.views.presenting import field_names


@dataclass(frozen=True)
class Asked:
    resource: str
    range: str
    relative: str  # the preset, as an export that is made again moves with it
    filters: list
    fields: list
    field_count: int | None  # how many there are to choose from
    format: str
    language: str
    timezone: str


def asked(export):
    resource = catalog.resources.get(export.resource)
    columns = catalog.choices(resource) if resource else ()
    span, relative = _range(export, columns)
    return Asked(
        resource.label if resource else export.resource,
        span,
        relative,
        _filters(export, columns),
        field_names(export),
        len(columns) or None,
        _format(export),
        planning.LANGUAGES.get(export.language, export.language),
        export.timezone,
    )


def _range(export, columns):
    kept = export.date_range
    if not kept:
        return dateranges.PRESETS["all"], ""
    start, end = (date.fromisoformat(kept[key]) if kept.get(key) else None for key in ("start", "end"))
    preset = kept.get("preset", "custom")
    relative = "" if preset == "custom" else dateranges.PRESETS.get(preset, preset).lower()
    label = next((column.label for column in columns if column.name == kept["field"]), kept["field"])
    return f"{label}, {dateranges.in_words(start, end, export.timezone)}", relative


def _filters(export, columns):
    if not export.where:
        return []
    node = criteria.load(export.where)
    # Typed values are said better: "is on or after" and not "is at least". The catalog may have changed since.
    with suppress(Invalid):
        node = criteria.check(node, {column.name: column.type for column in columns}, export.timezone)
    return criteria.in_words(node, {column.name: column.label for column in columns})


def _format(export):
    known = FORMATS.get(export.format)
    if known is None:
        return export.format
    given = next((one.get("options") or {} for one in export.outputs if one["format"] == export.format), {})
    chosen = [
        f"{option.label.lower()}: {option.choices[given[option.key]].lower()}"
        for option in known.options
        # The usual ones go without saying.
        if given.get(option.key, option.default) != option.default and given[option.key] in option.choices
    ]
    return f"{known.label} ({'; '.join(chosen)})" if chosen else known.label
