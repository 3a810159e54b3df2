"""The new-export form: shown, changed button by button, and sent.

Every button works as a plain submit that draws the page again; htmx asks for the one block it targets.
"""

from flask import Blueprint, abort, make_response, request
from flask_login import current_user

from dashboard import lifecycle, planning, search
from dashboard.extensions import catalog
from dashboard.views import export_form, form_actions, form_ids, form_plan
from dashboard.views.form_page import draw
from dashboard.views.form_preview import look
from dashboard.views.render import fresh, render_page, see_other, wants_fragment

blueprint = Blueprint("new_export", __name__)


@blueprint.get("/exports/new")
def form():
    resources = _resources()
    if not resources:
        return render_page("exports/new.html", form=None, errors={})
    earlier = request.args.get("from", type=int)
    if earlier is not None:
        return draw(_again(earlier, resources))
    asked = request.args.get("resource")
    names = [resource.name for resource in resources]
    return draw(export_form.blank(current_user, asked if asked in names else names[0]))


@blueprint.post("/exports/new")
def change():
    _resources()
    form = _posted()
    do = request.form.get("do", "")
    if do == "preview" and form.path and not wants_fragment():
        # Without a script, Enter beside a typed path presses the first button of the form.
        do = "add-path"
    outcome = form_actions.act(form, do)
    if do == "preview":
        errors, preview = look(current_user, form)
        preview.file_to_come = _has_file()
        return draw(form, errors, preview, form_actions.Outcome(said=preview.in_words))
    response = draw(form, outcome.errors, outcome=outcome)
    # A form that is drawn whole asks for its preview by itself.
    if wants_fragment() and request.headers.get("HX-Target") != "export-form":
        response.headers["HX-Trigger-After-Settle"] = "preview-due"
    return response


@blueprint.post("/exports")
def create():
    _resources()
    form = _posted()
    if export_form.was_switched(request.form):
        label = catalog.resources[form.resource].label
        return draw(
            form, {"resource": f"You changed to {label}. Check the fields below, then start."}, status=422
        )
    upload = request.files.get("filter_file")
    try:
        export = _start(form, upload)
    except planning.Invalid as invalid:
        return draw(form, form_ids.asked_again(invalid.errors, upload), status=422)
    except lifecycle.Refused as refused:
        return draw(form, {"": str(refused)}, status=422)
    return _go_to(f"/exports/{export.id}")


def _has_file():
    """Whether a filter file is chosen; htmx sends a word in its place where it is not to be read."""
    upload = request.files.get("filter_file")
    return bool(upload and upload.filename) or "filter_file" in request.form


def _start(form, upload):
    if form.path and (outcome := form_actions.add_path(form)).errors:
        raise planning.Invalid(outcome.errors)
    # Before the file is read, as only so many may be read in an hour.
    plan = form_plan.check(current_user, form)
    ids = form_ids.take(current_user, form, upload, request.remote_addr or "")
    if ids is not None:
        plan = form_plan.check(current_user, form, ids)
    key = form.idempotency_key(ids)
    return lifecycle.request(current_user, plan, name=form.name.strip(), idempotency_key=key)


def _resources():
    """What this person may export; nobody without the right gets any further."""
    if not current_user.may_request():
        abort(403, "You cannot request exports. A superuser can give you the right.")
    return planning.resources(current_user)


def _again(export_id, resources):
    export = search.find_export(current_user, export_id)
    if export is None or export.resource not in [resource.name for resource in resources]:
        abort(404)
    return export_form.from_export(current_user, export)


def _posted():
    form = export_form.posted(current_user, request.form)
    if form is None:
        abort(404)
    return form


def _go_to(url):
    if not wants_fragment():
        return see_other(url)
    # A script would follow a 303 by itself and put that page into the form.
    response = fresh(make_response("", 204))
    response.headers["HX-Redirect"] = url
    return response
