"""The OpenAPI documents of the API: as JSON for programs, as pages for people. Open to everybody, like the help."""

import json

from flask import Blueprint, Response, abort, current_app

from dashboard.views import openapi_words
from dashboard.views.render import render_page

blueprint = Blueprint("openapi", __name__, url_prefix="/openapi")
blueprint.add_app_template_filter(openapi_words.marked, "inline_code")


@blueprint.get("")
def index():
    documents = current_app.extensions["api_documents"]
    return render_page(
        "openapi/list.html", documents=[(name, documents.of(name)) for name in documents.names]
    )


@blueprint.get("/<dialect>.json")
def document(dialect):
    # Operations and members stay in the order in which they were written.
    return Response(json.dumps(_document(dialect), ensure_ascii=False), mimetype="application/json")


@blueprint.get("/<dialect>")
def page(dialect):
    found = _document(dialect)
    return render_page(
        "openapi/document.html",
        dialect=dialect,
        document=found,
        operations=openapi_words.operations(found),
        common_answers=openapi_words.common_answers(found),
        objects=openapi_words.objects(found),
    )


def _document(dialect):
    return current_app.extensions["api_documents"].of(dialect) or abort(404)
