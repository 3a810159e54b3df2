"""Reading the query of the exports list from a URL, and from the words that people type into the search field.

`read(args, known)` never fails: what it cannot use it drops and names in a sentence.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dashboard.views.export_query import CREATED_PRESETS, IN_PROGRESS, SIZES, SORTS, ExportQuery
from dashboard.views.presenting import STATES

# status:failed, by:"Maya Okafor", created:>=2026-11-01
_WORD = re.compile(r'(?<!\S)(status|by|resource|format|created):("[^"]*"|\S+)', re.IGNORECASE)
_DATE = re.compile(r"(>=|<=|>|<|)(\d{4}-\d{2}-\d{2})")
_LONGEST = 200


@dataclass(frozen=True)
class Known:
    """The values that this person can filter by: keys and the names that people read."""

    resources: dict
    formats: dict
    people: dict  # id -> name; empty for those who see only their own
    me: int
    per: int = 25


def read(args, known):
    reader = _Reader(known)
    query = ExportQuery(per=known.per, default_per=known.per)
    query = replace(query, **reader.facets(args), **reader.created(args), **reader.paging(args))
    query = reader.words(args.get("q", "")[:_LONGEST].strip(), query)
    return replace(query, dropped=tuple(dict.fromkeys(reader.dropped)))


class _Reader:
    def __init__(self, known):
        self.known = known
        self.dropped = []

    def facets(self, args):
        return {
            "states": self.chosen("status", args.getlist("status"), STATES),
            "resources": self.chosen("resource", args.getlist("resource"), self.known.resources),
            "formats": self.chosen("format", args.getlist("format"), self.known.formats),
            "requesters": self.chosen("requester", args.getlist("requester"), self.known.people),
        }

    def chosen(self, name, texts, allowed):
        """The allowed values among these, each once, in the order of the allowed ones."""
        by_text = {str(value): value for value in allowed}
        for text in texts:
            if text and text not in by_text:
                self.drop(name, text)
        return tuple(value for text, value in by_text.items() if text in texts)

    def created(self, args):
        preset = args.get("created", "")
        first, last = (self.day(name, args.get(name, "")) for name in ("created_from", "created_to"))
        if preset in CREATED_PRESETS:
            return {"created": preset}
        if preset not in ("", "custom"):
            self.drop("created", preset)
        if first and last and first > last:
            first, last = last, first
        return {"created": "custom", "created_from": first, "created_to": last} if first or last else {}

    def day(self, name, text):
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            found = None
        # The last day and the first year have no neighbour in every zone.
        if found is None or not 1900 <= found.year <= 9000:
            self.drop(name, text)
            return None
        return found

    def paging(self, args):
        # `order` is the select of the phone's filter sheet; the headings write `sort`.
        sort = args.get("order") or args.get("sort") or "-created"
        if sort.removeprefix("-") not in SORTS:
            self.drop("sort", sort)
            sort = "-created"
        per = self.whole("per", args.get("per", ""), self.known.per)
        if per not in SIZES:
            self.drop("per", args.get("per", ""))
            per = self.known.per
        return {"sort": sort, "per": per, "page": self.whole("page", args.get("page", ""), 1)}

    def whole(self, name, text, default):
        if not text:
            return default
        if re.fullmatch(r"[1-9][0-9]{0,6}", text):
            return int(text)
        self.drop(name, text)
        return default

    def drop(self, name, text):
        self.dropped.append(f"{name} “{text[:40]}”")

    # Words of the search field

    def words(self, text, query):
        for word, value in _WORD.findall(text):
            query = replace(query, **getattr(self, f"word_{word.lower()}")(value.strip('"'), query))
        return replace(query, q=" ".join(_WORD.sub("", text).split()))

    def word_status(self, value, query):
        if value.lower() in ("active", "in-progress"):
            return {"states": _joined(query.states, IN_PROGRESS)}
        return {"states": self.named("status", value, STATES, query.states)}

    def word_resource(self, value, query):
        return {"resources": self.named("resource", value, self.known.resources, query.resources)}

    def word_format(self, value, query):
        return {"formats": self.named("format", value, self.known.formats, query.formats)}

    def word_by(self, value, query):
        if value.lower() == "me" and self.known.people:
            return {"requesters": _joined(query.requesters, (self.known.me,))}
        wanted = value.casefold()
        found = tuple(key for key, name in self.known.people.items() if wanted in name.casefold())
        if not found:
            self.drop("by", value)
        return {"requesters": _joined(query.requesters, found)}

    def named(self, name, value, allowed, chosen):
        """The value whose key or name begins so, added to those already chosen."""
        wanted = value.casefold()
        for key, label in allowed.items():
            if wanted and (key.casefold() == wanted or label.casefold().startswith(wanted)):
                return _joined(chosen, (key,))
        self.drop(name, value)
        return chosen

    def word_created(self, value, query):
        if value in CREATED_PRESETS:
            return {"created": value, "created_from": None, "created_to": None}
        match = _DATE.fullmatch(value)
        found = self.day("created", match[2]) if match else self.drop("created", value)
        return _span(match[1], found, query) if found else {}


def _span(sign, found, query):
    one = timedelta(days=1)
    first = {"": found, ">": found + one, ">=": found}.get(sign, query.created_from)
    last = {"": found, "<": found - one, "<=": found}.get(sign, query.created_to)
    return {"created": "custom", "created_from": first, "created_to": last}


def _joined(chosen, more):
    return (*chosen, *(value for value in more if value not in chosen))
