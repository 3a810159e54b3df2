"""Models of the paths, queries, headers and forms of this dialect, for `schema`.

`listing` reads the query; its FILTERS name every filter that the model has.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from dashboard.api.omnitron.bodies import NewExport
from dashboard.api.omnitron.listing import DEFAULT_LIMIT, FILTERS, LARGEST_LIMIT, LARGEST_PAGE
from dashboard.api.omnitron.words import FILTER_FORMATS, SORT_KEYS, STATUS, STATUS_ALIASES

_COMPARED = {"gt": "after", "gte": "at or after", "lt": "before", "lte": "at or before"}
_KEYS = "|".join(SORT_KEYS)
_Sort = Annotated[
    str,
    Field(
        description=f"Comma list; a minus in front is descending. Keys: {', '.join(SORT_KEYS)}.",
        pattern=f"^-?({_KEYS})(,-?({_KEYS}))*$",
        examples=["-created_date"],
    ),
]


def _words(*words: str) -> Any:
    return Literal[tuple(dict.fromkeys(words))]


def _filter(name: str) -> Any:
    """Type and default of a filter that is not a choice."""
    field, _, lookup = name.partition("__")
    if field not in ("created_date", "modified_date"):
        return (UUID if field == "requested_by" else str) | None, None
    is_day = lookup.startswith("date")
    order = _COMPARED.get(lookup.removeprefix("date__").removeprefix("date"), "on" if is_day else "at")
    sentence = f"{field.split('_')[0].capitalize()} {order} this {'day (UTC)' if is_day else 'moment'}."
    kind = {"format": "date"} if is_day else {"format": "date-time"}
    example = "2026-01-01" if is_day else "2026-01-01T00:00:00Z"
    described = Field(description=sentence, json_schema_extra=kind, examples=[example])
    return Annotated[str, described] | None, None


class _Chosen(BaseModel):
    status: (
        Annotated[
            _words(*STATUS.values(), *STATUS_ALIASES),
            Field(description="`pending` is `waiting`.", examples=["completed"]),
        ]
        | None
    ) = None
    format_type: Annotated[_words(*FILTER_FORMATS), Field(examples=["csv"])] | None = None
    sort: _Sort | None = None
    ordering: (
        Annotated[_Sort, Field(description="The same as `sort`, which counts if both are there.")] | None
    ) = None
    page: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 1
    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT


ListQuery = create_model(
    "ListQuery",
    __base__=_Chosen,
    **{name: _filter(name) for name in FILTERS if name not in _Chosen.model_fields},
)


class ExportId(BaseModel):
    id: Annotated[
        UUID | Annotated[int, Field(ge=1)], Field(description="The export's `id` or `pk`.", examples=[42])
    ]


class FileId(ExportId):
    file_id: Annotated[int, Field(description="The file's `pk`.", ge=1, examples=[7])]


class NewExportForm(NewExport):
    filter_file: Annotated[
        bytes | None,
        Field(
            description="CSV, TXT or XLSX: ids of rows, one a line. Only these rows are exported.",
            json_schema_extra={"format": "binary"},
        ),
    ] = None
