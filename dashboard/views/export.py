"""The page of one export: how far it is, its files, what it asks for; and how to cancel it or to run it again."""

from datetime import UTC, datetime

from flask import Blueprint, abort, request
from flask_login import current_user

from dashboard import lifecycle, search
from dashboard.views import also, polled
from dashboard.views.asked import asked
from dashboard.views.history import SHOWN
from dashboard.views.presenting import duration
from dashboard.views.progress import progress
from dashboard.views.render import render_page, see_other, wants_fragment

blueprint = Blueprint("export", __name__)

HOW_IT_ENDED = {
    "completed": "It finished {}, nothing was cancelled.",
    "failed": "It failed {}, nothing was cancelled.",
    "timed_out": "It ran out of time {}, nothing was cancelled.",
    "cancelled": "It was already cancelled {}, nothing was changed.",
}


@blueprint.get("/exports/<int:export_id>")
def detail(export_id):
    is_polled = wants_fragment() and request.headers.get("HX-Target") == "job"
    export = (polled.find_export(current_user, export_id) or abort(404)) if is_polled else _find(export_id)
    so_far = progress(export, request.args.get("seen", "") if is_polled else "")
    # The rest of the page changes with the state only, so that nobody's focus is taken away.
    elsewhere = ("line", "said", *(("actions",) if so_far.is_news else ()))
    return render_page(
        "exports/detail.html",
        fragment=("job", *elsewhere) if is_polled else None,
        oob=elsewhere if is_polled else (),
        export=export,
        so_far=so_far,
        shown=SHOWN,
        asked=None if is_polled else asked(export),
        origin=None if is_polled else _origin(export),
        also=also.offer(export) if so_far.state == "completed" else None,
        may={
            action: current_user.may(action, export) for action in ("download", "cancel", "restart", "delete")
        },
    )


@blueprint.route("/exports/<int:export_id>/cancel", methods=("GET", "POST"))
def cancel(export_id):
    export = _find(export_id)
    if not current_user.may("cancel", export):
        abort(403, "Only superusers can cancel an export.")
    if request.method == "GET":
        return _confirm(export)
    try:
        lifecycle.cancel(export, current_user, request.form.get("reason", ""))
    except lifecycle.AlreadyEnded:
        return _confirm(export)
    return see_other(f"/exports/{export_id}")


@blueprint.post("/exports/<int:export_id>/restart")
def restart(export_id):
    export = _find(export_id)
    if not current_user.may("restart", export):
        abort(403, "You cannot run exports again. A superuser can give you the right.")
    try:
        lifecycle.restart(export, current_user)
    except lifecycle.AlreadyEnded as refused:
        abort(409, str(refused))
    return see_other(f"/exports/{export_id}")


@blueprint.route("/exports/<int:export_id>/delete", methods=("GET", "POST"))
def delete(export_id):
    """The pages offer it for an export that waits for its time, which its requester cannot cancel."""
    export = _find(export_id)
    if not current_user.may("delete", export):
        abort(403, "You cannot delete exports. A superuser can give you the right.")
    if request.method == "GET":
        in_dialog = wants_fragment() and request.headers.get("HX-Target") == "dialog"
        fragment = "confirm" if in_dialog else None
        return render_page(
            "exports/delete.html", fragment=fragment, titled=False, in_dialog=in_dialog, export=export
        )
    try:
        lifecycle.delete(export, current_user)
    except lifecycle.StillGoing as refused:
        abort(409, str(refused))
    return see_other("/exports")


def _find(export_id):
    return search.find_export(current_user, export_id) or abort(404)


def _origin(export):
    """The export whose rows these are, as far as this person may see it."""
    return search.find_export(current_user, export.rows_of_id) if export.rows_of_id else None


def _confirm(export):
    """The question, or that it comes too late."""
    in_dialog = wants_fragment() and request.headers.get("HX-Target") == "dialog"
    return render_page(
        "exports/cancel.html",
        fragment="confirm" if in_dialog else None,
        status=409 if export.has_ended else 200,
        titled=False,
        in_dialog=in_dialog,
        export=export,
        too_late=_too_late(export) if export.has_ended else "",
    )


def _too_late(export):
    seconds = (datetime.now(UTC) - export.ended_at).total_seconds()
    return HOW_IT_ENDED[export.status].format("just now" if seconds < 1 else f"{duration(seconds)} ago")
