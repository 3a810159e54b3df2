"""The PackageX dialect: `/v1/exports`, spoken by what calls PackageX's REST API.

Every answer is one envelope, errors too; moments are epoch seconds; an export makes a CSV and a JSON file, which are
kept for 24 hours. What is in here:

- paths: the routes
- words: the dialect's names for resources, statuses and sort keys
- queries: what may follow a `?`; bodies: what clients may send
- creating: from that to a plan, with filters for its rows
- presenting: an export as the dialect shows it, with `elsewhere` for what was asked through another door
- errors: the envelope, and every refusal in it
- answers, schema, about: what OpenAPI says of all this
"""

from __future__ import annotations

from dashboard.api.packagex.errors import error_response, handles
from dashboard.api.packagex.paths import BLUEPRINT

__all__ = ["BLUEPRINT", "error_response", "handles"]
