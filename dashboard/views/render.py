"""The one place that knows about fragments: a browser gets the page, htmx one block of it from the same URL.

All pages answer through `render_page`. `install` gives the templates their functions and macros.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, Response, current_app, g, make_response, redirect, session
from flask_login import current_user
from htmx_flask import Htmx, request
from markupsafe import Markup

from dashboard import accounts, search
from dashboard.views import files, presenting
from dashboard.views.icons import icon_name, sprite

PRODUCT = "Export Centre"
MACROS = {
    "export_row": ("export_row", "changed_export", "poller", "totals", "view_count", "new_line"),
    "marks": ("icon", "badge", "status", "progress", "state_cell", "time", "size", "count", "live_label", "copy_button",
        "side_count"),
    "blocks": (
        "note", "empty", "crumbs", "card", "dl", "facts", "phases", "timeline", "file_row", "menu", "post_button",
        "csrf_field",
    ),
    "export": (
        "state_line", "actions", "end_note", "files_card", "warnings", "also_card", "progress_card", "parts_card",
        "timeline_card", "asked_card", "request_card",
    ),
    "forms": (
        "error_summary", "described", "after", "field", "select", "choice", "facet_button", "filter_count",
        "facet_number", "chip",
    ),
    "tables": ("swap", "sort_header", "pager"),
}  # fmt: skip


def install(app: Flask) -> None:
    """Give an app htmx-aware requests and the templates what they call."""
    Htmx().init_app(app)
    env = app.jinja_env
    env.globals.update(
        presenting.GLOBALS | files.GLOBALS, icon_name=icon_name, sprite=sprite, counts=counts, product=PRODUCT
    )
    env.globals.update(current_path=current_path, idle_warning=idle_warning)
    for part, names in MACROS.items():
        env.globals.update({name: _macro(app, f"parts/{part}.html", name) for name in names})


def _macro(app: Flask, template: str, name: str) -> Any:
    def find() -> Any:
        return getattr(app.jinja_env.get_template(template).module, name)

    found = cache(find)

    def call(*args: Any, **options: Any) -> Any:
        macro = find() if app.jinja_env.auto_reload else found()
        return macro(*args, **options)

    return call


def wants_fragment() -> bool:
    """Whether htmx asks for a piece; a boosted or history request wants the whole page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    template: str,
    fragment: str | tuple[str, ...] | None = None,
    status: int = 200,
    titled: bool = True,
    **context: Any,
) -> Response:
    """The page, or for htmx the block (or blocks) `fragment` of it.

    A fragment is sent with the page's <title>, which htmx puts into the tab; `titled=False` leaves the tab alone
    (dialogs).
    """
    if fragment and wants_fragment():
        blocks = (fragment,) if isinstance(fragment, str) else fragment
        return html(_render_blocks(template, blocks, titled, context), status)
    current_app.update_template_context(context)
    return html(current_app.jinja_env.get_template(template).render(context), status)


def _render_blocks(name: str, blocks: tuple[str, ...], titled: bool, context: dict[str, Any]) -> str:
    current_app.update_template_context(context)
    template = current_app.jinja_env.get_template(name)
    shared = template.new_context(context)
    pieces = ["".join(template.blocks[block](shared)) for block in blocks]
    if titled and "title" in template.blocks:
        title = "".join(template.blocks["title"](shared))
        pieces.insert(0, f"<title>{title} · {PRODUCT}</title>")
    return "\n".join(pieces)


def html(text: str, status: int = 200) -> Response:
    return fresh(make_response(Markup(text), status))  # noqa: S704 - a rendered template


def fresh(response: Response) -> Response:
    """Pages differ by person, by htmx and by the moment: nobody keeps them."""
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("HX-Request")
    return response


def no_change() -> Response:
    """The answer to a poll when nothing has happened: htmx swaps nothing and asks again."""
    return fresh(make_response("", 204))


def see_other(url: str) -> Response:
    """The end of every POST that went well."""
    return fresh(make_response(redirect(url, 303)))


def current_path() -> str:
    """Path and query of this page, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def idle_warning() -> int:
    """Seconds after which to warn that the session ends; 0 for who stays signed in for long."""
    return 0 if session.permanent else accounts.IDLE_SECONDS - 120


def counts() -> dict[str, int]:
    """Numbers of the side bar and the list's views, asked for once a request."""
    if "export_counts" not in g:
        g.export_counts = search.counts(current_user)
    return g.export_counts
