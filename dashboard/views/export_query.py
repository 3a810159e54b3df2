"""The query of the exports list: what its URL says, as filters for `search`, as chips, and as URLs again.

The URL is the whole state of the list. What it says and we do not know is dropped and named in `dropped`.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from dashboard import criteria, dateranges, search
from dashboard.views.presenting import STATES, STATUSES_OF
from dashboard.views.times import day, zone

SORTS = {
    "name": "name",
    "status": "status",
    "resource": "resource",
    "rows": "rows",
    "size": "size",
    "requester": "requester",
    "created": "created_at",
}
SORT_WORDS = {
    "-created": "newest first",
    "created": "oldest first",
    "name": "by name, A to Z",
    "-name": "by name, Z to A",
    "status": "by status, in progress first",
    "-status": "by status, ended first",
    "resource": "by resource, A to Z",
    "-resource": "by resource, Z to A",
    "-rows": "most rows first",
    "rows": "fewest rows first",
    "-size": "largest first",
    "size": "smallest first",
    "requester": "by requester, A to Z",
    "-requester": "by requester, Z to A",
}
SIZES = (10, 25, 50, 100)
CREATED_PRESETS = ("today", "last_7_days", "last_30_days", "this_month", "last_month")
IN_PROGRESS = ("waiting", "running", "preparing")


@dataclass(frozen=True)
class ExportQuery:
    q: str = ""
    states: tuple = ()
    resources: tuple = ()
    formats: tuple = ()
    requesters: tuple = ()  # user ids
    created: str = ""  # a preset, or "custom" with one or two days
    created_from: date | None = None
    created_to: date | None = None
    sort: str = "-created"
    page: int = 1
    per: int = 25
    default_per: int = 25
    dropped: tuple = field(default=(), compare=False)

    @property
    def is_filtered(self):
        return any((self.q, self.states, self.resources, self.formats, self.requesters, self.created))

    @property
    def filter_count(self):
        """How many facets are in use; the search text is not one."""
        return sum(map(bool, (self.states, self.resources, self.formats, self.requesters, self.created)))

    def same_filters(self, other):
        plain = {"sort": "-created", "page": 1, "per": 25, "default_per": 25}
        return replace(self, **plain) == replace(other, **plain)

    # As a URL

    def url(self, **changes):
        pairs = replace(self, **changes).pairs()
        return f"/exports?{urlencode(pairs)}" if pairs else "/exports"

    def link(self, sort=None, page=None, per=None):
        """For headings and pager: the same list, sorted or paged otherwise; without a page, the first."""
        return self.url(sort=sort or self.sort, page=page or 1, per=per or self.per)

    def pairs(self):
        """Names and values as they stand in the URL; what is as by default is left out."""
        pairs = [("q", self.q)] if self.q else []
        many = {
            "status": self.states,
            "resource": self.resources,
            "format": self.formats,
            "requester": self.requesters,
        }
        pairs += [(name, value) for name, values in many.items() for value in values]
        if self.created == "custom":
            days = {"created_from": self.created_from, "created_to": self.created_to}
            pairs += [(name, value.isoformat()) for name, value in days.items() if value]
        elif self.created:
            pairs.append(("created", self.created))
        if self.sort != "-created":
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", self.page))
        if self.per != self.default_per:
            pairs.append(("per", self.per))
        return pairs

    def cleared(self):
        """The list without any filter, sorted as it is."""
        return ExportQuery(sort=self.sort, per=self.per, default_per=self.default_per).url()

    # For search

    def filters(self, now=None):
        start, end = self.span(now)
        statuses, expired, where = self._statuses()
        return search.Filters(
            q=self.q,
            statuses=statuses,
            resources=self.resources,
            formats=self.formats,
            requesters=self.requesters,
            created_from=start,
            created_to=end,
            expired=expired,
            where=where,
        )

    def search_sort(self):
        key = SORTS[self.sort.lstrip("-")]
        return (f"-{key}" if self.sort.startswith("-") else key,)

    def span(self, now=None):
        """The moments between which exports were created; the second is not included."""
        if not self.created:
            return None, None
        here = zone()
        today = (now or datetime.now(UTC)).astimezone(here).date()
        first, last = dateranges.resolve(self.created, today, self.created_from, self.created_to)
        start = datetime.combine(first, time(), here) if first else None
        end = datetime.combine(last + timedelta(days=1), time(), here) if last else None
        return start, end

    def _statuses(self):
        """Statuses of the record, whether the file is gone, and a tree for what neither can say."""
        statuses = tuple(dict.fromkeys(status for state in self.states for status in STATUSES_OF[state]))
        if "completed" in self.states and "expired" in self.states:
            return statuses, None, None
        if "expired" not in self.states:
            return statuses, False if "completed" in self.states else None, None
        if self.states == ("expired",):
            return statuses, True, None
        others = tuple(status for status in statuses if status != "completed")
        completed = criteria.Comparison("status", "eq", "completed")
        gone = criteria.All((completed, criteria.Comparison("expired_at", "is_null", False)))
        return (), None, criteria.Any((criteria.Comparison("status", "in", others), gone))

    # In words

    def chips(self, resources, formats, people):
        """(text, URL without this filter), one a facet. The three maps give the names of the values."""
        chips = []
        for name, label, values, names in (
            ("states", "Status", self.states, STATES),
            ("resources", "Resource", self.resources, resources),
            ("formats", "Format", self.formats, formats),
            ("requesters", "Requester", self.requesters, people),
        ):
            if values:
                chips.append((f"{label}: {_listed(values, names)}", self.url(**{name: ()}, page=1)))
        if self.created:
            url = self.url(created="", created_from=None, created_to=None, page=1)
            chips.append((f"Created: {self.created_in_words()}", url))
        return chips

    def sort_in_words(self):
        return f"sorted {SORT_WORDS[self.sort]}" if "by" in SORT_WORDS[self.sort] else SORT_WORDS[self.sort]

    def miss_in_words(self):
        """What was looked for in vain."""
        named = f"is named “{self.q}”" if self.q else ""
        states = [STATES[state] for state in self.states]
        status = f"status {' or '.join(filter(None, [', '.join(states[:-1]), states[-1]]))}" if states else ""
        if self.resources or self.formats or self.requesters or self.created:
            named = named or "is found"
            status = f"{status} and the other filters" if status else "these filters"
        if named and status:
            return f"Nothing {named} with {status}."
        return f"Nothing {named}." if named else f"Nothing has {status}."

    def created_in_words(self):
        if self.created != "custom":
            return dateranges.PRESETS[self.created].lower()
        first, last = (_day(value) if value else "" for value in (self.created_from, self.created_to))
        if first and last:
            return first if first == last else f"{first} to {last}"
        return f"from {first}" if first else f"until {last}"


def _listed(values, names):
    if len(values) > 3:
        return f"{len(values)} of them"
    return ", ".join(names.get(value, str(value)) for value in values)


def _day(value):
    return day(datetime.combine(value, time(12), zone()))
