"""The OpenAPI document of every dialect. `dashboard.app` keeps one Documents; pages show what is in it.

A document is made when it is first asked for, and kept.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dashboard.api import DIALECTS
from dashboard.api.openapi_document import document


class Documents:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._made: dict[str, dict[str, Any]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(DIALECTS)

    def of(self, name: str) -> dict[str, Any] | None:
        """None for a name that no dialect has."""
        if name not in self.names:
            return None
        if name not in self._made:
            schema = import_module(f"{DIALECTS[name].__name__}.schema")
            self._made[name] = document(schema.ABOUT, schema.OPERATIONS, self._url)
        return self._made[name]
