"""The Omnitron dialect: `/api/v1/exports/`, spoken by omnisdk and by the scripts of our own pages.

The contract is a Django REST framework service: every path ends in a slash, lists are bare arrays, errors are
`{"detail": …}` or lists of sentences by field. What is in here:

- paths: the routes
- words: the dialect's names for statuses and formats
- listing: the query of the list, and its paging
- bodies: what clients may send; creating: from that to a plan, with request_path and filter_file for its rows
- presenting: an export as the dialect shows it
- errors: every refusal, in the dialect's shape
"""

from __future__ import annotations

from dashboard.api.omnitron.errors import error_response, handles
from dashboard.api.omnitron.paths import BLUEPRINT

__all__ = ["BLUEPRINT", "error_response", "handles"]
