"""README says what is there."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

from dashboard.config import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_table_with_its_default():
    for setting in fields(Settings):
        row = re.search(rf"^\|[^|]*`{setting.name.upper()}`[^|]*\|([^|]*)\|", README, re.M)
        assert row, setting.name
        if isinstance(setting.default, int) and not setting.metadata["required"]:
            assert str(setting.default) in re.split(r"[ ,]+", row.group(1)), setting.name


def test_every_dependency_is_named_with_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for extra in project["optional-dependencies"].values() for name in extra]
    for requirement in (*project["dependencies"], *extras):
        name = re.match(r"[a-z0-9-]+", requirement).group()
        assert name in README or name.startswith("types-"), name


def test_every_path_it_names_exists():
    for path in re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.(?:py|png|lock))", README):
        candidates = [ROOT / path, ROOT / "dashboard" / path, ROOT / "requirements" / path]
        assert any(candidate.exists() for candidate in candidates) or path == "dashboard/formats/ods.py", path
