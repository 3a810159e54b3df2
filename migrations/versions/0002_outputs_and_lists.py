"""Several outputs, packaging, renamed and dry columns, lists beside the data, exports of another one's rows."""

import sqlalchemy as sa
from alembic import op

from dashboard.database import Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NONE = sa.text("'{}'")


def upgrade() -> None:
    with op.batch_alter_table("exports") as exports:
        exports.add_column(sa.Column("renames", Json, nullable=False, server_default=NONE))
        exports.add_column(sa.Column("dry_data", sa.Boolean(), nullable=False, server_default=sa.false()))
        exports.add_column(sa.Column("rows_of_id", sa.Integer(), nullable=True))
        exports.add_column(sa.Column("snapshot_at", Moment(), nullable=True))
    with op.batch_alter_table("export_parts") as parts:
        parts.add_column(sa.Column("failed", sa.Integer(), nullable=False, server_default="0"))
        parts.add_column(sa.Column("errors", Json, nullable=True))
        parts.add_column(sa.Column("widths", Json, nullable=False, server_default=NONE))
    with op.batch_alter_table("export_files") as files:
        files.add_column(sa.Column("output", sa.Integer(), nullable=False, server_default="0"))
        files.add_column(sa.Column("packaging", sa.String(length=10), nullable=False, server_default="none"))
        files.add_column(sa.Column("kept_out", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("export_files") as files:
        for name in ("kept_out", "packaging", "output"):
            files.drop_column(name)
    with op.batch_alter_table("export_parts") as parts:
        for name in ("widths", "errors", "failed"):
            parts.drop_column(name)
    with op.batch_alter_table("exports") as exports:
        for name in ("snapshot_at", "rows_of_id", "dry_data", "renames"):
            exports.drop_column(name)
