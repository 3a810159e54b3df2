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
        process_revision_directives=process,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()
