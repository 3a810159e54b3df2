"""The list of exports: search, filters, sorting, pages, and the small answers that keep its rows up to date."""

from dataclasses import dataclass, replace

from flask import Blueprint, request
from flask_login import current_user

from dashboard import search
from dashboard.dateranges import PRESETS
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.views import live, polled, query_reading
from dashboard.views.export_query import CREATED_PRESETS, IN_PROGRESS, SIZES, SORT_WORDS, ExportQuery
from dashboard.views.presenting import STATES, STATUSES_OF
from dashboard.views.render import counts, no_change, render_page, wants_fragment

blueprint = Blueprint("exports", __name__)


CREATED = [("", "Any time"), *((key, PRESETS[key]) for key in CREATED_PRESETS), ("custom", "Custom")]
SORTED = list(SORT_WORDS.items())


@dataclass(frozen=True)
class Facet:
    key: str
    label: str
    options: list  # value, name, how many
    chosen: tuple


@blueprint.get("/exports")
def index():
    known = _known()
    query = query_reading.read(request.args, known)
    filters = search.look_up(query.filters(), gather=True)
    # What the filters show is counted first: it tells how many exports there are, too.
    tallies = _tallies(query, filters)
    page = _page(query, filters, tallies)
    if page.total and query.page > page.pages:
        query = replace(query, page=page.pages)
        page = _page(query, filters, tallies)
    places = live.places(page.items)
    response = render_page(
        "exports/list.html",
        fragment=("results", "views", "filter_counts"),
        query=query,
        page=page,
        sizes=SIZES,
        facets=_facets(query, tallies, known),
        views=_views(query),
        chips=query.chips(known.resources, known.formats, known.people),
        resources=known.resources,
        places=places,
        poll=live.first(page.items, query, places),
        created_choices=CREATED,
        sort_choices=SORTED,
        oob=wants_fragment(),
        # Itself, since each look through `current_user` takes longer than what is looked for.
        person=current_user._get_current_object(),
    )
    if wants_fragment():
        # Without the empty fields of the form, so that what is in the address bar can be sent to a colleague.
        response.headers["HX-Push-Url"] = query.url()
    return response


@blueprint.get("/exports/live")
def updates():
    """What changed since `sig`, or 204: see ux.md, section 7. The address is nothing but this answer."""
    watch = live.read(request.args)
    exports = polled.by_ids(current_user, watch.ids) if watch.ids else []
    changes = live.changes(watch, exports)
    if not changes and not watch.is_due:
        return no_change()
    query = query_reading.read(request.args, _known())
    return render_page(
        "exports/live.html",
        changes=changes,
        sentence=live.announcement(changes),
        counted=counts() if watch.is_due or live.has_new_state(changes) else None,
        new_exports=search.new_since(current_user, watch.newest, query.filters()),
        query=query,
        poll=live.following(watch, exports, query),
    )


def _known():
    """What this person can filter by, with the names that they read."""
    resources = {name: resource.label for name, resource in catalog.resources.items()}
    formats = {key: format.label for key, format in FORMATS.items()}
    return query_reading.Known(resources, formats, _people(), current_user.id, current_user.rows_per_page)


def _people():
    if not current_user.is_superuser:
        return {}
    return search.people(current_user)


def _page(query, filters, tallies):
    number = search.counted_by(tallies, filters)
    return search.find_exports(
        current_user, filters, query.search_sort(), query.page, query.per, number=number
    )


def _facets(query, found, known):
    facets = [
        _facet("status", "Status", STATES, found["status"], query.states),
        _facet("resource", "Resource", known.resources, found["resource"], query.resources),
        _facet("format", "Format", known.formats, found["format"], query.formats),
    ]
    if current_user.is_superuser:
        tally = {key: number for key, (_, number) in found["requester"].items()}
        facets.append(_facet("requester", "Requester", known.people, tally, query.requesters))
    return facets


def _facet(key, label, names, tally, chosen):
    return Facet(key, label, [(value, name, tally.get(value, 0)) for value, name in names.items()], chosen)


def _tallies(query, filters):
    """How many exports each value would show; those of the status by the states that people see."""
    # What the filters say of states in words of their own is no filter for the states themselves.
    found = search.facets(current_user, filters, replace(filters, statuses=(), expired=None, where=None))
    by_status = found["status"]
    found["status"] = {
        state: sum(by_status.get((status, state == "expired"), 0) for status in of)
        for state, of in STATUSES_OF.items()
    }
    if filters.kept is not None:
        found["status"]["expired"] = None  # to count these takes longer than all the rest
    return found


def _views(query):
    """The built-in views: (name, URL, is it this one, key of its count, colour of the count)."""
    views = [("All", ExportQuery(), "", "")]
    if current_user.is_superuser:
        views.append(("Mine", ExportQuery(requesters=(current_user.id,)), "", ""))
    views += [
        ("In progress", ExportQuery(states=IN_PROGRESS), "active", "hot"),
        ("Failed, 7 days", ExportQuery(states=("failed",), created="last_7_days"), "failed_7_days", "bad"),
        ("Ready to download", ExportQuery(states=("completed",)), "", ""),
    ]
    own = {"per": query.default_per, "default_per": query.default_per}
    return [
        (name, replace(view, **own).url(), view.same_filters(query), key, kind)
        for name, view, key, kind in views
    ]
