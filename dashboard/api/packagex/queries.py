"""What may follow a `?` in this dialect, checked against a model; parameters that it does not name are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from werkzeug.datastructures import MultiDict

from dashboard import search
from dashboard.api.body import is_clean
from dashboard.api.packagex.bodies import validated
from dashboard.api.packagex.words import (
    ALIASES,
    DIALECT,
    DIRECTIONS,
    KEPT_SECONDS,
    RESOURCES,
    SORT_KEYS,
    STATUSES,
    resource_of,
    statuses_of,
)
from dashboard.criteria import All, Comparison, Not

DEFAULT_LIMIT, LARGEST_LIMIT = 10, 100
LARGEST_PAGE = 2**31 - 1
_KNOWN_STATUSES = "|".join(STATUSES)


def _whole(largest: int) -> BeforeValidator:
    def read(text: Any) -> Any:
        if isinstance(text, str):
            digits = text.isascii() and text.isdigit() and len(text) <= 10
            if not digits or not 1 <= int(text) <= largest:
                raise ValueError(f"must be a whole number from 1 to {largest}")
            return int(text)
        return text

    return BeforeValidator(read)


def _clean(text: str) -> str:
    if not is_clean(text):
        raise ValueError("must be text without NUL")
    return text


def _statuses(text: str) -> str:
    for word in text.split(","):
        if word not in STATUSES:
            raise ValueError(f"must be a comma list of {', '.join(STATUSES)}")
    return text


class ListQuery(BaseModel):
    page: Annotated[int, Field(ge=1, le=LARGEST_PAGE), _whole(LARGEST_PAGE)] = 1
    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT), _whole(LARGEST_LIMIT)] = DEFAULT_LIMIT
    order_by: Literal[tuple(SORT_KEYS)] = "created_at"  # type: ignore[valid-type]
    direction: Literal[DIRECTIONS] = "asc"  # type: ignore[valid-type]
    resource: Literal[(*RESOURCES, *ALIASES)] | None = None  # type: ignore[valid-type]
    statuses: (
        Annotated[
            str,
            AfterValidator(_statuses),
            Field(
                description=f"Comma list: {', '.join(STATUSES)}.",
                json_schema_extra={"pattern": f"^({_KNOWN_STATUSES})(,({_KNOWN_STATUSES}))*$"},
                examples=["queued,processing"],
            ),
        ]
        | None
    ) = None
    search: Annotated[
        str, Field(max_length=255, description="Part of the name, any case."), AfterValidator(_clean)
    ] = ""


_Flag = Literal["true", "false"]


class Including(BaseModel):
    include_csv: Annotated[_Flag, Field(description="Links to the CSV file and to its lists.")] = "false"
    include_json: Annotated[_Flag, Field(description="A link to the JSON file.")] = "false"


@dataclass(frozen=True, slots=True)
class Listing:
    filters: search.Filters
    sort: tuple[str, ...]
    page: int
    limit: int


def read_listing(query: MultiDict[str, str]) -> Listing:
    """The query of the list in our words. Raises Refusal."""
    wanted = _read(ListQuery, query)
    sign = "-" if wanted.direction == "desc" else ""
    keys = dict.fromkeys((SORT_KEYS[wanted.order_by], "created_at"))
    filters = search.Filters(
        name_contains=wanted.search,
        statuses=[ours for word in (wanted.statuses or "").split(",") for ours in statuses_of(word)],
        resources=[resource_of(wanted.resource)] if wanted.resource else [],
        expired=False,
        where=_still_kept(datetime.now(UTC)),
    )
    return Listing(filters, tuple(f"{sign}{key}" for key in keys), wanted.page, wanted.limit)


def read_including(query: MultiDict[str, str]) -> tuple[bool, bool]:
    """Whether links to the CSV and to the JSON file are asked for. Raises Refusal."""
    wanted = _read(Including, query)
    return wanted.include_csv == "true", wanted.include_json == "true"


def _read(model: Any, query: MultiDict[str, str]) -> Any:
    """A list may be repeated; of another parameter the last value counts."""
    given = {name: query.getlist(name) for name in model.model_fields if name in query}
    return validated(
        model,
        {name: ",".join(values) if name == "statuses" else values[-1] for name, values in given.items()},
    )


def _still_kept(now: datetime) -> All:
    """What the platform has deleted after its day, whether or not our clock has been round."""
    over = Comparison("ended_at", "lte", now - timedelta(seconds=KEPT_SECONDS))
    return All(
        (
            Not(Comparison("expires_at", "lte", now)),
            Not(All((Comparison("dialect", "eq", DIALECT), over))),
        )
    )
