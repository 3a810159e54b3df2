"""The map of the floors in dashboard/__init__.py, enforced: no import goes up or sideways."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from dashboard import queue

ROOT = Path(__file__).resolve().parent.parent
# From the bottom up; names on one line are neighbours, who do not import each other.
FLOORS = [
    [
        "dashboard.columns",
        "dashboard.guard",
        "dashboard.languages",
        "dashboard.drawing",
        "dashboard.relative_dates",
        "dashboard.recurrence",
    ],
    ["dashboard.criteria"],
    ["dashboard.dateranges"],
    ["dashboard.formats", "dashboard.sources", "dashboard.storage", "dashboard.filter_files"],
    ["dashboard.config", "dashboard.database"],
    ["dashboard.extensions", "dashboard.queue"],
    ["dashboard.models"],
    ["dashboard.row_ids", "dashboard.spans"],
    ["dashboard.planning", "dashboard.asked"],
    [
        "dashboard.lifecycle",
        "dashboard.search",
        "dashboard.accounts",
        "dashboard.tokens",
        "dashboard.manifest",
        "dashboard.mail",
    ],
    ["dashboard.delivery"],
    ["dashboard.views", "dashboard.api", "jobs"],
    ["dashboard.cli"],
    ["dashboard.app"],
    ["jobs.worker", "jobs.clock", "dashboard.demo", "wsgi"],
]
# dev.py's own: standard library only, outside the house.
ALONE = ["dashboard.supervisor", "dashboard.launch"]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def place(module):
    """The longest name on the map that this module is, or lies in."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in FLOOR or name in ALONE:
            return name
    return None


def modules():
    for folder in ("dashboard", "jobs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if name not in ("dashboard", "jobs"):
                yield name, path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module in ("dashboard", "jobs"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif node.module:
                yield node.module


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_go_down(name, path):
    home = place(name)
    assert home, f"{name} has no floor: put it on the map"
    for imported in imports(path):
        target = place(imported) if imported.split(".")[0] in ("dashboard", "jobs", "wsgi") else None
        if target is None or target == home:
            continue
        if home in ALONE:
            assert target in ALONE, f"{name} needs the standard library only, but imports {imported}"
            continue
        assert target not in ALONE
        assert FLOOR[target] < FLOOR[home], f"{name} imports {imported}, which is not below it"


def test_parts_know_nothing_of_flask():
    for name, path in modules():
        if FLOOR.get(place(name), 99) <= FLOOR["dashboard.storage"]:
            assert not [
                imported for imported in imports(path) if imported.split(".")[0].startswith("flask")
            ], name


def test_every_job_name_leads_to_a_function():
    for path in queue.JOBS.values():
        module, _, function = path.rpartition(".")
        assert callable(getattr(import_module(module), function))


def test_every_module_says_what_it_is_for():
    for name, path in modules():
        assert ast.get_docstring(ast.parse(path.read_text())), name
