"""What each database has of its own to find exports by: parts of names and ids, members of metadata.

SQLite keeps the trigrams of names in a table, by triggers; PostgreSQL has an index of its extension pg_trgm. Where
there is neither, searches read all names. Exports that were deleted have none. Migrations 0005, 0007, 0008 too.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, String, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from dashboard.models.export import Export

_ADD = """INSERT INTO export_names (rowid, name, public_id)
SELECT NEW.id, NEW.name, NEW.public_id WHERE NEW.deleted_at IS NULL;"""
_REMOVE = """INSERT INTO export_names (export_names, rowid, name, public_id)
SELECT 'delete', OLD.id, OLD.name, OLD.public_id WHERE OLD.deleted_at IS NULL;"""
NAMES = (
    "CREATE VIRTUAL TABLE export_names USING fts5(name, public_id, content='exports', content_rowid='id', "
    "columnsize=0, tokenize='trigram')",
    f"CREATE TRIGGER export_names_insert AFTER INSERT ON exports BEGIN {_ADD} END",
    f"CREATE TRIGGER export_names_delete AFTER DELETE ON exports BEGIN {_REMOVE} END",
    "CREATE TRIGGER export_names_update AFTER UPDATE OF name, public_id, deleted_at ON exports "
    f"WHEN NEW.name <> OLD.name OR NEW.public_id <> OLD.public_id OR "
    f"(NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL) BEGIN {_REMOVE} {_ADD} END",
)
# `search` asks in these very words.
SOME_METADATA = "client_metadata <> '{}'"
WAS_ASKED = "as_asked IS NOT NULL"
ASKED_FORMAT = {"sqlite": "json_extract({}as_asked, '$.format')", "postgresql": "({}as_asked ->> 'format')"}
SQLITE = (
    "CREATE INDEX ix_exports_metadata ON exports (created_at, id, client_metadata, deleted_at, requested_by_id) "
    f"WHERE deleted_at IS NULL AND {SOME_METADATA}",
    f"CREATE INDEX ix_exports_asked ON exports ({ASKED_FORMAT['sqlite'].format('')}) WHERE {WAS_ASKED}",
)
POSTGRESQL = (
    "CREATE INDEX ix_exports_metadata ON exports USING gin (client_metadata jsonb_path_ops)",
    f"CREATE INDEX ix_exports_asked ON exports ({ASKED_FORMAT['postgresql'].format('')}) WHERE {WAS_ASKED}",
    "CREATE INDEX ix_exports_beginning ON exports (uuid varchar_pattern_ops)",
)
_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
_HOME = (
    "SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'"
)
_TRIGRAMS = """CREATE INDEX ix_exports_trigrams ON exports
USING gin (name "{0}".gin_trgm_ops, public_id "{0}".gin_trgm_ops) WHERE deleted_at IS NULL"""
# Of the few that have not expired, as searches are mostly for these.
_KEPT_TRIGRAMS = """CREATE INDEX ix_exports_kept_trigrams ON exports
USING gin (name "{0}".gin_trgm_ops) WHERE deleted_at IS NULL AND expired_at IS NULL"""


class AskedFormat(FunctionElement[str]):
    """The format in the words of the dialect that the export was asked through, written as its index has it."""

    type = String()
    inherit_cache = True


@compiles(AskedFormat)
def _asked_format(_: AskedFormat, compiler: SQLCompiler, **__: Any) -> str:
    return ASKED_FORMAT[compiler.dialect.name].format("exports.")


def make_lookups(connection: Connection) -> None:
    """Whatever this database can have of it."""
    if connection.dialect.name == "sqlite":
        for statement in SQLITE + (NAMES if _knows_trigrams(connection) else ()):
            connection.execute(text(statement))
    if connection.dialect.name == "postgresql":
        for statement in POSTGRESQL:
            connection.execute(text(statement))
        try:
            with connection.begin_nested():
                connection.execute(text(_EXTENSION))
                for index in (_TRIGRAMS, _KEPT_TRIGRAMS):
                    connection.execute(text(index.format(connection.scalar(text(_HOME)))))
        except DBAPIError:
            return  # the extension is not installed, or may not be


def _knows_trigrams(connection: Connection) -> bool:
    options = set(connection.scalars(text("PRAGMA compile_options")))
    version: tuple[Any, ...] = connection.dialect.server_version_info or ()
    return "ENABLE_FTS5" in options and version >= (3, 34)


def has_names(connection: Connection) -> bool:
    """Whether parts of names can be looked up."""
    found = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'export_names'",
        "postgresql": "SELECT to_regclass('ix_exports_trigrams')",
    }
    return connection.scalar(text(found[connection.dialect.name])) is not None


def _after_create(_: Any, connection: Connection, **__: Any) -> None:
    make_lookups(connection)


event.listen(Export.__table__, "after_create", _after_create)
