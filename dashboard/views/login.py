"""Signing in and out, and what happens to people who come without a session."""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, make_response, session
from flask_login import current_user
from htmx_flask import request

from dashboard import accounts
from dashboard.views.render import fresh, render_page, see_other

blueprint = Blueprint("login", __name__)

HOME = "/exports"
WRONG = "E-mail or password is not right"


@blueprint.get("/")
def home():
    return see_other(HOME)


@blueprint.get("/login")
def form():
    if current_user.is_authenticated:
        return see_other(safe_next(request.args.get("next")))
    return render_page("login.html", next=safe_next(request.args.get("next")), email="", errors=[])


@blueprint.post("/login")
def sign_in():
    email, remember = request.form.get("email", ""), "remember" in request.form
    try:
        address = request.remote_addr or ""
        secret = accounts.sign_in(email, request.form.get("password", ""), address, remember)
    except accounts.TooManyTries as refusal:
        response = _again(email, str(refusal), 429)
        response.headers["Retry-After"] = str(refusal.seconds)
        return response
    except accounts.WrongLogin:
        return _again(email, WRONG, 422)
    # A new session under a new secret, with nothing of the one before.
    session.clear()
    session["sid"] = secret
    session.permanent = remember
    return see_other(safe_next(request.form.get("next")))


def _again(email, sentence, status):
    following = safe_next(request.form.get("next"))
    return render_page("login.html", status=status, next=following, email=email, errors=[("email", sentence)])


@blueprint.post("/logout")
def sign_out():
    if secret := session.get("sid"):
        accounts.sign_out(secret)
    session.clear()
    return see_other("/login")


def safe_next(text):
    """Where to go on: a path of ours, or the list. Never another origin, whatever a browser makes of it."""
    text = text or ""
    odd = "\\" in text or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text)
    if odd or not text.startswith("/") or text.startswith("//") or urlsplit(text).netloc:
        return HOME
    return text


def ask_to_sign_in():
    """The answer to anybody without a session. htmx would swap a redirected login page into its target."""
    if request.htmx:
        here = urlsplit(request.htmx.current_url or "")
        response = fresh(make_response("", 401))
        response.headers["HX-Redirect"] = _login_url(here.path + (f"?{here.query}" if here.query else ""))
        return response
    # What a POST would have done is not done later by a GET.
    return see_other(_login_url(request.full_path.rstrip("?") if request.method == "GET" else HOME))


def _login_url(following):
    following = safe_next(following)
    return "/login" if following == HOME else f"/login?{urlencode({'next': following})}"
