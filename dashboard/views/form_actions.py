"""What the buttons of the new-export form do: `do` is an action, or an action and what it is done to ("up:total").

Each gives the id of the control that gets the focus, and what is announced; both may be empty.
"""

from dataclasses import dataclass, field

from dashboard.extensions import catalog
from dashboard.views import form_fields
from dashboard.views.export_form import MOST_LINES
from dashboard.views.form_filters import Line


@dataclass(frozen=True)
class Outcome:
    focus: str = ""
    said: str = ""
    errors: dict = field(default_factory=dict)


def act(form, do):
    action, _, target = do.partition(":")
    return _ACTIONS[action](form, target) if action in _ACTIONS else Outcome()


def _add_filter(form, target):
    if len(form.lines) >= MOST_LINES:
        return Outcome("add-filter", f"There can be at most {MOST_LINES} filters")
    first = form.columns[0].name if form.columns else ""
    form.lines.append(Line(first, "eq"))
    return Outcome(f"where-{len(form.lines) - 1}-field", f"Filter {len(form.lines)} added")


def _remove_filter(form, target):
    if not target.isdigit() or int(target) >= len(form.lines):
        return Outcome()
    form.lines.pop(int(target))
    return Outcome("add-filter", "Filter removed")


def _move(step):
    def act(form, path):
        choices = form.chosen
        if path not in [choice.path for choice in choices]:
            return Outcome()
        form.fields = [choice.path for choice in form_fields.move(choices, path, step)]
        at = form.fields.index(path)
        button = "up" if step < 0 else "down"
        return Outcome(f"{button}-{at}", f"{path}, {at + 1} of {len(form.fields)}")

    return act


def _drop(form, path):
    if path not in form.fields:
        return Outcome()
    at = form.fields.index(path)
    form.fields.remove(path)
    if not form.fields:
        return Outcome("all-fields", f"{path} removed, no field left")
    # The focus stays at the same place in the list, as far as there is one.
    near = min(at, len(form.fields) - 1)
    return Outcome(f"drop-{near}", f"{path} removed, {len(form.fields)} left")


def _choose(fields_of, button):
    def act(form, target):
        form.fields = fields_of(form)
        return Outcome(button, f"{len(form.fields)} fields")

    return act


def _all(form):
    return [choice.path for choice in form_fields.offered(_resource(form))]


def add_path(form, target=""):
    """The typed path, taken over into the fields; the text stays where it is wrong. Also done when a form is sent."""
    if not form.path:
        return Outcome("path", "Enter a path", {"path": "Enter a path, for example customer.email"})
    try:
        added = _add(form, form.path)
    except ValueError as error:
        return Outcome("path", str(error), {"path": str(error)})
    form.path = ""
    return Outcome("path", added)


def _add_group(form, path):
    group = next((one for one in form_fields.groups(_resource(form)) if one.path == path), None)
    if group is None:
        return Outcome()
    return Outcome(f"all-of-{path}", _take(form, group.choices, group.label))


def _add(form, path):
    return _take(form, form_fields.expand(_resource(form), path), path)


def _take(form, choices, name):
    """Add fields that are not there yet; what is announced."""
    before = len(form.fields)
    paths = [*form.fields, *(choice.path for choice in choices)]
    form.fields = [choice.path for choice in form_fields.chosen(_resource(form), paths)]
    added = len(form.fields) - before
    if not added:
        return f"{name} is in the file already"
    return f"{name} added, {len(form.fields)} fields" if added == 1 else f"{added} fields added"


def _resource(form):
    return catalog.resources[form.resource]


def _drop_ids(form, target):
    form.ids_of = ""
    return Outcome("filter-file", "Filter file removed")


_ACTIONS = {
    "add-filter": _add_filter,
    "remove-filter": _remove_filter,
    "up": _move(-1),
    "down": _move(1),
    "drop": _drop,
    "add-path": add_path,
    "add-group": _add_group,
    "drop-ids": _drop_ids,
    "all-fields": _choose(_all, "all-fields"),
    "no-fields": _choose(lambda form: [], "no-fields"),
    "own-fields": _choose(lambda form: form.own_fields, "own-fields"),
}
