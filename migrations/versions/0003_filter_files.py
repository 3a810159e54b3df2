"""The ids of filter files in a table of their own; those of earlier exports stay among their conditions."""

import sqlalchemy as sa
from alembic import op

from dashboard.database import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filter_files",
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ids", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=op.f("fk_filter_files_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_filter_files")),
    )


def downgrade() -> None:
    op.drop_table("filter_files")
