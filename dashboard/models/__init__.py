"""The records of the centre: people and exports. Verbs change them, doors read them."""

from dashboard.database import Base, now
from dashboard.models.export import ACTIVE, ENDED, STATUSES, WAITING, Event, Export, File, Part, status_order
from dashboard.models.filter_file import FilterFile
from dashboard.models.user import ApiToken, Audit, Lease, LoginDelay, Session, User, digest

__all__ = [
    "ACTIVE",
    "ENDED",
    "STATUSES",
    "WAITING",
    "ApiToken",
    "Audit",
    "Base",
    "Event",
    "Export",
    "File",
    "FilterFile",
    "Lease",
    "LoginDelay",
    "Part",
    "Session",
    "User",
    "digest",
    "now",
    "status_order",
]
