"""The new-export form as a value: made blank, from an earlier export or from what was posted.

`views.new_export` shows it, `views.form_actions` changes it, `views.form_plan` judges it. Everything stays as it was
typed.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard import criteria, dateranges, planning, spans
from dashboard.criteria import Invalid
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.views import form_fields, form_filters, form_outputs
from dashboard.views.form_filters import Line

MOST_LINES = 50


@dataclass
class Form:
    resource: str
    name: str = ""
    proposed: str = ""  # the name as it was proposed; one that was typed is never replaced
    date_field: str = ""
    preset: str = "all"
    start: str = ""
    end: str = ""
    lines: list = field(default_factory=list)
    ids_of: str = ""  # an earlier export, whose filter file is used again
    fields: list = field(default_factory=list)
    path: str = ""  # typed beside the fields, and not added yet
    find: str = ""  # what the list of fields is narrowed to, by script
    renames: dict = field(default_factory=dict)  # path -> heading
    dry: bool = False
    sort: list = field(default_factory=list)
    format: str = "csv"
    also: list = field(default_factory=list)  # further formats
    options: dict = field(default_factory=dict)  # format -> option -> value
    packaging: dict = field(default_factory=dict)  # format -> packaging
    headings: str = "labels"
    language: str = "en"
    timezone: str = "UTC"
    nonce: str = ""

    def idempotency_key(self, ids=None):
        """The same for the same form sent twice; a form that was changed in between is another request."""
        return hashlib.sha256(repr((sorted(asdict(self).items()), ids)).encode()).hexdigest()

    @property
    def columns(self):
        """What filters may ask about."""
        return catalog.choices(catalog.resources[self.resource])

    @property
    def types(self):
        return {column.name: column.type for column in self.columns}

    @property
    def own_fields(self):
        return [one.name for one in catalog.resources[self.resource].fields]

    @property
    def chosen(self):
        return form_fields.chosen(catalog.resources[self.resource], self.fields)

    @property
    def formats(self):
        """All that are to be made, the main one first."""
        return list(dict.fromkeys([self.format, *self.also]))

    @property
    def date_fields(self):
        return [column for column in self.columns if column.type in ("date", "datetime")]


def blank(user, resource):
    form = Form(resource, language=user.language, timezone=user.timezone, nonce=secrets.token_urlsafe(24))
    _settle(form)
    form.fields = form.own_fields
    return form


def from_export(user, export):
    """What an earlier export asked for, ready to be asked for again; what is no longer there is left out."""
    form = blank(user, export.resource)
    form.name, form.language, form.timezone = export.name, export.language, export.timezone
    asked = export.date_range or {}
    form.date_field, form.preset = asked.get("field") or form.date_field, asked.get("preset") or "all"
    form.start, form.end = asked.get("start") or "", asked.get("end") or ""
    if spans.is_relative(asked):
        form.preset, (form.start, form.end) = "custom", spans.days_of(export)
    form.lines = form_filters.from_criteria(criteria.load(export.where) if export.where else None, form.types)
    form.ids_of = str(export.id) if export.filter_file else ""
    form.fields = _expanded(export) or form.own_fields
    form.renames, form.dry, form.headings = dict(export.renames), export.dry_data, export.headings
    form.sort = list(export.sort)
    form.format, *form.also = [one["format"] for one in export.outputs] or [export.format]
    form.options = {one["format"]: dict(one.get("options") or {}) for one in export.outputs}
    form.packaging = {one["format"]: one.get("packaging", "none") for one in export.outputs}
    _settle(form)
    return form


def _expanded(export):
    """The recorded paths one by one; a program may have asked for all fields of a relation at once."""
    paths = []
    for path in export.fields:
        with suppress(ValueError):
            paths += [found.path for found in form_fields.expand(catalog.resources[export.resource], path)]
    return list(dict.fromkeys(paths))


def posted(user, values):
    """What was sent, or None for a resource that nobody offered. Another resource than before begins anew."""
    resource = values.get("resource", "")
    if resource not in {one.name for one in planning.resources(user)}:
        return None
    form = Form(
        resource,
        name=values.get("name", ""),
        proposed=values.get("proposed", ""),
        ids_of=values.get("ids_of", ""),
        fields=_fields(values),
        path=values.get("path", "").strip(),
        find=values.get("find", ""),
        renames=_headings(values),
        dry="dry" in values,
        sort=values.getlist("sort"),
        format=values.get("format", "csv"),
        also=[key for key in values.getlist("also") if key in FORMATS],
        options=form_outputs.options(values),
        packaging=form_outputs.packaging(values),
        headings="names" if values.get("headings") == "names" else "labels",
        language=values.get("language", "en"),
        timezone=values.get("timezone", "").strip(),
        nonce=values.get("nonce", "") or secrets.token_urlsafe(24),
    )
    if was_switched(values):
        _start_over(form)
    else:
        form.lines = list(_lines(values))
        _read_range(form, values)
    _settle(form)
    return form


def was_switched(values):
    return values.get("resource") not in (None, values.get("drawn_for"))


def _start_over(form):
    form.fields, form.sort, form.renames = form.own_fields, [], {}
    form.path, form.find, form.ids_of = "", "", ""


def _fields(values):
    """Ticked fields: those already chosen in their order, then the new ones."""
    order, ticked = dict.fromkeys(values.getlist("order")), dict.fromkeys(values.getlist("fields"))
    return [path for path in order if path in ticked] + [path for path in ticked if path not in order]


def _headings(values):
    given = {
        name.removeprefix("heading."): text for name, text in values.items() if name.startswith("heading.")
    }
    return {path: text.strip() for path, text in given.items() if text.strip()}


def _lines(values):
    for number in range(MOST_LINES):
        name = f"where.{number}"
        if f"{name}.kept" in values:
            yield Line(kept=values[f"{name}.kept"])
        elif f"{name}.field" in values:
            texts = (
                values.get(f"{name}.{part}", "").strip() for part in ("field", "operator", "value", "upper")
            )
            yield Line(*texts)


def _read_range(form, values):
    form.date_field, form.preset = values.get("date_field", ""), values.get("preset", "all")
    form.start, form.end = values.get("start", "").strip(), values.get("end", "").strip()
    drawn = (values.get("drawn_preset"), values.get("drawn_start", ""), values.get("drawn_end", ""))
    # Days typed beside a preset mean a range of one's own.
    if form.preset == drawn[0] and (form.start, form.end) != drawn[1:]:
        form.preset = "custom"


def _settle(form):
    """What follows from the rest: operators that fit, the days of a preset, the proposed name."""
    form.lines = [form_filters.fitting(line, form.types) for line in form.lines]
    form.fields = [choice.path for choice in form.chosen]
    form.also = [key for key in form.formats if key != form.format]
    names = [column.name for column in form.date_fields]
    if form.date_field not in names:
        form.date_field = names[0] if names else ""
    _show_days(form)
    proposed = _propose(form)
    if form.name.strip() in ("", form.proposed):
        form.name = proposed
    form.proposed = proposed


def _show_days(form):
    if form.preset == "custom":
        return
    try:
        start, end = dateranges.resolve(form.preset, today(form))
    except Invalid:
        form.preset, start, end = "all", None, None
    form.start, form.end = (day.isoformat() if day else "" for day in (start, end))


def today(form):
    try:
        return datetime.now(ZoneInfo(form.timezone)).date()
    except (KeyError, ValueError, OSError):
        return datetime.now(ZoneInfo("UTC")).date()


def _propose(form):
    label = catalog.resources[form.resource].label
    if form.preset == "all" or not form.date_field:
        return label
    if form.preset != "custom":
        return f"{label}, {dateranges.PRESETS[form.preset].lower()}"
    days = " to ".join(day for day in (form.start, form.end) if day)
    return f"{label}, {days}" if days else label


def range_in_words(form):
    """The days that the form asks for, or why it asks for none."""
    if not form.date_field:
        return f"{catalog.resources[form.resource].label} has no date field."
    try:
        start, end = (date.fromisoformat(text) if text else None for text in (form.start, form.end))
        return dateranges.in_words(*dateranges.resolve("custom", today(form), start, end), form.timezone)
    except Invalid as error:
        return error.message
    except ValueError:
        return "Enter dates that exist, for example 2026-11-21"
