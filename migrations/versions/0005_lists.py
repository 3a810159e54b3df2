"""Lists of a million exports: an index for each sort key, kept counts, names by their trigrams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EARLIER = {
    "created": "created_at, id",
    "owner": "requested_by_id, created_at, id",
    "status": "status, created_at, id",
}
BESIDE = "id, requested_by_id, status, resource, format, deleted_at"
SORTED = {
    "created": f"created_at, {BESIDE}, expired_at, action_name, updated_at",
    "updated": f"updated_at, {BESIDE}, action_name, created_at",
    "started": f"started_at, {BESIDE}",
    "name": f"lower(name), {BESIDE}, name",
    "collected": f"collected_count, {BESIDE}",
    "total": f"coalesce(total_count, 0), {BESIDE}, total_count",
    "size": f"coalesce(result_size, 0), {BESIDE}, result_size",
    "page": f"page, {BESIDE}",
    "letters": f"letters, {BESIDE}",
    "reference": f"reference, {BESIDE}",
    "origin": f"reference_origin, {BESIDE}",
    "action": f"action_name, {BESIDE}",
    "number": f"{BESIDE}, expired_at",
    "scheduled": "coalesce(scheduled_at, created_at), id",
}
OTHERS = {
    "dialect": f"(dialect, ended_at, {BESIDE}, expired_at) WHERE deleted_at IS NULL",
    "errors": f"(created_at, {BESIDE}) WHERE deleted_at IS NULL AND error_message IS NOT NULL",
    "failures": f"(created_at, {BESIDE}) WHERE deleted_at IS NULL AND fail_count > 0",
    "ended": "(status, ended_at, id, requested_by_id, resource, format, deleted_at) WHERE deleted_at IS NULL",
    "status": "(status, id, requested_by_id, resource, format, deleted_at)",
    "owner": "(requested_by_id, created_at, id, status, resource, format, deleted_at)",
    "queue": "(created_at, id) WHERE status IN ('pending', 'queued')",
    "to_expire": "(expires_at) WHERE expired_at IS NULL",
    "to_clean": "(ended_at) WHERE cleaned_at IS NULL",
}

SAME = ("status", "resource", "format", "action_name")
KIND = ", ".join((*SAME, "expired", "number"))
MONTH = {
    "sqlite": "substr({}, 1, 7)",
    "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')",
}


def insert(table, columns, values, record, number):
    kind = ", ".join(f"{record}.{name}" for name in SAME)
    return (
        f"INSERT INTO {table} ({columns}, {KIND}) SELECT {values}, {kind}, {record}.expired_at IS NOT NULL, {number} "
        f"WHERE {record}.deleted_at IS NULL;"
    )


def added(table, database, record, number):
    if table == "export_tallies":
        return insert(table, "requested_by_id", f"{record}.requested_by_id", record, number)
    months = {name: MONTH[database].format(f"{record}.{name}") for name in ("created_at", "updated_at")}
    return " ".join(
        insert(table, "moment, month", f"'{name}', {month}", record, number) for name, month in months.items()
    )


def changed(table, database):
    differs = "IS NOT" if database == "sqlite" else "IS DISTINCT FROM"
    pairs = [(f"NEW.{name}", f"OLD.{name}") for name in SAME]
    pairs += [(f"(NEW.{name} IS NULL)", f"(OLD.{name} IS NULL)") for name in ("expired_at", "deleted_at")]
    if table == "export_tallies":
        pairs.append(("NEW.requested_by_id", "OLD.requested_by_id"))
    else:
        month = MONTH[database]
        pairs += [(month.format(f"NEW.{name}"), month.format(f"OLD.{name}")) for name in ("created_at", "updated_at")]
    return " OR ".join(f"{new} {differs} {old}" for new, old in pairs)


def triggers(table, database):
    new, old = added(table, database, "NEW", 1), added(table, database, "OLD", -1)
    when, run = changed(table, database), f"EXECUTE FUNCTION {table}_add()"
    if database == "sqlite":
        return (
            f"CREATE TRIGGER {table}_insert AFTER INSERT ON exports BEGIN {new} END",
            f"CREATE TRIGGER {table}_delete AFTER DELETE ON exports BEGIN {old} END",
            f"CREATE TRIGGER {table}_update AFTER UPDATE ON exports WHEN {when} BEGIN {old} {new} END",
        )
    return (
        f"CREATE FUNCTION {table}_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {table}_insert AFTER INSERT OR DELETE ON exports FOR EACH ROW {run}",
        f"CREATE TRIGGER {table}_update AFTER UPDATE ON exports FOR EACH ROW WHEN ({when}) {run}",
    )


def counted(database):
    """What the triggers would have written of the exports that there are."""
    kind = ", ".join((*SAME, "expired_at IS NOT NULL"))
    groups = [("export_tallies", "requested_by_id", "requested_by_id", "requested_by_id")]
    for name in ("created_at", "updated_at"):
        month = MONTH[database].format(name)
        groups.append(("export_months", "moment, month", f"'{name}', {month}", month))
    for table, columns, values, grouped in groups:
        yield (
            f"INSERT INTO {table} ({columns}, {KIND}) SELECT {values}, {kind}, count(*) FROM exports "
            f"WHERE deleted_at IS NULL GROUP BY {grouped}, {kind}"
        )


ADD = """INSERT INTO export_names (rowid, name, public_id)
SELECT NEW.id, NEW.name, NEW.public_id WHERE NEW.deleted_at IS NULL;"""
REMOVE = """INSERT INTO export_names (export_names, rowid, name, public_id)
SELECT 'delete', OLD.id, OLD.name, OLD.public_id WHERE OLD.deleted_at IS NULL;"""
NAMES = (
    "CREATE VIRTUAL TABLE export_names USING fts5(name, public_id, content='exports', content_rowid='id', "
    "columnsize=0, tokenize='trigram')",
    f"CREATE TRIGGER export_names_insert AFTER INSERT ON exports BEGIN {ADD} END",
    f"CREATE TRIGGER export_names_delete AFTER DELETE ON exports BEGIN {REMOVE} END",
    "CREATE TRIGGER export_names_update AFTER UPDATE OF name, public_id, deleted_at ON exports "
    f"WHEN NEW.name <> OLD.name OR NEW.public_id <> OLD.public_id OR "
    f"(NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL) BEGIN {REMOVE} {ADD} END",
    "INSERT INTO export_names (rowid, name, public_id) SELECT id, name, public_id FROM exports "
    "WHERE deleted_at IS NULL",
)
METADATA = {
    "sqlite": "CREATE INDEX ix_exports_metadata ON exports (id, client_metadata, deleted_at, requested_by_id) "
    "WHERE deleted_at IS NULL AND client_metadata <> '{}'",
    "postgresql": "CREATE INDEX ix_exports_metadata ON exports USING gin (client_metadata jsonb_path_ops)",
}
ASKED = {
    "sqlite": "CREATE INDEX ix_exports_asked ON exports (json_extract(as_asked, '$.format'))",
    "postgresql": "CREATE INDEX ix_exports_asked ON exports ((as_asked ->> 'format'))",
}
HOME = "SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'"
TRIGRAMS = """CREATE INDEX ix_exports_trigrams ON exports
USING gin (name "{0}".gin_trgm_ops, public_id "{0}".gin_trgm_ops) WHERE deleted_at IS NULL"""


def upgrade() -> None:
    for name in EARLIER:
        op.drop_index(f"ix_exports_{name}", "exports")
    for name, columns in SORTED.items():
        op.execute(f"CREATE INDEX ix_exports_{name} ON exports ({columns}) WHERE deleted_at IS NULL")
    for name, definition in OTHERS.items():
        op.execute(f"CREATE INDEX ix_exports_{name} ON exports {definition}")
    op.create_index("ix_export_events_kind", "export_events", ["kind", "export_id"])
    op.create_index("ix_export_events_at", "export_events", ["at", "export_id"])
    _make_tables()
    kind = op.get_bind().dialect.name
    for statement in (*triggers("export_tallies", kind), *triggers("export_months", kind), *counted(kind)):
        op.execute(statement)
    op.execute(METADATA[kind])
    op.execute(ASKED[kind])
    _make_names(op.get_bind())


def _make_tables() -> None:
    own = {
        "export_tallies": [sa.Column("requested_by_id", sa.Integer(), nullable=False)],
        "export_months": [
            sa.Column("moment", sa.String(length=10), nullable=False),
            sa.Column("month", sa.String(length=7), nullable=False),
        ],
    }
    for table, columns in own.items():
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            *columns,
            sa.Column("status", sa.String(length=20), nullable=False),
            sa.Column("resource", sa.String(length=100), nullable=False),
            sa.Column("format", sa.String(length=20), nullable=False),
            sa.Column("action_name", sa.String(length=255), nullable=True),
            sa.Column("expired", sa.Boolean(), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )


def _make_names(connection) -> None:
    """Whatever this database can have to look names and ids up."""
    if connection.dialect.name == "sqlite":
        options = set(connection.scalars(sa.text("PRAGMA compile_options")))
        if "ENABLE_FTS5" in options and connection.dialect.server_version_info >= (3, 34):
            for statement in NAMES:
                op.execute(statement)
        return
    op.execute("CREATE INDEX ix_exports_beginning ON exports (uuid varchar_pattern_ops)")
    try:
        with connection.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute(TRIGRAMS.format(connection.scalar(sa.text(HOME))))
    except DBAPIError:
        pass  # the extension is not installed, or may not be


def downgrade() -> None:
    kind = op.get_bind().dialect.name
    for moment in ("insert", "update", "delete"):
        for what in ("tallies", "months", "names"):
            op.execute(f"DROP TRIGGER IF EXISTS export_{what}_{moment}{' ON exports' if kind != 'sqlite' else ''}")
    if kind == "sqlite":
        op.execute("DROP TABLE IF EXISTS export_names")
    else:
        for what in ("tallies", "months"):
            op.execute(f"DROP FUNCTION export_{what}_add()")
        op.execute("DROP INDEX IF EXISTS ix_exports_trigrams")
        op.execute("DROP INDEX ix_exports_beginning")
    op.execute("DROP INDEX ix_exports_metadata")
    op.execute("DROP INDEX ix_exports_asked")
    op.drop_table("export_tallies")
    op.drop_table("export_months")
    for name in ("kind", "at"):
        op.drop_index(f"ix_export_events_{name}", "export_events")
    for name in (*SORTED, *OTHERS):
        op.drop_index(f"ix_exports_{name}", "exports")
    for name, columns in EARLIER.items():
        op.create_index(f"ix_exports_{name}", "exports", columns.split(", "))
