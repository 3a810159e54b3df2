"""What the four APIs keep of an export, schedules of exports, soft deletion; abilities of tokens."""

import secrets

import sqlalchemy as sa
from alembic import op

from dashboard.database import Json, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EMPTY, LIST = sa.text("'{}'"), sa.text("'[]'")
ALL = sa.text("""'["read", "create", "download", "cancel"]'""")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ROUND = 5000

# A new table, as batch mode would make for a constraint, empties on SQLite the tables that point to it. So both ids
# begin with a default, and are unique by an index.
COLUMNS = (
    sa.Column("dialect", sa.String(length=20), nullable=True),
    sa.Column("as_asked", Json, nullable=True),
    sa.Column("public_id", sa.String(length=50), nullable=False, server_default=""),
    sa.Column("letters", sa.String(length=10), nullable=False, server_default=""),
    sa.Column("reference", sa.String(length=255), nullable=True),
    sa.Column("reference_origin", sa.String(length=255), nullable=True),
    sa.Column("client_metadata", Json, nullable=False, server_default=EMPTY),
    sa.Column("row_limit", sa.BigInteger(), nullable=True),
    sa.Column("notify", Json, nullable=False, server_default=LIST),
    sa.Column("scheduled_at", Moment(), nullable=True),
    sa.Column("recurrence", Json, nullable=True),
    sa.Column("keep_seconds", sa.Integer(), nullable=True),
    sa.Column("deleted_at", Moment(), nullable=True),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("exports", column._copy())
    _name_exports(op.get_bind())
    op.create_index("uq_exports_public_id", "exports", ["public_id"], unique=True)
    op.create_index("uq_exports_letters", "exports", ["letters"], unique=True)
    op.add_column("api_tokens", sa.Column("last_used_address", sa.String(length=64), nullable=True))
    op.add_column("api_tokens", sa.Column("abilities", Json, nullable=False, server_default=ALL))


def _name_exports(connection) -> None:
    exports = sa.table("exports", *(sa.column(name) for name in ("id", "public_id", "letters")))
    naming = exports.update().where(exports.c.id == sa.bindparam("one"))
    naming = naming.values(public_id=sa.bindparam("new_id"), letters=sa.bindparam("new_letters"))
    last = 0
    while True:
        found = sa.select(exports.c.id).where(exports.c.id > last).order_by(exports.c.id).limit(ROUND)
        ids = connection.scalars(found).all()
        if not ids:
            return
        named = [{"one": one, "new_id": _public_id(), "new_letters": _chosen(LETTERS, 10)} for one in ids]
        connection.execute(naming, named)
        last = ids[-1]


def _public_id() -> str:
    return f"exp_{secrets.choice(CROCKFORD[:8])}{_chosen(CROCKFORD, 25)}"


def _chosen(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def downgrade() -> None:
    op.drop_index("uq_exports_letters", "exports")
    op.drop_index("uq_exports_public_id", "exports")
    for name in ("abilities", "last_used_address"):
        op.drop_column("api_tokens", name)
    for column in reversed(COLUMNS):
        op.drop_column("exports", column.name)
