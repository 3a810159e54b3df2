"""The pages about the API: read by everybody, in both themes, on a desk and on a phone, also without JavaScript."""

import pytest
from playwright.sync_api import expect

from dashboard import api
from tests.browser.conftest import PHONE
from tests.browser.test_accessible import inspect


@pytest.mark.parametrize("path", ["/openapi", *(f"/openapi/{dialect}" for dialect in api.DIALECTS)])
@pytest.mark.parametrize("who", [None, "maya"])
def test_nobody_has_anything_to_say_about_it(visit, still, path, who):
    inspect(visit(still, path, who=who))


def test_from_the_list_to_an_object_and_to_the_document_without_scripts(visit, still, expected):
    expected.append("status of 404")  # the icon that Chromium asks for beside a JSON document
    page = visit(still, "/openapi", who=None, script=False, size=PHONE)
    page.get_by_role("link", name="Exports, Rebilly dialect", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports, Rebilly dialect")
    page.get_by_role("link", name="Retrieve a data export").click()
    operation = page.get_by_role("region", name="Retrieve a data export")
    expect(operation).to_be_in_viewport()
    operation.locator("summary").first.click()
    operation.get_by_role("link", name="DataExport").first.click()
    expect(page.get_by_role("region", name="DataExport", exact=True)).to_be_in_viewport()
    with page.expect_response("**/openapi/rebilly.json") as answer:
        page.get_by_role("link", name="OpenAPI document").click()
    assert answer.value.json()["openapi"].startswith("3.1")
