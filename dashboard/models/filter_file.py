"""The ids of an export's filter file, apart from the export: there may be 100,000, and only a worker needs them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.database import Base, Json


class FilterFile(Base):
    """Written with its export and never changed. The file's name is `Export.filter_file`; the file is not kept."""

    __tablename__ = "filter_files"

    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(String(255))  # path of the key that the ids are of
    count: Mapped[int]
    ids: Mapped[list[int | str]] = mapped_column(Json, deferred=True)
