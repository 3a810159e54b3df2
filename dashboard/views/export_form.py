"""The new-export form as a value: made blank, from an earlier export or from what was posted, and turned into a plan.

`views.new_export` shows it, `views.form_actions` changes it. Everything stays as it was typed; only `check` judges.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard import criteria, dateranges, planning
from dashboard.criteria import All, Invalid
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.views import form_filters
from dashboard.views.form_filters import Line

LONGEST_NAME = 200
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
    fields: list = field(default_factory=list)
    sort: list = field(default_factory=list)
    format: str = "csv"
    options: dict = field(default_factory=dict)  # format -> option -> value
    language: str = "en"
    timezone: str = "UTC"
    nonce: str = ""

    @property
    def idempotency_key(self):
        """The same for the same form sent twice; a form that was changed in between is another request."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()

    @property
    def columns(self):
        return catalog.choices(catalog.resources[self.resource])

    @property
    def types(self):
        return {column.name: column.type for column in self.columns}

    @property
    def own_fields(self):
        return [one.name for one in catalog.resources[self.resource].fields]

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
    form.lines = form_filters.from_criteria(criteria.load(export.where) if export.where else None, form.types)
    form.fields = [path for path in export.fields if path in form.types] or form.own_fields
    form.sort = list(export.sort)
    form.format = export.format
    form.options = {one["format"]: dict(one.get("options") or {}) for one in export.outputs}
    _settle(form)
    return form


def posted(user, values):
    """What was sent, or None for a resource that nobody offered. Another resource than before begins anew."""
    resource = values.get("resource", "")
    if resource not in {one.name for one in planning.resources(user)}:
        return None
    form = Form(
        resource,
        name=values.get("name", ""),
        proposed=values.get("proposed", ""),
        fields=_fields(values),
        sort=values.getlist("sort"),
        format=values.get("format", "csv"),
        options=_options(values),
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
    form.fields, form.sort = form.own_fields, []


def _fields(values):
    """Ticked fields: those already chosen in their order, then the new ones."""
    order, ticked = dict.fromkeys(values.getlist("order")), dict.fromkeys(values.getlist("fields"))
    return [path for path in order if path in ticked] + [path for path in ticked if path not in order]


def _options(values):
    """The chosen options of every format, so that changing the format and back loses none."""
    found = {}
    for format in FORMATS.values():
        names = {option.key: f"option.{format.key}.{option.key}" for option in format.options}
        found[format.key] = {key: values[name] for key, name in names.items() if name in values}
    return found


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
    form.fields = [path for path in form.fields if path in form.types]
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


def check(user, form):
    """The plan of a form that is ready to go, or planning.Invalid with everything that is wrong."""
    empty = [number for number, line in enumerate(form.lines) if not line.is_complete]
    errors = {f"where.{number}": "Enter a value, or remove the filter" for number in empty}
    if len(form.name) > LONGEST_NAME or not form.name.isprintable():
        errors["name"] = f"Enter a name of at most {LONGEST_NAME} characters, on one line"
    if not form.fields:
        errors["fields"] = "Choose at least one field"
    try:
        made = plan(user, form)
    except planning.Invalid as invalid:
        raise planning.Invalid(invalid.errors | errors) from None
    if errors:
        raise planning.Invalid(errors)
    return made


def plan(user, form):
    """The plan of the form as far as it is filled in; lines without a value do not count yet."""
    numbers = [number for number, line in enumerate(form.lines) if line.is_complete]
    where, wrong = _where(form, numbers)
    try:
        made = planning.plan(
            user,
            form.resource,
            fields=form.fields,
            where=where,
            date_range=_date_range(form),
            sort=form.sort,
            format=form.format,
            options=form.options.get(form.format, {}),
            language=form.language,
            timezone=form.timezone,
        )
    except planning.Invalid as invalid:
        raise planning.Invalid(wrong | _by_line(invalid.errors, numbers)) from None
    if wrong:
        raise planning.Invalid(wrong)
    return made


def _where(form, numbers):
    conditions, wrong = [], {}
    for number in numbers:
        try:
            conditions.append(form_filters.to_condition(form.lines[number]))
        except Invalid as error:
            wrong[f"where.{number}"] = error.message
            # Keeps its place, so that the errors of the others are found at their lines.
            conditions.append(All(()))
    return (All(tuple(conditions)) if conditions else None), wrong


def _by_line(errors, numbers):
    """Errors of conditions, moved to the lines they came from."""
    moved = {}
    for key, sentence in errors.items():
        name, _, number = key.partition(".")
        known = name == "where" and number.isdigit() and int(number) < len(numbers)
        moved[f"where.{numbers[int(number)]}" if known else key] = sentence
    return moved


def _date_range(form):
    if not form.date_field or form.preset == "all":
        return None
    start, end = (form.start, form.end) if form.preset == "custom" else ("", "")
    return {"field": form.date_field, "preset": form.preset, "start": start or None, "end": end or None}
