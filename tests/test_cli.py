"""The commands that are drawn from the format registry."""

from pathlib import Path

import pytest

from dashboard.database import db
from dashboard.formats import FORMATS
from dashboard.models import Export

DOCS = Path(__file__).resolve().parent.parent / "docs" / "formats.md"


@pytest.fixture
def run(app):
    def invoke(*arguments):
        return app.test_cli_runner().invoke(args=list(arguments))

    return invoke


def test_the_page_of_formats_is_what_the_command_prints(run):
    printed = run("formats").output
    assert DOCS.read_text().partition("\n## ")[1:] == ("\n## ", printed.removeprefix("## "))
    for format in FORMATS.values():
        for option in format.options:
            assert f"| `{option.key}` |" in printed
            assert all(f"`{value}`" in printed for value in option.choices)


def test_an_export_is_requested_with_formats_and_their_options(run, user, enqueued):
    done = run(
        "export", user.email, "orders", "--field", "number", "--field", "total", "--format", "csv", "--format",
        "xlsx", "--option", "csv.delimiter=semicolon", "--option", "csv.datetime_format=dd/MM/yyyy",
        "--packaging", "csv=gzip", "--sort", "-total",
        "--timezone", "Europe/Berlin", "--name", "From the shell",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    export = db.session.query(Export).one()
    assert export.uuid == done.output.strip()
    assert (export.name, export.fields, export.sort) == ("From the shell", ["number", "total"], ["-total"])
    assert [one["format"] for one in export.outputs] == ["csv", "xlsx"]
    assert export.outputs[0]["options"]["delimiter"] == "semicolon"
    assert export.outputs[0]["options"]["datetime_format"] == "dd/MM/yyyy"
    assert [one["packaging"] for one in export.outputs] == ["gzip", "none"]
    assert enqueued == [("collect", export.id)]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--format", "doc"], "format: Pick one of the formats"),
        (["--option", "csv.nothing=1"], "options: CSV has no option nothing."),
        (["--option", "csv.datetime_format=YYYY"], "options: “YYYY” has no meaning in a date pattern"),
        (["--option", "xlsx.header=plain"], "xlsx.header: this format was not asked for"),
        (["--option", "csv.bom"], "csv.bom: write it as NAME=VALUE."),
        (["--packaging", "csv=rar"], "packaging: Packaging is one of"),
        (["--field", "nothing"], "fields: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, user, arguments, error):
    done = run("export", user.email, "orders", *arguments)
    assert done.exit_code == 1
    assert error in done.output
    assert db.session.query(Export).count() == 0


def test_nobody_exports_for_an_account_that_is_not_there(run):
    assert "There is no account for" in run("export", "nobody@example.com", "orders").output
