"""What every page has round it: side bar, theme, rights, headers; and the rules that templates keep."""

import re

import pytest

from dashboard.config import ROOT
from dashboard.views.icons import ICONS, sprite
from tests.factories import PASSWORD, make_export

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = [ROOT / "static" / "app.js", *TEMPLATES]


@pytest.fixture
def signed_in(client, login, user):
    return login(client, user)


def test_every_page_is_fresh_and_differs_for_htmx(signed_in):
    for headers in ({}, {"HX-Request": "true"}):
        for path in ("/exports", "/exports/live?newest=0", "/nowhere"):
            answer = signed_in.get(path, headers=headers)
            assert answer.headers["Cache-Control"] == "no-store", path
            assert "HX-Request" in answer.headers["Vary"], path
            assert answer.headers["Content-Security-Policy"].startswith(
                "default-src 'none'; script-src 'self'"
            )


def test_the_side_bar_counts_exports_in_progress(signed_in, user, stranger):
    assert re.search(r'id="side-count"[^>]* hidden', signed_in.get("/exports").text)
    make_export(user, "running")
    make_export(user, "queued")
    make_export(stranger, "running")
    page = signed_in.get("/exports").text
    assert 'aria-label="2 in progress"' in page
    assert "<title>Exports (2 in progress) · Export Centre</title>" in page


def test_the_side_bar_says_who_one_is(client, login, user, superuser):
    page = login(client, superuser).get("/exports").text
    assert "Tomas Lind" in page
    assert "Superuser" in page


def test_names_are_text_and_never_markup(client, login, user):
    user.name = "<script>alert(1)</script>"
    make_export(user, "running", name='"><img src=x onerror=alert(1)>')
    page = login(client, user).get("/exports").text
    assert "<img" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_kept_with_the_account(signed_in, csrf, theme):
    assert "data-theme" not in signed_in.get("/exports").text
    data = {"csrf_token": csrf(signed_in), "theme": theme, "next": "/exports?status=failed"}
    answer = signed_in.post("/settings/theme", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exports?status=failed")
    assert f'<html lang="en" data-theme="{theme}"' in " ".join(signed_in.get("/exports").text.split())


def test_back_to_the_theme_of_the_system(signed_in, csrf):
    for theme in ("dark", "system"):
        signed_in.post("/settings/theme", data={"csrf_token": csrf(signed_in), "theme": theme})
    assert "data-theme" not in signed_in.get("/exports").text


def test_settings_never_lead_elsewhere(signed_in, csrf):
    data = {"csrf_token": csrf(signed_in), "theme": "dark", "next": "//evil.example"}
    assert signed_in.post("/settings/theme", data=data).headers["Location"] == "/exports"


def test_single_keys_can_be_switched_off(signed_in, csrf):
    assert "data-keys" not in signed_in.get("/exports").text
    signed_in.post("/settings/shortcuts", data={"csrf_token": csrf(signed_in), "shortcuts": "off"})
    assert 'data-keys="off"' in signed_in.get("/exports").text
    signed_in.post("/settings/shortcuts", data={"csrf_token": csrf(signed_in), "shortcuts": "on"})
    assert "data-keys" not in signed_in.get("/exports").text


def test_who_is_idle_is_warned_two_minutes_before(client, login, user):
    page = login(client, user).get("/exports").text
    assert 'id="idle" data-after="1680" hidden' in page
    assert client.get("/settings/awake", headers={"HX-Request": "true"}).status_code == 204


def test_who_stays_signed_in_for_long_is_not_warned(client, user, csrf):
    data = {"csrf_token": csrf(client, "/login"), "email": user.email, "password": PASSWORD, "remember": "1"}
    client.post("/login", data=data)
    assert 'id="idle"' not in client.get("/exports").text


def test_who_may_not_export_is_not_offered_to(client, login, no_export, user):
    assert "/exports/new" not in login(client, no_export).get("/exports").text


def test_places_for_announcements_are_there_from_the_start(signed_in):
    page = signed_in.get("/exports").text
    assert '<div id="announce" class="sr" role="status" aria-atomic="true"></div>' in page
    assert '<dialog id="dialog"' in page
    assert page.index('class="skip"') < page.index("<header")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_nothing_inline(template):
    text = template.read_text()
    for forbidden in (" style=", "onclick", "hx-on", "<style", "js:", "hx-boost", "hx-vals"):
        assert forbidden not in text, forbidden
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r'hx-trigger="[^"]*\[', text), "trigger filters need eval"
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.S):
        assert "csrf_field()" in form, "a form without its token"


def test_every_icon_is_drawn_once():
    drawn = re.findall(r'<symbol id="i-([\w-]+)"', sprite())
    assert sorted(drawn) == sorted({*ICONS, "logo"})
    for symbol in sprite().split("<symbol")[1:]:
        assert re.search(r"<(path|circle|rect)\b", symbol), symbol


def test_every_icon_that_a_template_names_exists():
    named = {name for path in TEMPLATES for name in re.findall(r'icon\("([\w-]+)"', path.read_text())}
    assert named
    assert named <= {*ICONS, "logo"}


def test_the_script_stays_small():
    assert (ROOT / "static" / "app.js").stat().st_size < 5000


def test_state_lives_on_the_server_or_in_the_url():
    for path in SCRIPTS:
        assert "localStorage" not in path.read_text()
        assert "sessionStorage" not in path.read_text()


# The tokens of app.css, as (name, light, dark)
TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")
TEXT_ON = [
    ("text", "bg"), ("text", "surface"), ("text", "surface-2"), ("muted", "bg"), ("muted", "surface"),
    ("muted", "surface-2"), ("accent", "surface"), ("accent", "accent-soft"), ("wait", "wait-bg"), ("run", "run-bg"),
    ("prep", "prep-bg"), ("ok", "ok-bg"), ("fail", "fail-bg"), ("exp", "exp-bg"),
]  # fmt: skip


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast_in_both_themes(theme):
    css = (ROOT / "static" / "app.css").read_text()
    tokens = {name: (light, dark)[theme] for name, light, dark in TOKEN.findall(css)}
    for text, ground in TEXT_ON:
        assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    for ground in ("bg", "surface"):
        assert contrast(tokens["control"], tokens[ground]) >= 3, ground
