"""The records of the centre: people and exports. Verbs change them, doors read them."""

from dashboard.database import Base, now
from dashboard.models.export import ACTIVE, ENDED, STATUSES, WAITING, Event, Export, File, Part, status_order
from dashboard.models.filter_file import FilterFile
from dashboard.models.indexes import INDEXES
from dashboard.models.lookups import has_names
from dashboard.models.outbox import Letter
from dashboard.models.stretches import Stretch
from dashboard.models.tally import MonthTally, Tally
from dashboard.models.user import ABILITIES, ApiToken, Audit, Lease, LoginDelay, Session, User, digest

__all__ = [
    "ABILITIES",
    "ACTIVE",
    "ENDED",
    "INDEXES",
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
    "Letter",
    "LoginDelay",
    "MonthTally",
    "Part",
    "Session",
    "Stretch",
    "Tally",
    "User",
    "digest",
    "has_names",
    "now",
    "status_order",
]
