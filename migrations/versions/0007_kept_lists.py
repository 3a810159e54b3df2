"""Lists of what has not expired: indexes of these alone, and more in some of the others."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BESIDE = "id, requested_by_id, status, resource, format, deleted_at"
KEPT_BESIDE = f"{BESIDE}, expired_at, dialect, ended_at, expires_at, name"
THERE = "WHERE deleted_at IS NULL"
KEPT = f"{THERE} AND expired_at IS NULL"
ASKED = {"sqlite": "(json_extract(as_asked, '$.format'))", "postgresql": "((as_asked ->> 'format'))"}
SOME_METADATA = f"{THERE} AND client_metadata <> '{{}}'"

NEW = {
    "kept_created": f"(created_at, {KEPT_BESIDE}) {KEPT}",
    "kept_updated": f"(updated_at, created_at, {KEPT_BESIDE}) {KEPT}",
    "kept_total": f"(coalesce(total_count, 0), created_at, {KEPT_BESIDE}, total_count) {KEPT}",
    "kept_page": f"(page, created_at, {KEPT_BESIDE}) {KEPT}",
}
# Name -> how it was, and how it is from now on.
CHANGED = {
    "started": (f"(started_at, {BESIDE}) {THERE}", f"(started_at, {BESIDE}, updated_at, created_at) {THERE}"),
    "scheduled": (
        f"(coalesce(scheduled_at, created_at), id) {THERE}",
        f"(coalesce(scheduled_at, created_at), {BESIDE}, scheduled_at, created_at) {THERE}",
    ),
    **{
        name: (
            f"(created_at, {BESIDE}) {THERE} AND {few}",
            f"(created_at, {BESIDE}, expired_at) {THERE} AND {few}",
        )
        for name, few in {"errors": "error_message IS NOT NULL", "failures": "fail_count > 0"}.items()
    },
    "dialect": (
        f"(dialect, ended_at, {BESIDE}, expired_at) {THERE}",
        f"(dialect, ended_at, {BESIDE}, expired_at, expires_at) {KEPT}",
    ),
}
METADATA = (
    f"(id, client_metadata, deleted_at, requested_by_id) {SOME_METADATA}",
    f"(created_at, id, client_metadata, deleted_at, requested_by_id) {SOME_METADATA}",
)


def upgrade() -> None:
    _change(1)
    for name, definition in NEW.items():
        op.execute(f"CREATE INDEX ix_exports_{name} ON exports {definition}")


def downgrade() -> None:
    for name in NEW:
        op.drop_index(f"ix_exports_{name}", "exports")
    _change(0)


def _change(to: int) -> None:
    """Make the changed ones as they were (0) or are (1)."""
    kind = op.get_bind().dialect.name
    asked = (ASKED[kind], f"{ASKED[kind]} WHERE as_asked IS NOT NULL")
    metadata = {"metadata": METADATA} if kind == "sqlite" else {}
    for name, definitions in {**CHANGED, **metadata, "asked": asked}.items():
        op.execute(f"DROP INDEX ix_exports_{name}")
        op.execute(f"CREATE INDEX ix_exports_{name} ON exports {definitions[to]}")
