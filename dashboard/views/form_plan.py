"""From the new-export form to a checked plan: what is wrong comes back by the control that it stands at.

`views.new_export` starts exports with it, `views.form_preview` looks at their first rows.
"""

from dashboard import planning
from dashboard.criteria import All, Invalid
from dashboard.extensions import catalog
from dashboard.views import form_fields, form_filters, form_outputs

LONGEST_NAME = 200


def check(user, form, ids=None):
    """The plan of a form that is ready to go, or planning.Invalid with everything that is wrong."""
    empty = [number for number, line in enumerate(form.lines) if not line.is_complete]
    errors = {f"where.{number}": "Enter a value, or remove the filter" for number in empty}
    if len(form.name) > LONGEST_NAME or not form.name.isprintable():
        errors["name"] = f"Enter a name of at most {LONGEST_NAME} characters, on one line"
    if not form.fields:
        errors["fields"] = "Choose at least one field"
    try:
        made = plan(user, form, ids)
    except planning.Invalid as invalid:
        raise planning.Invalid(invalid.errors | errors) from None
    if errors:
        raise planning.Invalid(errors)
    return made


def plan(user, form, ids=None):
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
            filter_ids=ids,
            sort=form.sort,
            outputs=[form_outputs.output(key, form.options, form.packaging) for key in form.formats],
            language=form.language,
            timezone=form.timezone,
            headings=form.headings,
            renames=_renames(form),
            dry=form.dry,
        )
    except planning.Invalid as invalid:
        raise planning.Invalid(wrong | _at_controls(invalid.errors, form, numbers)) from None
    if wrong:
        raise planning.Invalid(wrong)
    return made


def _renames(form):
    """The headings of what is in the file; one that was given to a field left out since is not asked for."""
    choices = form.chosen
    if form.dry and choices:
        left = form_fields.without_dry(catalog.resources[form.resource], form.fields)
        choices = [choice for choice in choices if choice.path in left]
    chosen = {name for choice in choices for name in (choice.path, choice.rows)}
    return {path: heading for path, heading in form.renames.items() if path in chosen}


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


def _at_controls(errors, form, numbers):
    """Errors of conditions and outputs, moved to the lines and formats that they came from."""
    moved = {}
    for key, sentence in errors.items():
        name, _, number = key.partition(".")
        if name == "where" and number.isdigit() and int(number) < len(numbers):
            key = f"where.{numbers[int(number)]}"
        elif name == "outputs" and number.isdigit() and int(number) < len(form.formats):
            key = f"also.{form.formats[int(number)]}"
        moved[key] = sentence
    return moved


def _date_range(form):
    if not form.date_field or form.preset == "all":
        return None
    start, end = (form.start, form.end) if form.preset == "custom" else ("", "")
    return {"field": form.date_field, "preset": form.preset, "start": start or None, "end": end or None}
