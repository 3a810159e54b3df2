"""From what a client asks for to a checked plan: the dialect's words become ours here, and its refusals theirs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from dashboard import criteria, languages, planning, recurrence, relative_dates
from dashboard.api.rebilly import columns, filters, names, words
from dashboard.api.rebilly.bodies import DataExportInput, DateRange, Recurring
from dashboard.api.rebilly.errors import LIMIT_EXCEEDED, Problem, not_valid
from dashboard.extensions import settings
from dashboard.formats import FORMATS
from dashboard.formats.packaging import MEMBER_ROWS
from dashboard.models import User
from dashboard.sources import Resource, SourceError

MOST_RECORDS = 10_000_000
# A client of this dialect gives up after 6 seconds.
COUNT_SECONDS = 2
# Where the dialect's date range looks, first that there is.
RANGE_FIELDS = {
    "invoices": ("issuedTime", "createdTime"),
    "invoiceItems": ("issuedTime", "createdTime"),
    "transactions": ("processedTime", "createdTime"),
}
# What the plan calls a part of the request, and what this dialect does.
THEIR_NAMES = {
    "resource": "resource",
    "fields": "fields",
    "renames": "fields",
    "where": "arguments.filter",
    "sort": "arguments.sort",
    "date_range": "dateRange.end",  # which is before the start: the rest was checked before
    "format": "format",
    "options": "format",
    "packaging": "format",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A data export, checked, with what the record keeps beside the plan."""

    plan: planning.Plan
    name: str
    scheduled: bool
    kept: dict[str, Any]


def read(user: User, body: DataExportInput) -> Asked:
    """Raises Problem."""
    reading = _Reading(user, body)
    plan = reading.plan()
    plan, total = _within_limits(plan)
    due = reading.due
    kept = {
        "dialect": words.NAME,
        "as_asked": reading.as_asked(),
        "notify": body.emailNotification or [],
        "total_count": total,
        "scheduled_at": due,
        "recurrence": reading.recurrence,
    }
    # One that comes again waits even when its time is now: whoever begins it makes the next one.
    return Asked(plan, body.name, due is not None, kept)


