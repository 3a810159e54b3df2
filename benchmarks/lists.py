"""What the benchmark asks of the four APIs: lists with every filter and sort that is documented, shallow pages and
deep ones, and single exports. `pages` asks it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from sqlalchemy import func, select

from dashboard.api import ids
from dashboard.api.commerce_layer.words import SORT_KEYS as COMMERCE_LAYER_SORTS
from dashboard.api.omnitron.words import SORT_KEYS as OMNITRON_SORTS
from dashboard.api.packagex.words import SORT_KEYS as PACKAGEX_SORTS
from dashboard.api.rebilly.conditions import SORTS as REBILLY_SORTS
from dashboard.database import db
from dashboard.models import Export, User

SINGLE = 12  # exports that are asked for by their id
Found = dict[str, tuple[dict[str, str], list[str]]]


def of_dialects(token: str) -> Found:
    """Headers and paths of each, for the records of `benchmarks.records`."""
    exports = db.session.scalar(select(func.count()).select_from(Export)) or 0
    step = max(1, exports // SINGLE)
    some = list(db.session.scalars(select(Export).where(Export.id % step == 1).limit(SINGLE)))
    person = db.session.get_one(User, 7)
    return {
        "omnitron": ({"Authorization": f"Token {token}"}, _omnitron(exports, person, some)),
        "packagex": ({"PX-API-KEY": token}, _packagex(exports, some)),
        "commerce_layer": ({"Authorization": f"Bearer {token}"}, _commerce_layer(exports, some)),
        "rebilly": ({"REB-APIKEY": token}, _rebilly(person, some)),
    }


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _listed(base: str, filters: list[str], sorts: list[str], pages: list[str]) -> list[str]:
    """Every filter by itself, every sort of every page, and pairs of filter and sort."""
    asked = ["", *filters, *(f"{sort}&{page}" for sort in sorts for page in pages), *pages]
    asked += [f"{one}&{sorts[number % len(sorts)]}" for number, one in enumerate(filters)]
    return [f"{base}?{one.strip('&')}" for one in asked]


def _both_ways(name: str, keys: object) -> list[str]:
    return [f"{name}={sign}{key}" for key in keys for sign in ("", "-")]  # type: ignore[attr-defined]


def _omnitron(exports: int, person: User, some: list[Export]) -> list[str]:
    base, last = "/api/v1/exports/", -(-exports // 100)
    filters = [
        "status=completed", "status=failed", "status=pending", "status=processing", "status=cancelled",
        "format_type=csv", "format_type=xls", f"created_date__gt={_ago(1000)}", f"created_date__lt={_ago(700)}",
        f"created_date__gte={_ago(7)}", f"created_date__date={_ago(300)[:10]}", f"modified_date__gt={_ago(300)}",
        f"modified_date__lte={_ago(30)}", "action_name=export_orders_tiny", f"requested_by={person.uuid}",
        f"status=completed&format_type=json&created_date__lt={_ago(100)}",
        f"status=failed&action_name=export_orders_small&requested_by={person.uuid}",
        "status=completed&page=3000", "format_type=csv&page=2000",
    ]  # fmt: skip
    pages = ["page=1", "page=50&limit=100", f"page={max(1, last // 2)}&limit=100", f"page={last}&limit=100"]
    found = _listed(base, filters, _both_ways("sort", OMNITRON_SORTS), pages)
    return [
        *found,
        *(f"{base}{export.uuid}/" for export in some),
        *(f"{base}{export.id}/" for export in some),
    ]


def _packagex(exports: int, some: list[Export]) -> list[str]:
    base = "/v1/exports"
    filters = [
        "statuses=completed", "statuses=failed,timed_out", "statuses=queued,processing", "resource=contact",
        "statuses=failed&page=300", "search=week+51", "search=nothing+has+this+name", "search=Orders+48812",
        "statuses=failed&search=week+7",
    ]  # fmt: skip
    sorts = [f"order_by={key}&direction={way}" for key in PACKAGEX_SORTS for way in ("asc", "desc")]
    pages = [
        "page=1",
        "page=20&limit=100",
        f"page={exports // 2000}&limit=100",
        f"page={exports // 1100}&limit=100",
    ]
    singles = [export for export in some if export.expired_at is None]
    return [
        *_listed(base, filters, sorts, pages),
        *(
            f"{base}/{ids.packagex(one.uuid)}?include_csv=true"
            for one in singles
            if one.dialect != "packagex"
        ),
    ]


def _commerce_layer(exports: int, some: list[Export]) -> list[str]:
    base, last = "/api/exports", -(-exports // 25)
    wanted = {
        "status_eq": "completed", "status_in": "pending,in_progress", "status_not_eq": "completed", "format_eq": "csv",
        "resource_type_eq": "orders_tiny", "resource_type_cont": "tiny", "created_at_gteq": _ago(1000),
        "created_at_lteq": _ago(700), "updated_at_gt": _ago(300), "started_at_gteq": _ago(30),
        "completed_at_gteq": _ago(100), "interrupted_at_not_null": "true", "records_count_gt": "99000",
        "attachment_url_present": "true", "reference_eq": "A-12000", "reference_start": "A-12",
        "reference_null": "true", "reference_origin_not_null": "true", "errors_log_not_null": "true",
        "errors_log_null": "true", "metadata_jcont": '{"batch":7}', "events_name_eq": "exports.fail",
        "id_eq": some[0].letters,
    }  # fmt: skip
    filters = [f"{quote(f'filter[q][{name}]')}={quote(value)}" for name, value in wanted.items()]
    filters.append(f"{filters[3]}&{filters[0]}&{filters[6]}")
    number, size = quote("page[number]"), quote("page[size]")
    pages = [f"{number}=1", *(f"{number}={page}&{size}=25" for page in (100, max(1, last // 2), last))]
    sorts = [*_both_ways("sort", COMMERCE_LAYER_SORTS), "sort=-created_at,id", "sort=reference,-completed_at"]
    return [*_listed(base, filters, sorts, pages), *(f"{base}/{export.letters}" for export in some)]


def _rebilly(person: User, some: list[Export]) -> list[str]:
    base = "/data-exports"
    wanted = [
        "status:completed", "status:failed", "status:pending,queued,processing", "status:!completed", "format:csv",
        "resource:orders_tiny", f"createdTime:{_ago(1000)}..", f"createdTime:..{_ago(700)}",
        f"updatedTime:{_ago(30)}..",
        "recordCount:99000..", f"scheduledTime:{_ago(10)}..", f"userId:usr_{person.id}", "fileId:null",
        "status:failed;format:json", "name:Orders 488123 of week 20", f"id:{some[0].public_id}",
    ]  # fmt: skip
    filters = [f"filter={quote(one)}" for one in wanted] + [
        "q=week+51",
        "q=nothing+has+this",
        "q=Orders+48812",
    ]
    sorts = [*_both_ways("sort", REBILLY_SORTS), "sort=-createdTime,name"]
    pages = ["offset=0", "offset=500", "offset=1000&limit=25", "limit=25"]
    return [*_listed(base, filters, sorts, pages), *(f"{base}/{export.public_id}" for export in some)]
