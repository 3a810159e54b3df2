"""The fields that the new-export form offers, and the ones it takes: groups to tick, typed paths, their order.

`export_form`, `form_actions` and `new_export` call it. A path names one value: "total", "customer.email",
"line_items.sku". Paths into the same related rows stand together, for they become one column of the file.
"""

from dataclasses import dataclass
from itertools import groupby

from dashboard.columns import ROWS
from dashboard.extensions import catalog
from dashboard.sources import UnknownField
from dashboard.sources.dry import dry_columns
from dashboard.sources.resources import title


@dataclass(frozen=True)
class Choice:
    path: str
    type: str
    label: str
    personal: bool = False
    rows: str = ""  # the to-many relation that it is reached by
    rows_label: str = ""


@dataclass(frozen=True)
class Group:
    """Fields that are offered together; `path` is the relation they come by, empty for the resource's own."""

    path: str
    label: str
    choices: list


def groups(resource):
    """What the form lists: the own fields, then those of each relation. What lies deeper is typed."""
    columns = [*catalog.choices(resource), *catalog.related(resource)]
    found = {}
    for choice in _leaves(columns):
        found.setdefault(_group(resource, choice), []).append(choice)
    labels = {column.name: column.label for column in columns if column.type == ROWS}
    return [Group(path, labels.get(path) or title(path), choices) for path, choices in found.items()]


def _group(resource, choice):
    own = resource.own(choice.path) is not None
    return "" if own else choice.rows or choice.path.partition(".")[0]


def offered(resource):
    return [choice for group in groups(resource) for choice in group.choices]


def expand(resource, path):
    """The fields that a path stands for, several when it ends in `*`; raises ValueError with a sentence."""
    try:
        return list(_leaves(catalog.columns(resource, (path,))))
    except UnknownField:
        raise ValueError(f"{resource.label} has no field “{path[:100]}”") from None


def _found(resource, paths):
    return [choice for path in paths for choice in _or_nothing(resource, path)]


def _or_nothing(resource, path):
    try:
        return expand(resource, path)
    except ValueError:
        return []


def _leaves(columns):
    for column in columns:
        if column.type == ROWS:
            yield from _inner(column, f"{column.name}.", column)
        else:
            yield Choice(column.name, column.type, column.label, column.personal)


def _inner(column, prefix, outermost):
    for one in column.columns:
        path = prefix + one.name
        if one.type == ROWS:
            yield from _inner(one, f"{path}.", outermost)
        else:
            yield Choice(path, one.type, one.label, one.personal, outermost.name, outermost.label)


def chosen(resource, paths):
    """The choices of these paths, each once, in the order of the file; what there is not is left out."""
    known = {choice.path: choice for choice in _found(resource, paths)}
    return [choice for unit in _units(list(known.values())) for choice in unit]


def without_dry(resource, paths):
    """The paths that are left in a file without ids and timestamps."""
    columns = catalog.columns(resource, tuple(paths))
    return {choice.path for choice in _leaves(dry_columns(resource, columns, catalog.resources))}


def _units(choices):
    """What moves together: a field by itself, or the fields of the same related rows."""
    units = {}
    for choice in choices:
        units.setdefault(choice.rows or choice.path, []).append(choice)
    return list(units.values())


def move(choices, path, step):
    """One place up (-1) or down (1), within the related rows first, then with all of them."""
    units = _units(choices)
    at = next(place for place, unit in enumerate(units) if path in [choice.path for choice in unit])
    inside = [choice.path for choice in units[at]].index(path)
    if 0 <= inside + step < len(units[at]):
        _shift(units[at], inside, step)
    else:
        _shift(units, at, step)
    return [choice for unit in units for choice in unit]


def _shift(items, at, step):
    items.insert(min(max(at + step, 0), len(items) - 1), items.pop(at))


def by_rows(choices):
    """Runs of the chosen fields: (to-many relation or "", its label, its fields)."""
    runs = groupby(choices, key=lambda choice: (choice.rows, choice.rows_label))
    return [(rows, label, list(run)) for (rows, label), run in runs]