@dataclass(slots=True)
class _Reading:
    """One body on its way to a plan. What is wrong is collected by field, so that a client hears of all at once."""

    user: User
    body: DataExportInput
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    errors: dict[str, str] = field(default_factory=dict)
    due: datetime | None = None
    recurrence: dict[str, Any] | None = None
    range: dict[str, str] | None = None

    def plan(self) -> planning.Plan:
        """Raises Problem."""
        resource = self._resource()
        format, options = words.FORMATS[self.body.format]
        paths = columns.paths(self.user, resource, self.body, self.errors)
        where, sort = self._where(resource), self._sort(resource)
        self.range = self._range(resource, self.body.dateRange)
        self._recur(self.body.recurring)
        if self.errors:
            raise not_valid(422, self.errors)
        try:
            return planning.plan(
                self.user,
                resource.name,
                fields=paths,
                where=where,
                date_range=_in_our_words(resource, self.range),
                sort=sort,
                format=format,
                options=options,
                language=self.user.language if self.user.language in languages.LANGUAGES else "en",
                headings="names",
                renames=columns.headings(resource, paths, self.body),
            )
        except planning.Invalid as error:
            raise not_valid(422, _translated(error)) from None

    def as_asked(self) -> dict[str, Any]:
        arguments = self.body.arguments.model_dump(exclude_none=True) if self.body.arguments else {}
        return {
            "resource": words.ALIASES.get(self.body.resource, self.body.resource),
            "format": self.body.format,
            "arguments": arguments,
            "dateRange": self.range,
            "fields": self.body.fields or [],
        }

    def _resource(self) -> Resource:
        own = words.resource_of(self.body.resource)
        mine = {resource.name: resource for resource in planning.resources(self.user)}
        if own is None or own not in mine:
            known = [word for word in words.RESOURCES if words.resource_of(word) in mine]
            raise not_valid(422, {"resource": f"resource must be one of {', '.join(known) or 'none'}"})
        return mine[own]

    def _where(self, resource: Resource) -> criteria.Node | None:
        arguments = self.body.arguments
        node: criteria.Node | None = None
        if arguments and arguments.filter:
            try:
                parsed = filters.parse(arguments.filter, names.types(resource))
                node = names.renamed(parsed, names.filterable(resource)) if parsed else None
            except criteria.Invalid as error:
                sentence = f"{error.field}: {error.message}" if error.field else error.message
                self.errors["arguments.filter"] = sentence
        text = (arguments.q or "").strip() if arguments else ""
        return criteria.both(node, _containing(resource, text) if text else None)

    def _sort(self, resource: Resource) -> list[str]:
        found = []
        theirs = names.filterable(resource)
        text = (self.body.arguments.sort or "") if self.body.arguments else ""
        for part in filter(None, (one.strip() for one in text.split(","))):
            path = theirs.get(part.removeprefix("-").replace(names.SLASH, names.DOT))
            if path is None:
                self.errors["arguments.sort"] = f"There is no field {part[:100]} to sort by"
            else:
                found.append(f"-{path}" if part.startswith("-") else path)
        return found

    def _range(self, resource: Resource, given: DateRange | None) -> dict[str, str] | None:
        """As it is shown again: with the field that it is about."""
        if given is None:
            return None
        moments = [word for word, type in names.types(resource).items() if type in ("date", "datetime")]
        usual = RANGE_FIELDS.get(words.resource_word(resource.name), ("createdTime",))
        chosen = given.field or next((word for word in usual if word in moments), usual[-1])
        if chosen.replace(names.SLASH, names.DOT) not in moments:
            self.errors["dateRange.field"] = f"There is no date field {chosen[:100]}"
        for name, text in (("start", given.start), ("end", given.end)):
            try:
                relative_dates.resolve(text, self.now)
            except ValueError as error:
                self.errors[f"dateRange.{name}"] = str(error)
        return {"start": given.start, "end": given.end, "field": chosen}

    def _recur(self, given: Recurring | None) -> None:
        if given is None:
            return
        start = self._start(given.start)
        try:
            rule = recurrence.parse(given.instruction, start)
        except ValueError as error:
            self.errors["recurring.instruction"] = str(error)
            return
        # The past is not caught up with.
        begun = given.start is not None and start < self.now
        self.due = rule.next_after(self.now) if begun else rule.first()
        if self.due is None:
            self.errors["recurring.instruction"] = "This rule does not come again"
        self.recurrence = {"instruction": given.instruction, "start": start.isoformat()}

    def _start(self, text: str | None) -> datetime:
        now = self.now.replace(microsecond=0)
        try:
            found = datetime.fromisoformat(text) if text else now
        except ValueError:
            self.errors["recurring.start"] = "start must be a date and time such as 2026-01-05T09:00:00Z"
            return now
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _within_limits(plan: planning.Plan) -> tuple[planning.Plan, int | None]:
    """The plan, packed when it is for many records, and how many there are now, if that is quickly told."""
    try:
        total = planning.count(plan, COUNT_SECONDS)
    except SourceError:
        return plan, None  # the workers find out, and wait for a source that is away
    most = min(settings.max_rows, MOST_RECORDS)
    if total > most:
        sentence = f"There are {total:,} records; an export may have {most:,}."
        raise Problem(
            422, sentence, type=LIMIT_EXCEEDED, invalidFields=[], matchedRecords=total, maxRecords=most
        )
    format = FORMATS[plan.format]
    try:
        format.check(len(plan.query.columns), total)
    except ValueError as error:
        raise not_valid(422, {"format": str(error)}) from None
    if total > MEMBER_ROWS and format.is_text:
        plan = replace(plan, outputs=tuple(replace(one, packaging="zip") for one in plan.outputs))
    return plan, total


def _containing(resource: Resource, text: str) -> criteria.Node:
    texts = [one.name for one in resource.fields if one.type == "text"]
    return criteria.Any(tuple(criteria.Comparison(name, "icontains", text) for name in texts))


def _in_our_words(resource: Resource, shown: dict[str, str] | None) -> dict[str, str] | None:
    if shown is None:
        return None
    path = names.filterable(resource)[shown["field"].replace(names.SLASH, names.DOT)]
    return {"field": path, "preset": "relative", "start": shown["start"], "end": shown["end"]}


def _translated(error: planning.Invalid) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, sentence in error.errors.items():
        theirs = THEIR_NAMES.get(name.partition(".")[0], name)
        found[theirs] = f"{found[theirs]} {sentence}" if theirs in found else sentence
    return found
