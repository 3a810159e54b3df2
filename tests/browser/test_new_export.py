"""The form of a new export in a browser: it is redrawn block by block, and nothing that was typed is lost."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import heard, listen, settled


def chosen(page):
    return page.locator("ol[aria-labelledby=chosen] li > span:first-of-type").all_inner_texts()


def add_filter(page, field, operator, value):
    line = page.locator("#filters .cond").count() + 1
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_label(f"Field of filter {line}")).to_be_focused()
    settled(page)
    page.get_by_label(f"Field of filter {line}").select_option(label=field)
    offered = page.get_by_label(f"Operator of filter {line}").locator("option")
    expect(offered.filter(has_text=re.compile(f"^{operator}$"))).to_have_count(1)
    settled(page)
    page.get_by_label(f"Operator of filter {line}").select_option(label=operator)
    page.get_by_label(f"Value of filter {line}").fill(value)
    page.get_by_label(f"Value of filter {line}").blur()


def test_another_resource_brings_its_fields_and_its_name(visit, still):
    page = visit(still, "/exports/new")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Orders")
    expect(page.locator("#preview")).to_contain_text("300")
    page.get_by_role("radio", name=re.compile("Customers")).check()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Customers")
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("first_name")
    expect(page.get_by_role("radio", name=re.compile("Customers"))).to_be_focused()
    expect(page.locator("#preview")).to_contain_text("Personal data in")
    expect(page.locator("#start")).to_have_text(re.compile(r"Export [\d,]+ customers"))


def test_a_name_that_was_typed_is_kept(visit, still):
    page = visit(still, "/exports/new")
    page.get_by_label("Name", exact=True).fill("My own name")
    page.get_by_label("Range", exact=True).select_option("last_month")
    expect(page.locator("#range-words")).to_contain_text("to")
    expect(page.locator("#start-text")).to_have_text(re.compile("orders|Start export"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("My own name")
    page.get_by_role("radio", name=re.compile("Products")).check()
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("sku")
    expect(page.get_by_label("Name", exact=True)).to_have_value("My own name")


def test_the_preview_follows_the_filters_by_itself(visit, still):
    page = visit(still, "/exports/new")
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    expect(page.locator("#preview tbody tr")).to_have_count(5)
    add_filter(page, "ID", "is at most", "7")
    expect(page.locator("#start")).to_have_text("Export 7 orders")
    expect(page.locator("#preview .facts")).to_contain_text("7")
    page.get_by_role("button", name="Remove filter 1").click()
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    expect(page.get_by_role("button", name="Add filter")).to_be_focused()


def test_what_is_typed_while_the_filters_are_redrawn_is_not_lost(visit, still):
    page = visit(still, "/exports/new")
    add_filter(page, "Number", "is", "first")
    expect(page.locator("#start")).to_have_text("Start export")
    page.route("**/exports/new", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.get_by_label("Operator of filter 1").select_option(label="contains")
    value = page.get_by_label("Value of filter 1")
    value.press("End")
    value.press_sequentially("second", delay=60)
    settled(page)
    expect(value).to_be_focused()
    expect(value).to_have_value("firstsecond")
    expect(page.get_by_label("Operator of filter 1")).to_have_value("contains")


def test_a_name_typed_while_another_resource_is_fetched_is_not_lost(visit, still, expected):
    # The preview of the form that is gone arrives too late.
    expected.append("htmx:oobErrorNoTarget")
    page = visit(still, "/exports/new")
    page.route("**/exports/new", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.get_by_role("radio", name=re.compile("Customers")).check()
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Name", exact=True).press_sequentially("People", delay=60)
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("first_name")
    settled(page)
    expect(page.get_by_label("Name", exact=True)).to_have_value("People")


def test_days_that_are_typed_become_a_range_of_ones_own(visit, still):
    page = visit(still, "/exports/new")
    page.get_by_label("Range", exact=True).select_option("last_7_days")
    expect(page.get_by_label("From")).not_to_have_value("")
    settled(page)
    page.get_by_label("From").fill("2026-10-01")
    page.get_by_label("From").blur()
    expect(page.get_by_label("Range", exact=True)).to_have_value("custom")
    expect(page.locator("#range-words")).to_contain_text("1 Oct 2026")


def test_a_wrong_value_is_told_at_the_field_and_on_top_and_everything_stays(visit, still, expected):
    page = visit(still, "/exports/new")
    page.get_by_label("Name", exact=True).fill("Large orders")
    add_filter(page, "Total", "is at least", "many")
    add_filter(page, "Currency", "is", "EUR")
    page.get_by_role("button", name="Move id down").click()
    expect(page.get_by_role("button", name="Move id down")).to_be_focused()
    page.locator("#format-json").check()
    expected.append("status of 422")
    page.locator("#start").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There is a problem")
    value = page.get_by_label("Value of filter 1")
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(value).to_have_accessible_description(re.compile("Enter an amount"))
    expect(page).to_have_title(re.compile("^Error: New export"))

    expect(value).to_have_value("many")
    expect(page.get_by_label("Value of filter 2")).to_have_value("EUR")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Large orders")
    expect(page.locator("#format-json")).to_be_checked()
    assert chosen(page)[:2] == ["number", "id"]
    assert still.ids() == []

    summary.get_by_role("link", name=re.compile("Enter an amount")).click()
    expect(value).to_be_focused()
    value.fill("20")
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.locator("aside")).to_contain_text(re.compile(r"Total is at least 20"))


def test_fields_move_with_the_focus_and_say_where_they_are(visit, still):
    page = visit(still, "/exports/new")
    first, second, third, *rest = chosen(page)
    listen(page)
    page.get_by_role("button", name=f"Move {third} up").focus()
    page.keyboard.press("Enter")
    heard(page, f"{third}, 2 of {3 + len(rest)}")
    assert chosen(page)[:3] == [first, third, second]
    expect(page.get_by_role("button", name=f"Move {third} up")).to_be_focused()
    settled(page)
    page.keyboard.press("Enter")
    heard(page, f"{third}, 1 of {3 + len(rest)}")
    assert chosen(page)[:3] == [third, first, second]
    settled(page)
    page.get_by_role("button", name=f"Remove {first}").focus()
    page.keyboard.press("Enter")
    heard(page, f"{first} removed, {2 + len(rest)} left")
    expect(page.get_by_role("button", name=f"Remove {second}")).to_be_focused()
    assert chosen(page) == [third, second, *rest]


def test_ticks_choose_fields_at_the_end_of_the_order(visit, still):
    page = visit(still, "/exports/new")
    page.get_by_role("button", name="None").click()
    expect(page.locator("ol[aria-labelledby=chosen] li")).to_have_count(0)
    page.get_by_role("checkbox", name="total", exact=True).check()
    expect(page.locator("ol[aria-labelledby=chosen] li")).to_have_count(1)
    expect(page.get_by_role("checkbox", name="total", exact=True)).to_be_focused()
    page.get_by_role("checkbox", name="customer.email", exact=True).check()
    expect(page.locator("ol[aria-labelledby=chosen] li")).to_have_count(2)
    assert chosen(page) == ["total", "customer.email"]
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    page.get_by_text(re.compile("2 of .*, in this order")).click()
    expect(page.locator("aside .tag")).to_have_text(["total", "customer.email"])


def test_enter_in_a_field_starts_no_export(visit, still):
    page = visit(still, "/exports/new")
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    add_filter(page, "ID", "is at most", "9")
    page.get_by_label("Name", exact=True).focus()
    with page.expect_response(lambda response: response.url.endswith("/exports/new")):
        page.keyboard.press("Enter")
    page.get_by_label("Value of filter 1").fill("8")
    page.keyboard.press("Enter")
    expect(page.locator("#start")).to_have_text("Export 8 orders")
    assert page.url.endswith("/exports/new")
    assert still.ids() == []


def test_duplicate_brings_everything_that_was_asked(visit, still):
    number = still.make(
        name="Large orders", format="xlsx", fields=["total", "number"],
        where={"field": "total", "operator": "gte", "value": "20"},
    )  # fmt: skip
    page = visit(still, f"/exports/{number}")
    page.locator("#again").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Large orders")
    expect(page.get_by_label("Value of filter 1")).to_have_value("20")
    expect(page.locator("#format-xlsx")).to_be_checked()
    assert chosen(page) == ["total", "number"]
