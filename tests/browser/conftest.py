"""A real Chromium over real centres, for the tests of this folder.

`still` is a centre without workers, whose records a test makes and changes by itself: every state can be looked at for
as long as it takes. `busy` is a whole one over a bigger shop, in small parts, so that progress can be seen.
`visit` opens a page, signed in. A test fails when the browser complained of anything that it did not expect.
"""

import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import delete

from benchmarks.shop import make_shop, write_catalog
from dashboard import accounts
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from dashboard.models import ENDED, Event, Export, File, Part, Session
from tests.factories import PASSWORD, make_export, make_part
from tests.processes import Centre

HERE = Path(__file__).resolve().parent
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The machine may be busy with other things.
PATIENCE = 15_000
# A request that a newer one has replaced; htmx writes it to the console as an error.
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")
BIG, PHONE = (1440, 900), (390, 844)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            # A browser on a busy machine may miss its moment once; what is broken fails twice.
            item.add_marker(pytest.mark.flaky(reruns=1))


# Of the package and not of the session: the event loop of Playwright is to be gone when other tests run.
@pytest.fixture(scope="package")
def browser():
    path = shutil.which("chromium")
    if not path:
        refuse = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        refuse("There is no chromium on PATH.")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield made
        made.close()


# Centres


class Still:
    """A centre in which nothing happens but what the test does to its records."""

    def __init__(self, centre):
        self.centre, self.url = centre, centre.url
        self.app = create_app(read(centre.environment))

    @contextmanager
    def records(self):
        with self.app.app_context():
            yield db.session
            db.session.commit()

    def clear(self):
        with self.records() as session:
            for record in (Event, File, Part, Export):
                session.execute(delete(record))
            for name in ("boss", "maya", "jonas"):
                accounts.find_user(f"{name}@example.com").settings = {}

    def make(self, status="completed", who="maya", parts=0, **values):
        """Number of a new export in that status; with `parts` records of parts, of five rows each."""
        with self.records():
            export = make_export(accounts.find_user(f"{who}@example.com"), status, **values)
            for page in range(1, parts + 1):
                make_part(export, page)
            return export.id

    def change(self, export_id, **values):
        if values.get("status") in ENDED:
            values.setdefault("ended_at", datetime.now(UTC))
        with self.records() as session:
            export = session.get(Export, export_id)
            for name, value in values.items():
                setattr(export, name, value)

    def status(self, export_id):
        with self.records() as session:
            return session.get(Export, export_id).status

    def ids(self):
        with self.records() as session:
            return [export_id for (export_id,) in session.query(Export.id)]

    def user_id(self, who):
        with self.records():
            return accounts.find_user(f"{who}@example.com").id

    def end_sessions(self, who):
        with self.records() as session:
            session.execute(delete(Session).where(Session.user_id == self.user_id(who)))


@pytest.fixture(scope="package")
def standing(browser, tmp_path_factory, shop, prepared):
    """The process behind `still`."""
    centre = Centre(tmp_path_factory.mktemp("still"), shop).prepare(like=prepared)
    centre.start("queue", "web")
    yield Still(centre)
    centre.stop()


@pytest.fixture
def still(standing):
    standing.clear()
    return standing


@pytest.fixture(scope="package")
def busy(browser, tmp_path_factory, prepared):
    folder = tmp_path_factory.mktemp("busy")
    make_shop(folder / "shop.sqlite", orders=20_000)
    write_catalog(folder / "sources.toml", folder / "shop.sqlite")
    centre = Centre(folder, folder / "sources.toml", part_rows=100, max_running=50).prepare(like=prepared)
    centre.start("queue", "web", "clock", "worker", "worker-2")
    yield centre
    centre.stop()


# Pages


def sign_in(page, who):
    page.get_by_label("E-mail").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture(scope="package")
def cookies():
    """Of everybody who has signed in: each person does it once at each centre."""
    return {}


@pytest.fixture
def expected():
    """Complaints of the browser that belong to the test, by a part of their words: expected.append("status of 422")."""
    return []


@pytest.fixture
def visit(browser, cookies, expected):
    """visit(centre, path, who): a page in a browser window of its own; `who` is None for strangers."""
    contexts, complaints = [], []

    def open_window(**options):
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context

    def state_of(centre, who):
        if (centre.url, who) not in cookies:
            page = open_window().new_page()
            page.goto(f"{centre.url}/login")
            sign_in(page, who)
            cookies[centre.url, who] = page.context.storage_state()
        return cookies[centre.url, who]

    def open_page(centre, path="/exports", who="maya", script=True, size=BIG, scheme="light", clock=False):
        context = open_window(
            base_url=centre.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=script,
            storage_state=state_of(centre, who) if who else None,
            accept_downloads=True,
        )
        context.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        context.on("weberror", lambda thrown: complaints.append(str(thrown.error)))
        page = context.new_page()
        if clock:
            page.clock.install()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    odd = [text for text in complaints if not any(part in text for part in (*expected, *REPLACED))]
    assert not odd, f"the browser complains: {odd}"


@pytest.fixture
def asked():
    """asked(page): the paths that the scripts of this page ask for from now on, in a list that grows."""

    def watch(page):
        paths = []

        def note(request):
            if request.resource_type in ("xhr", "fetch"):
                paths.append(urlsplit(request.url).path)

        page.on("request", note)
        return paths

    return watch


def settled(page):
    """Wait until htmx is done: for some 20 ms after a swap new elements do not listen yet."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def listen(page):
    """Keep all that is announced, as the next announcement replaces the one before: heard(page)."""
    page.evaluate("""() => {
      window.heard = [];
      const place = document.querySelector('#announce');
      new MutationObserver(() => place.textContent && window.heard.push(place.textContent))
        .observe(place, {childList: true, characterData: true, subtree: true});
    }""")


def heard(page, sentence):
    page.wait_for_function("sentence => window.heard.includes(sentence)", arg=sentence)


def focus(page):
    """What has the focus: its id, or its words."""
    return page.evaluate(
        "(({id, innerText, ariaLabel}) => id || ariaLabel || innerText.trim())(document.activeElement)"
    )
