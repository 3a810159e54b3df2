"""What the buttons of the new-export form do: `do` is an action, or an action and what it is done to ("up:total").

Each gives the id of the control that gets the focus, and what is announced; both may be empty.
"""

from dataclasses import dataclass

from dashboard.views.export_form import MOST_LINES
from dashboard.views.form_filters import Line


@dataclass(frozen=True)
class Outcome:
    focus: str = ""
    said: str = ""


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
        if path not in form.fields:
            return Outcome()
        at = form.fields.index(path)
        to = min(max(at + step, 0), len(form.fields) - 1)
        form.fields.insert(to, form.fields.pop(at))
        button = "up" if step < 0 else "down"
        return Outcome(f"{button}-{_number(form, path)}", f"{path}, {to + 1} of {len(form.fields)}")

    return act


def _drop(form, path):
    if path not in form.fields:
        return Outcome()
    at = form.fields.index(path)
    form.fields.remove(path)
    if not form.fields:
        return Outcome("all-fields", f"{path} removed, no field left")
    # The focus stays at the same place in the list, as far as there is one.
    near = form.fields[min(at, len(form.fields) - 1)]
    return Outcome(f"drop-{_number(form, near)}", f"{path} removed, {len(form.fields)} left")


def _number(form, path):
    return [column.name for column in form.columns].index(path)


def _choose(fields_of, button):
    def act(form, target):
        form.fields = fields_of(form)
        return Outcome(button, f"{len(form.fields)} of {len(form.columns)} fields")

    return act


_ACTIONS = {
    "add-filter": _add_filter,
    "remove-filter": _remove_filter,
    "up": _move(-1),
    "down": _move(1),
    "drop": _drop,
    "all-fields": _choose(lambda form: [column.name for column in form.columns], "all-fields"),
    "no-fields": _choose(lambda form: [], "no-fields"),
    "own-fields": _choose(lambda form: form.own_fields, "own-fields"),
}
