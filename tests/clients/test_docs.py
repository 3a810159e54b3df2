"""docs/api.md: every example is run as it stands, and gives the file."""

import os
import re
import shutil
import subprocess
import time

import pytest
from omnisdk.omnitron.client import OmnitronApiClient
from omnisdk.omnitron.endpoints import OmnitronApiEndpoint

from dashboard import api
from tests import node_packages
from tests.clients.node import HERE
from tests.processes import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text()
HEADINGS = {
    "Omnitron": "omnitron",
    "PackageX": "packagex",
    "Commerce Layer": "commerce_layer",
    "Rebilly": "rebilly",
}
# What stands before an example in a client's own documentation: imports, and what to do with the text.
JAVASCRIPT = """
import {{ gunzipSync }} from "node:zlib";
import {{ CommerceLayer }} from "@commercelayer/sdk/bundle";
import RebillyAPI, {{ RebillyExperimentalAPI }} from "rebilly-js-sdk";
const {{ CENTRE, TOKEN }} = process.env;
{example}
process.stdout.write(orders);
"""


def examples(language):
    for section in re.split(r"^## ", TEXT, flags=re.M)[1:]:
        for code in re.findall(rf"```{language}\n(.*?)```", section, re.S):
            yield pytest.param(code, id=f"{section.splitlines()[0]} {language}")


def is_the_file(text):
    lines = text.splitlines()
    return lines[0].replace('"', "") == "number,status" and len(lines) > 1


@pytest.fixture
def environment(centre):
    return {"PATH": os.environ["PATH"], "CENTRE": centre.url, "TOKEN": centre.tokens["maya"]}


def run(command, environment, folder):
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("code", list(examples("sh")))
def test_curl(code, environment, tmp_path):
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("curl or jq is not installed")
    run(["bash", "-euo", "pipefail", "-c", code], environment, tmp_path)
    assert is_the_file((tmp_path / "orders.csv").read_text())


@pytest.mark.parametrize("code", list(examples("js")))
def test_javascript(code, environment, tmp_path):
    packages = node_packages.installed(HERE)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    (tmp_path / "example.mjs").write_text(JAVASCRIPT.format(example=code))
    assert is_the_file(run(["node", "example.mjs"], environment, tmp_path))


@pytest.mark.parametrize("code", list(examples("python")))
def test_python(code, centre):
    names = {
        "CENTRE": centre.url, "TOKEN": centre.tokens["maya"], "time": time,
        "OmnitronApiClient": OmnitronApiClient, "OmnitronApiEndpoint": OmnitronApiEndpoint,
    }  # fmt: skip
    exec(code, names)
    assert is_the_file(names["orders"])


def test_every_dialect_has_an_example():
    assert set(HEADINGS.values()) == set(api.DIALECTS)
    for heading in HEADINGS:
        assert re.search(rf"^## {heading}$.*?```sh", TEXT, re.M | re.S), heading
