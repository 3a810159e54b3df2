"""The preview beside the new-export form: how many rows it takes now, and the first of them as text."""

from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from zoneinfo import ZoneInfo

from dashboard import columns as staged
from dashboard import planning
from dashboard.formats import FORMATS
from dashboard.sources import SourceAway, SourceSlow
from dashboard.views import form_ids, form_plan, presenting

ROWS = 5
SECONDS = 5
COUNT_SECONDS = 3.5
LONGEST_TEXT = 60


@dataclass
class Preview:
    count: int | None = None
    columns: tuple = ()
    rows: list = field(default_factory=list)
    trouble: str = ""  # why there is less than a whole preview
    wrong: list = field(default_factory=list)  # what has to be put right first
    file_to_come: bool = False  # a filter file is chosen, which nobody has read yet

    @property
    def in_words(self):
        """What is announced, in one sentence."""
        if self.wrong:
            return f"No preview. {self.wrong[0]}"
        return self.trouble if self.count is None else f"{presenting.rows(self.count)} match"

    @property
    def personal(self):
        return [column.name for column in self.columns if column.personal]


def look(user, form):
    """Errors of the form, and the preview of what is right."""
    try:
        plan = form_plan.plan(user, form, form_ids.kept(user, form))
    except planning.Invalid as invalid:
        return invalid.errors, Preview(wrong=list(invalid.errors.values()))
    if not form.fields:
        sentence = "Choose at least one field"
        return {"fields": sentence}, Preview(wrong=[sentence])
    return {}, _ask(plan)


def _ask(plan):
    preview = Preview(columns=plan.query.columns)
    until = monotonic() + SECONDS
    try:
        preview.count = _or_slow(preview, planning.count, plan, COUNT_SECONDS)
        frame = _or_slow(preview, planning.preview, plan, ROWS, max(until - monotonic(), 0.5))
    except SourceAway:
        preview.trouble = (
            "The source does not answer at the moment. An export that you start now waits for it."
        )
        return preview
    if frame is not None:
        preview.rows = _texts(frame, plan)
    if preview.count is not None:
        _check_size(preview, plan)
    return preview


def _or_slow(preview, ask, *values):
    try:
        return ask(*values)
    except SourceSlow:
        preview.trouble = "The source is slow, start without preview"
        return None


def _check_size(preview, plan):
    try:
        FORMATS[plan.format].check(len(plan.query.columns), preview.count)
    except ValueError as error:
        preview.trouble = str(error)


def _texts(frame, plan):
    zone = ZoneInfo(plan.timezone)
    return [
        [_cell(row, column, zone) for column in plan.query.columns] for row in frame.iter_rows(named=True)
    ]


def _cell(row, column, zone):
    value = row[column.name]
    if value is None:
        # A value that does not fit its column's type stands beside it.
        value = row.get(staged.odd(column.name))
    return " ".join(presenting.shorten(_text(value, zone), LONGEST_TEXT).split())


def _text(value, zone):
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case list():
            return presenting.rows(len(value))
        case bytes():
            return presenting.in_bytes(len(value))
    return str(value)
