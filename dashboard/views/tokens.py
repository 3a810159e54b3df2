"""API tokens of the person who is signed in: the list, a new one, and the end of one.

The answer to a POST shows the secret, the only time that anybody can read it; hence no redirect there.
"""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, abort, flash, request
from flask_login import current_user

from dashboard import tokens
from dashboard.views.render import render_page, see_other, wants_fragment
from dashboard.views.times import full_day, local, zone

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

HOME = "/tokens"
DAYS = (30, 90, 365)
ON_A_DATE = "date"
WHAT_THEY_DO = {
    "read": "List exports and see how far they are",
    "create": "Request, change and delete exports",
    "download": "Take the files away",
    "cancel": "Cancel any export",
}
# The first control of each field, for the links of the error summary.
PLACES = {"name": "name", "abilities": "ability-read", "expires": "expires-30", "expires_on": "expires_on"}


@blueprint.get("")
def index():
    return _list()


@blueprint.get("/new")
def form():
    return _form({"name": "", "abilities": ["read"], "expires": "90", "expires_on": ""})


@blueprint.post("")
def create():
    given = {
        "name": request.form.get("name", "").strip(),
        "abilities": request.form.getlist("ability"),
        "expires": request.form.get("expires", ""),
        "expires_on": request.form.get("expires_on", "").strip(),
    }
    last_day, wrong = _last_day(given["expires"], given["expires_on"])
    try:
        tokens.check(current_user, given["name"], given["abilities"])
    except tokens.Invalid as invalid:
        wrong = invalid.errors | wrong
    if wrong:
        return _form(given, wrong)
    ends = _end_of(last_day)
    secret = tokens.create(current_user, given["name"], abilities=given["abilities"], expires_at=ends)
    return _list(secret, given["name"])


@blueprint.route("/<int:token_id>/revoke", methods=("GET", "POST"))
def revoke(token_id):
    token = tokens.find_own(current_user, token_id) or abort(404)
    if request.method == "POST":
        tokens.revoke(token)
        flash(f"“{token.name}” is revoked. Whoever still uses it is refused from now on.")
    elif not token.revoked_at:
        return _confirm(token)
    return see_other(HOME)


def _list(secret="", name=""):
    rows = [_row(token) for token in tokens.list_of(current_user)]
    return render_page("tokens/list.html", rows=rows, secret=secret, name=name)


def _row(token):
    # A moment before its end is still the last day on which it is good.
    last = local(token.expires_at - timedelta(seconds=1)).date() if token.expires_at else None
    text = full_day(last) if last else ""
    has_expired = tokens.has_expired(token)
    # Without the day of the week, once it is over.
    return {
        "token": token,
        "has_expired": has_expired,
        "last_day": text.partition(" ")[2] if has_expired else text,
    }


def _form(given, wrong=None):
    wrong = wrong or {}
    return render_page(
        "tokens/new.html",
        status=422 if wrong else 200,
        given=given,
        wrong=wrong,
        errors=[(PLACES[field], text) for field, text in wrong.items()],
        abilities=[(ability, WHAT_THEY_DO[ability]) for ability in tokens.abilities_for(current_user)],
        choices=[(str(days), full_day(_today() + timedelta(days=days))) for days in DAYS],
        on_a_date=ON_A_DATE,
        tomorrow=_today() + timedelta(days=1),
        longest_name=tokens.LONGEST_NAME,
    )


def _confirm(token):
    in_dialog = wants_fragment() and request.headers.get("HX-Target") == "dialog"
    return render_page(
        "tokens/revoke.html",
        fragment="confirm" if in_dialog else None,
        titled=False,
        in_dialog=in_dialog,
        token=token,
    )


def _last_day(choice, text):
    """The last day on which the token is good, and what is wrong with the choice, by field."""
    if choice in map(str, DAYS):
        return _today() + timedelta(days=int(choice)), {}
    if choice != ON_A_DATE:
        return None, {"expires": "Choose when it expires."}
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, {"expires_on": "Enter a date such as 2027-02-20."}
    if not _today() < day <= _today() + timedelta(days=tokens.LONGEST_DAYS):
        return None, {"expires_on": "Enter a date from tomorrow on, within ten years."}
    return day, {}


def _today():
    return local(datetime.now(UTC)).date()


def _end_of(day):
    """The first moment after that day, where this person is."""
    return datetime.combine(day + timedelta(days=1), time(), zone()).astimezone(UTC)
