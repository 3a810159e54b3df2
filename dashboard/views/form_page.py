"""Drawing the new-export form: the page, or the blocks of it that htmx swaps. `views.new_export` calls `draw`."""

from functools import cache
from time import monotonic
from zoneinfo import available_timezones

from flask import request
from flask_login import current_user

from dashboard import dateranges, filter_files, planning
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.formats.packaging import PACKAGINGS
from dashboard.sources import SourceAway, SourceSlow
from dashboard.views import export_form, form_fields, form_filters, form_ids, form_outputs
from dashboard.views.form_actions import Outcome
from dashboard.views.render import render_page, wants_fragment

# What htmx may swap: the block that is the target, then blocks that go elsewhere on the page (out of band).
BLOCKS = {
    "export-form": ("form",),
    "filters": ("filters", "said"),
    "filter-file-field": ("filter_file", "said"),
    "fields": ("fields", "said"),
    "date-range": ("date_range", "name_field"),
    "range-words": ("range_words", "preset_field", "name_field"),
    "preview": ("preview", "start_text", "said"),
}
FILE_LIMITS = {
    "kinds": ",".join(filter_files.EXTENSIONS),
    "bytes": filter_files.LARGEST,
    "ids": filter_files.MOST_IDS,
}
# Counting all resources for their cards must not hold up the page.
COUNTING_SECONDS = 0.4
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def draw(form, errors=None, preview=None, outcome=Outcome(), status=200):  # noqa: B008 - frozen
    errors = errors or {}
    blocks = BLOCKS.get(request.headers.get("HX-Target"), ("form",)) if wants_fragment() else ()
    whole = blocks in ((), ("form",))
    return render_page(
        "exports/new.html",
        fragment=blocks or None,
        status=status,
        titled=whole,
        oob=blocks[1:],
        form=form,
        resources=planning.resources(current_user),
        row_counts=_row_counts() if whole else {},
        date_fields=[(column.name, column.label) for column in form.date_fields],
        range_words=export_form.range_in_words(form),
        presets=dateranges.PRESETS.items(),
        languages=planning.LANGUAGES.items(),
        zones=_zones() if not blocks else (),
        errors=errors,
        summary=_summary(form, errors) if status == 422 or not blocks else [],
        preview=preview,
        outcome=outcome,
        **_filters(form, errors),
        **_fields(form),
        **_formats(form, errors),
    )


def _row_counts():
    """Rows of each resource, as far as they are known within a moment."""
    counts, until = {}, monotonic() + COUNTING_SECONDS
    for resource in planning.resources(current_user):
        left = until - monotonic()
        if left <= 0.02:
            break
        try:
            counts[resource.name] = planning.count(planning.plan(current_user, resource.name), left)
        except (SourceSlow, SourceAway, planning.Invalid):
            continue
    return counts


@cache
def _zones():
    return sorted(
        zone for zone in available_timezones() if zone == "UTC" or zone.partition("/")[0] in REGIONS
    )


def _filters(form, errors):
    resource = catalog.resources[form.resource]
    return {
        "resource": resource,
        "lines": _lines(form, errors),
        "kept_ids": form_ids.kept(current_user, form),
        "takes_ids": len(resource.key) == 1,
        "file_limits": FILE_LIMITS,
    }


def _lines(form, errors):
    """The filter lines with all that their controls need."""
    labels = {column.name: column.label for column in form.columns}
    return [
        {
            "number": number,
            "line": line,
            "label": labels.get(line.field, line.field),
            "type": form.types.get(line.field, "text"),
            "operators": form_filters.operators(form.types.get(line.field, "text")),
            "input": form_filters.input_of(line, form.types.get(line.field, "text")),
            "words": form_filters.in_words(line, labels) if line.kept else "",
            "error": errors.get(f"where.{number}", ""),
        }
        for number, line in enumerate(form.lines)
    ]


def _fields(form):
    numbered = list(enumerate(form.chosen))
    runs = form_fields.by_rows([choice for _, choice in numbered])
    places = iter(numbered)
    return {
        "groups": form_fields.groups(catalog.resources[form.resource]),
        # (to-many relation or nothing, its label, its fields with their places in the file)
        "chosen": [(rows, label, [next(places) for _ in run]) for rows, label, run in runs],
    }


def _formats(form, errors):
    """Every format with its options, those that are to be made with theirs in sight."""
    return {
        "packagings": PACKAGINGS.items(),
        "formats": [
            {
                "format": one,
                "given": form.options.get(one.key, {}),
                "packaging": form.packaging.get(one.key, "none"),
                "unusual": form_outputs.unusual(
                    one, form.options.get(one.key, {}), form.packaging.get(one.key, "none")
                ),
                "is_wanted": one.key in form.formats,
                "error": errors.get(f"also.{one.key}")
                or (_of_main(errors) if one.key == form.format else ""),
            }
            for one in FORMATS.values()
        ],
    }


def _of_main(errors):
    return errors.get("options") or errors.get("packaging") or errors.get("format", "")


def _summary(form, errors):
    """What is wrong, in the order of the page, each with the control that it is about."""
    controls = {
        "resource": f"resource-{form.resource}",
        "name": "name",
        "date_range": "preset",
        "where": "add-filter",
        **{f"where.{number}": f"where-{number}-{_part(line)}" for number, line in enumerate(form.lines)},
        "filter_file": "filter-file",
        "fields": "all-fields",
        **_headings(form),
        "path": "path",
        "sort": "all-fields",
        **dict.fromkeys(("format", "options", "packaging"), f"format-{form.format}"),
        **{f"also.{key}": f"also-{key}" for key in form.also},
        "language": "language",
        "timezone": "timezone",
    }
    known = [(controls[key], _first_of(key, errors[key])) for key in controls if key in errors]
    return known + [("start", sentence) for key, sentence in errors.items() if key not in controls]


def _first_of(key, sentences):
    first = sentences.partition("\n")[0]
    return f"Filter file: {first}" if key == "filter_file" else first


def _part(line):
    return "remove" if line.kept else "value" if line.needs_value else "field"


def _headings(form):
    """Where the headings of fields and of related rows are typed."""
    fields = {f"renames.{choice.path}": f"heading-{at}" for at, choice in enumerate(form.chosen)}
    rows = {f"renames.{choice.rows}": f"heading-of-{choice.rows}" for choice in form.chosen if choice.rows}
    return fields | rows
