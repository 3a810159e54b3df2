"""The new-export form: shown, changed button by button, and sent.

Every button works as a plain submit that draws the page again; htmx asks for the one block it targets.
"""

from functools import cache
from time import monotonic
from zoneinfo import available_timezones

from flask import Blueprint, abort, make_response, request
from flask_login import current_user

from dashboard import dateranges, lifecycle, planning, search
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.sources import SourceAway, SourceSlow
from dashboard.views import export_form, form_actions, form_filters
from dashboard.views.form_preview import look
from dashboard.views.render import fresh, render_page, see_other, wants_fragment

blueprint = Blueprint("new_export", __name__)

# What htmx may swap: the block that is the target, then blocks that go elsewhere on the page (out of band).
BLOCKS = {
    "export-form": ("form",),
    "filters": ("filters", "said"),
    "fields": ("fields", "said"),
    "date-range": ("date_range", "name_field"),
    "range-words": ("range_words", "preset_field", "name_field"),
    "preview": ("preview", "start_text", "said"),
}
# Counting all resources for their cards must not hold up the page.
COUNTING_SECONDS = 0.4
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@blueprint.get("/exports/new")
def form():
    resources = _resources()
    if not resources:
        return render_page("exports/new.html", form=None, errors={})
    earlier = request.args.get("from", type=int)
    if earlier is not None:
        return _page(_again(earlier, resources))
    asked = request.args.get("resource")
    names = [resource.name for resource in resources]
    return _page(export_form.blank(current_user, asked if asked in names else names[0]))


@blueprint.post("/exports/new")
def change():
    _resources()
    form = _posted()
    do = request.form.get("do", "")
    outcome = form_actions.act(form, do)
    if do == "preview":
        errors, preview = look(current_user, form)
        return _page(
            form, errors=errors, preview=preview, outcome=form_actions.Outcome(said=preview.in_words)
        )
    response = _page(form, outcome=outcome)
    # A form that is drawn whole asks for its preview by itself.
    if wants_fragment() and request.headers.get("HX-Target") != "export-form":
        response.headers["HX-Trigger-After-Settle"] = "preview-due"
    return response


@blueprint.post("/exports")
def create():
    _resources()
    form = _posted()
    if export_form.was_switched(request.form):
        label = catalog.resources[form.resource].label
        return _page(
            form, {"resource": f"You changed to {label}. Check the fields below, then start."}, status=422
        )
    try:
        plan = export_form.check(current_user, form)
        export = lifecycle.request(
            current_user,
            plan,
            name=form.name.strip(),
            idempotency_key=form.idempotency_key,
        )
    except planning.Invalid as invalid:
        return _page(form, invalid.errors, status=422)
    except lifecycle.Refused as refused:
        return _page(form, {"": str(refused)}, status=422)
    return _go_to(f"/exports/{export.id}")


def _resources():
    """What this person may export; nobody without the right gets any further."""
    if not current_user.may_request():
        abort(403, "You cannot request exports. A superuser can give you the right.")
    return planning.resources(current_user)


def _again(export_id, resources):
    export = search.find_export(current_user, export_id)
    if export is None or export.resource not in [resource.name for resource in resources]:
        abort(404)
    return export_form.from_export(current_user, export)


def _posted():
    form = export_form.posted(current_user, request.form)
    if form is None:
        abort(404)
    return form


def _go_to(url):
    if not wants_fragment():
        return see_other(url)
    # A script would follow a 303 by itself and put that page into the form.
    response = fresh(make_response("", 204))
    response.headers["HX-Redirect"] = url
    return response


def _page(form, errors=None, preview=None, outcome=form_actions.Outcome(), status=200):  # noqa: B008 - frozen
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
        resource=catalog.resources[form.resource],
        resources=planning.resources(current_user),
        row_counts=_row_counts() if whole else {},
        lines=_lines(form, errors),
        chosen=_chosen(form),
        date_fields=[(column.name, column.label) for column in form.date_fields],
        range_words=export_form.range_in_words(form),
        presets=dateranges.PRESETS.items(),
        formats=FORMATS.values(),
        languages=planning.LANGUAGES.items(),
        zones=_zones() if not blocks else (),
        errors=errors,
        summary=_summary(form, errors) if status == 422 or not blocks else [],
        preview=preview,
        outcome=outcome,
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


def _chosen(form):
    """The columns of the file in their order, each with its number among all, which names its controls."""
    numbered = {
        column.name: {"column": column, "number": number} for number, column in enumerate(form.columns)
    }
    return [numbered[path] for path in form.fields]


def _summary(form, errors):
    """What is wrong, in the order of the page, each with the control that it is about."""
    controls = {
        "resource": f"resource-{form.resource}",
        "name": "name",
        "date_range": "preset",
        "where": "add-filter",
        **{f"where.{number}": f"where-{number}-{_part(line)}" for number, line in enumerate(form.lines)},
        "fields": "all-fields",
        "sort": "all-fields",
        "format": f"format-{form.format}",
        "options": f"format-{form.format}",
        "language": "language",
        "timezone": "timezone",
    }
    known = [(controls[key], errors[key]) for key in controls if key in errors]
    return known + [("start", sentence) for key, sentence in errors.items() if key not in controls]


def _part(line):
    return "remove" if line.kept else "value" if line.needs_value else "field"
