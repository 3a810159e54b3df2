"""Counts of each stretch of a sort key and of the numbers of exports: where deep pages begin."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SAME = ("status", "resource", "format", "action_name")
KIND = ", ".join((*SAME, "expired", "number"))
MONTH = {
    "sqlite": "substr({}, 1, 7)",
    "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')",
}
NUMBER = {
    "sqlite": "printf('%07d', {} / 16384)",
    "postgresql": "lpad(CAST({} / 16384 AS text), 7, '0')",
}
DIGITS = {
    "sqlite": "printf('%02d-%s', length({0}), substr({0}, 1, 2))",
    "postgresql": "lpad(length(CAST({0} AS text))::text, 2, '0') || '-' || left(CAST({0} AS text), 2)",
}
COLUMNS = (
    "letters, total_count, collected_count, started_at, ended_at, status, reference, reference_origin, deleted_at"
)
HOME = "SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'"
KEPT_TRIGRAMS = """CREATE INDEX ix_exports_kept_trigrams ON exports
USING gin (name "{0}".gin_trgm_ops) WHERE deleted_at IS NULL AND expired_at IS NULL"""


def month_rows(database, record, number, numbered):
    """What an export adds to the table of months, before this migration or (`numbered`) after it."""
    months = {name: MONTH[database].format(f"{record}.{name}") for name in ("created_at", "updated_at")}
    if numbered:
        months["id"] = NUMBER[database].format(f"{record}.id")
    kind = ", ".join(f"{record}.{name}" for name in SAME)
    return " ".join(
        f"INSERT INTO export_months (moment, month, {KIND}) SELECT '{name}', {month}, {kind}, "
        f"{record}.expired_at IS NOT NULL, {number} WHERE {record}.deleted_at IS NULL;"
        for name, month in months.items()
    )


def month_triggers(database, numbered):
    new, old = month_rows(database, "NEW", 1, numbered), month_rows(database, "OLD", -1, numbered)
    if database == "postgresql":
        return (
            "CREATE OR REPLACE FUNCTION export_months_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END $$",
        )
    pairs = [(f"NEW.{name}", f"OLD.{name}") for name in SAME]
    pairs += [(f"(NEW.{name} IS NULL)", f"(OLD.{name} IS NULL)") for name in ("expired_at", "deleted_at")]
    month = MONTH[database]
    pairs += [(month.format(f"NEW.{name}"), month.format(f"OLD.{name}")) for name in ("created_at", "updated_at")]
    changed = " OR ".join(f"{one} IS NOT {other}" for one, other in pairs)
    return (
        *(f"DROP TRIGGER export_months_{moment}" for moment in ("insert", "delete", "update")),
        f"CREATE TRIGGER export_months_insert AFTER INSERT ON exports BEGIN {new} END",
        f"CREATE TRIGGER export_months_delete AFTER DELETE ON exports BEGIN {old} END",
        f"CREATE TRIGGER export_months_update AFTER UPDATE ON exports WHEN {changed} BEGIN {old} {new} END",
    )


def stretches(database, record):
    missing = f"'missing ' || {NUMBER[database].format(f'{record}.id')}"
    month, digits = MONTH[database], DIGITS[database]
    ended = month.format(f"{record}.ended_at")
    return {
        "letters": f"substr({record}.letters, 1, 1)",
        "total": digits.format(f"coalesce({record}.total_count, 0)"),
        "collected": digits.format(f"{record}.collected_count"),
        "started": f"coalesce({month.format(f'{record}.started_at')}, {missing})",
        "completed": f"CASE WHEN {record}.status = 'completed' THEN coalesce({ended}, {missing}) END",
        "reference": f"CASE WHEN {record}.reference IS NULL THEN {missing} ELSE '' END",
        "origin": f"CASE WHEN {record}.reference_origin IS NULL THEN {missing} ELSE '' END",
    }


def added(database, record, number):
    rows = " UNION ALL ".join(
        f"SELECT '{key}' AS key, {one} AS stretch" for key, one in stretches(database, record).items()
    )
    return (
        f"INSERT INTO export_stretches (key, stretch, number) SELECT key, stretch, {number} FROM ({rows}) AS rows "
        f"WHERE stretch IS NOT NULL AND {record}.deleted_at IS NULL;"
    )


def moved(database):
    old, new = stretches(database, "OLD"), stretches(database, "NEW")
    there = "CASE WHEN {0}.deleted_at IS NULL THEN {1} END"
    rows = " UNION ALL ".join(
        f"SELECT '{key}' AS key, {there.format('OLD', old[key])} AS was, {there.format('NEW', new[key])} AS is_now"
        for key in old
    )
    differs = "IS NOT" if database == "sqlite" else "IS DISTINCT FROM"
    return " ".join(
        f"INSERT INTO export_stretches (key, stretch, number) SELECT key, {one}, {number} FROM ({rows}) AS rows "
        f"WHERE {one} IS NOT NULL AND was {differs} is_now;"
        for one, number in (("was", -1), ("is_now", 1))
    )


def stretch_triggers(database):
    new, old, both = added(database, "NEW", 1), added(database, "OLD", -1), moved(database)
    if database == "sqlite":
        return (
            f"CREATE TRIGGER export_stretches_insert AFTER INSERT ON exports BEGIN {new} END",
            f"CREATE TRIGGER export_stretches_delete AFTER DELETE ON exports BEGIN {old} END",
            f"CREATE TRIGGER export_stretches_update AFTER UPDATE OF {COLUMNS} ON exports BEGIN {both} END",
        )
    run = "FOR EACH ROW EXECUTE FUNCTION export_stretches_add()"
    return (
        "CREATE FUNCTION export_stretches_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN {new} ELSIF TG_OP = 'DELETE' THEN {old} ELSE {both} END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER export_stretches_insert AFTER INSERT OR DELETE ON exports {run}",
        f"CREATE TRIGGER export_stretches_update AFTER UPDATE OF {COLUMNS} ON exports {run}",
    )


def counted(database):
    """What the triggers would have written of the exports that there are."""
    number, kind = NUMBER[database].format("id"), ", ".join((*SAME, "expired_at IS NOT NULL"))
    yield (
        f"INSERT INTO export_months (moment, month, {KIND}) SELECT 'id', {number}, {kind}, count(*) FROM exports "
        f"WHERE deleted_at IS NULL GROUP BY {number}, {kind}"
    )
    for key, one in stretches(database, "exports").items():
        yield (
            f"INSERT INTO export_stretches (key, stretch, number) SELECT '{key}', stretch, count(*) "
            f"FROM (SELECT {one} AS stretch FROM exports WHERE deleted_at IS NULL) AS rows "
            "WHERE stretch IS NOT NULL GROUP BY stretch"
        )


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    if kind == "postgresql":
        op.execute('ALTER TABLE exports ALTER COLUMN letters TYPE VARCHAR(10) COLLATE "C"')
        if op.get_bind().scalar(sa.text("SELECT to_regclass('ix_exports_trigrams')")):
            op.execute(KEPT_TRIGRAMS.format(op.get_bind().scalar(sa.text(HOME))))
    op.create_table(
        "export_stretches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("stretch", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_stretches")),
    )
    op.execute("CREATE INDEX ix_exports_deleted ON exports (id) WHERE deleted_at IS NOT NULL")
    for statement in (*month_triggers(kind, True), *stretch_triggers(kind), *counted(kind)):
        op.execute(statement)


def downgrade() -> None:
    kind = op.get_bind().dialect.name
    for moment in ("insert", "update", "delete"):
        on = " ON exports" if kind != "sqlite" else ""
        op.execute(f"DROP TRIGGER IF EXISTS export_stretches_{moment}{on}")
    if kind == "postgresql":
        op.execute("DROP FUNCTION export_stretches_add()")
        op.execute("DROP INDEX IF EXISTS ix_exports_kept_trigrams")
        op.execute('ALTER TABLE exports ALTER COLUMN letters TYPE VARCHAR(10) COLLATE "default"')
    op.drop_table("export_stretches")
    op.drop_index("ix_exports_deleted", "exports")
    for statement in month_triggers(kind, False):
        op.execute(statement)
    op.execute("DELETE FROM export_months WHERE moment = 'id'")
