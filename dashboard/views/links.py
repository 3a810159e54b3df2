"""Signed download links, which programs get from API dialects: `/dl/<token>` needs no session and no API token."""

from flask import Blueprint, Response, request

from dashboard import delivery

blueprint = Blueprint("links", __name__)
NO_MORE = "This link is not valid any more. Ask for the export again to get a new one.\n"


@blueprint.get("/dl/<token>")
def download(token):
    found = delivery.linked(token)
    if found is None:
        return _refused(404, NO_MORE)
    file, by, gzip = found
    send = delivery.send_gzipped if gzip else delivery.send
    try:
        response = send(file, by=by, address=request.remote_addr or "")
    except delivery.Gone as error:
        return _refused(410, f"{error}\n")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _refused(status, sentence):
    """A program reads this, so it is no page."""
    return Response(sentence, status, mimetype="text/plain")
