"""The Rebilly dialect: `/data-exports` and its `/files`, spoken by Rebilly's JavaScript and PHP clients.

The same paths are served under `/experimental`, where those clients look for exports, and under
`/organizations/{org}`. Lists are bare arrays with `Pagination-*` headers, errors are problem documents (RFC 9457).
What is in here:

- paths: the routes
- words: the dialect's names for statuses, formats, resources; names: those for fields
- listing: the query of the list; filters: its filter language, which bodies use too
- bodies: what clients may send; creating: from that to a plan
- presenting: an export, its file and its owner as the dialect shows them
- errors: every refusal, in the dialect's shape
- schema: what OpenAPI says of all this, with the models of answers and queries
"""

from __future__ import annotations

from dashboard.api.rebilly.errors import error_response, handles
from dashboard.api.rebilly.paths import BLUEPRINT

__all__ = ["BLUEPRINT", "error_response", "handles"]
