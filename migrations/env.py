"""Runs the migrations in the app's own database: `flask --app wsgi db upgrade`."""

from alembic import context
from flask import current_app

from dashboard.database import Json, Moment

database = current_app.extensions["migrate"].db


def render_item(kind, item, autogen):
    """Write our own types by name, and no server clock: models set their times themselves."""
    if kind == "type" and isinstance(item, Moment):
        autogen.imports.add("from dashboard.database import Moment")
        return "Moment()"
    if kind == "type" and item is Json:
        autogen.imports.add("from dashboard.database import Json")
        return "Json"
    return False


def include_name(name, kind, parents):
    """Leave out what models/lookups.py makes, which is not the same in every database."""
    of_one_kind = ("ix_exports_trigrams", "ix_exports_beginning", "ix_exports_metadata", "ix_exports_asked")
    return not (kind == "table" and name.startswith("export_names")) and name not in of_one_kind


def process(context_, revision, directives):
    """No migration where nothing has changed."""
    if getattr(context_.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        render_item=render_item,
        include_name=include_name,
        process_revision_directives=process,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()
