"""Sources: where the rows of an export live, and the catalog that describes them.

`load` makes the catalog once at start; `catalog.source(resource)` then counts, previews and reads.
A new kind of source is a class with the verbs of `base.Source`, made by `load`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dashboard.sources import declared
from dashboard.sources.base import (
    Part,
    Query,
    Reading,
    Source,
    SourceAway,
    SourceChanged,
    SourceError,
    SourceSlow,
)
from dashboard.sources.catalog import Catalog
from dashboard.sources.paths import UnknownField
from dashboard.sources.reflection import Unreachable, reflect
from dashboard.sources.resources import CatalogError, Field, Relation, Resource
from dashboard.sources.sql import SqlSource, parsed

__all__ = [
    "Catalog",
    "CatalogError",
    "Field",
    "Part",
    "Query",
    "Reading",
    "Relation",
    "Resource",
    "Source",
    "SourceAway",
    "SourceChanged",
    "SourceError",
    "SourceSlow",
    "UnknownField",
    "Unreachable",
    "load",
]


def load(where: str, environ: Mapping[str, str] | None = None) -> Catalog:
    """The catalog of a sources.toml, or of a database URL: then every table with a primary key.

    CatalogError in one line when it cannot be used; it is Unreachable when a database did not answer.
    """
    if "://" in where:
        url = parsed(where)
        resources = {one.name: one for one in reflect(url, "database")}
        urls = {"database": url}
    else:
        path = Path(where)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise CatalogError(f"{where}: this file cannot be read") from None
        resources, urls = declared.read(text, path.name, os.environ if environ is None else environ)
    return Catalog(resources, {name: SqlSource(url, resources) for name, url in urls.items()})
