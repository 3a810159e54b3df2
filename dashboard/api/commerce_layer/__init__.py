"""The Commerce Layer dialect: `/api/exports`, spoken by @commercelayer/sdk, its CLI and its dashboard's exports app.

The contract is JSON:API with Commerce Layer's additions: sparse fieldsets and `include` on every answer, Ransack
predicates as filters, attributes `_interrupt` and `_start` as triggers. The file is a gzip file, and in CSV the related
records of a record stand together in one cell (`merge`), so that there is one line for each record: the real CLI counts
lines against `records_count`. What is in here:

- paths: the routes
- words: the dialect's names for statuses, formats, events, attributes
- query: `fields`, `include`, `page`, `sort`; finding: `filter[q]` of the list
- bodies: what clients may send, checked; creating: from that to a plan, with filters for its rows
- presenting: an export as the dialect shows it; related: its events and changes; paging: lists and their links
- errors: every refusal, in the dialect's shape
- schema: all of it for OpenAPI, with the models of answers and queries
"""

from __future__ import annotations

from dashboard.api.commerce_layer.errors import error_response, handles
from dashboard.api.commerce_layer.paths import BLUEPRINT

__all__ = ["BLUEPRINT", "error_response", "handles"]
