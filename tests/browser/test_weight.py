"""What a browser has to load: ux.md, section 10."""

import gzip

import pytest


@pytest.fixture
def loaded(visit, still):
    """The list with 25 rows in mixed states: page, and what it loads as {path: bytes}."""
    for number in range(25):
        status = ("running", "completed", "failed", "queued")[number % 4]
        still.make(status, "jonas", name=f"Orders of the eastern region, week {number}")
    page = visit(still, who="boss")
    assert page.locator("tbody tr").count() == 25
    parts = page.evaluate("performance.getEntriesByType('resource').map(part => part.name)")
    files = {url.removeprefix(still.url): url for url in (page.url, *parts)}
    return {path: page.request.get(url).body() for path, url in files.items()}


def test_a_list_of_25_rows_is_light(loaded):
    html = loaded["/exports"]
    assert len(html) < 70_000
    assert len(gzip.compress(html)) < 10_000


def test_style_and_scripts_are_light(loaded):
    parts = {path: body for path, body in loaded.items() if path.endswith((".css", ".js"))}
    assert len(parts) == 3, "app.css, app.js and htmx, and nothing else"
    assert sum(len(gzip.compress(body)) for body in parts.values()) < 25 * 1024


def test_nothing_comes_from_anywhere_else(loaded):
    assert all(path.startswith("/") for path in loaded), list(loaded)
