"""The exports plug-in of Commerce Layer's command line against a live centre."""

import csv
import json

from tests.clients.node import Client, command_line


def run(centre, folder, *words, who="maya"):
    return command_line(centre.url, centre.tokens[who], folder, *words)


def test_create_waits_and_saves_the_file(centre, tmp_path):
    words = [
        "-t",
        "orders",
        "-f",
        "number,status",
        "-w",
        "status_eq=shipped",
        "--csv",
        "--blind",
        "-x",
        "orders.csv",
    ]
    done = run(centre, tmp_path, "exports:create", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Exported" in done.stdout
    with (tmp_path / "orders.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert f"Export of {len(rows)} orders is finished" in done.stdout
    assert {row["status"] for row in rows} == {"shipped"}


def test_json_can_be_made_pretty(centre, tmp_path):
    words = ["-t", "customers", "-f", "id,email", "--prettify", "--blind", "-x", "customers.json"]
    done = run(centre, tmp_path, "exports:create", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "customers.json").read_text())
    assert list(rows[0]) == ["id", "email"]


def test_nothing_to_export_is_said_so(centre, tmp_path):
    words = ["-t", "orders", "-w", "status_eq=unheard", "--blind", "-x", "orders.json"]
    done = run(centre, tmp_path, "exports:create", *words)
    assert "No orders found" in done.stdout + done.stderr


def test_list_and_details(centre, tmp_path):
    maya = Client("commerce_layer", centre.url, centre.tokens["maya"])
    # `exports:details` stops at `includes` and `filters` that are null, as they are where nothing was asked for.
    asked = {"resource_type": "orders", "includes": ["customer"], "filters": {"status_eq": "shipped"}}
    made = maya("exports.create", asked)
    listed = run(centre, tmp_path, "exports:list", "-t", "orders")
    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert made["id"] in listed.stdout
    shown = run(centre, tmp_path, "exports:details", made["id"])
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert made["id"] in shown.stdout
    missing = run(centre, tmp_path, "exports:details", "zzzzzzzzzz")
    assert "Unable to find export" in missing.stdout + missing.stderr


def test_interrupt(idle, tmp_path):
    maya = Client("commerce_layer", idle.url, idle.tokens["maya"])
    made = maya("exports.create", {"resource_type": "orders"})
    done = run(idle, tmp_path, "exports:interrupt", made["id"], who="boss")
    assert done.returncode == 0, done.stdout + done.stderr
    assert maya("exports.retrieve", made["id"])["status"] == "interrupted"
