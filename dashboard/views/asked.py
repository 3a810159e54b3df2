"""What an export asks for, in words: the right column of its page."""

from dataclasses import dataclass

from dashboard import asked as words
from dashboard import dateranges, planning, row_ids, spans
from dashboard.extensions import catalog
from dashboard.views import form_fields, form_outputs
from dashboard.views.files import field_names


@dataclass(frozen=True)
class Asked:
    resource: str
    range: str
    relative: str  # the preset, as an export that is made again moves with it
    filters: list
    ids: int | None  # how many the filter file holds
    fields: list  # path, heading of one's own
    field_count: int | None  # how many there are to choose from
    related: list  # to-many relations
    dry: bool
    formats: list
    language: str
    timezone: str


def asked(export):
    resource = catalog.resources.get(export.resource)
    paths = field_names(export)
    offered = len(form_fields.offered(resource)) if resource else 0
    return Asked(
        resource.label if resource else export.resource,
        words.range_in_words(export),
        _relative(export),
        words.filters_in_words(export),
        row_ids.count_of(export),
        [(path, export.renames.get(path, "")) for path in paths],
        # A path that was typed may lie deeper than what is offered.
        offered if offered >= len(paths) else None,
        _related(export, resource, paths),
        export.dry_data,
        [form_outputs.in_words(output) for output in export.outputs or [{"format": export.format}]],
        planning.LANGUAGES.get(export.language, export.language),
        export.timezone,
    )


def _relative(export):
    kept = export.date_range or {}
    if spans.is_relative(kept):
        return f"{kept['start'] or 'any time'} to {kept['end'] or 'any time'}"
    preset = kept.get("preset", "custom")
    return "" if preset == "custom" else dateranges.PRESETS.get(preset, preset).lower()


def _related(export, resource, paths):
    """The relations whose rows stand within the rows, under the heading that they were given."""
    found = form_fields.chosen(resource, paths) if resource else []
    relations = {choice.rows: choice.rows_label for choice in found if choice.rows}
    return [export.renames.get(path) or label for path, label in relations.items()]
