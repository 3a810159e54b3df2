"""Runs the clients that are JavaScript: `Client` calls an SDK, `command_line` the exports plug-in of the CLI."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

from tests import node_packages

HERE = Path(__file__).resolve().parent


class Failed(Exception):
    """What the client raised, as `error`."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.error = error


class Client:
    """client("exports.list", {...}): what the SDK gives for that call; raises Failed."""

    def __init__(self, dialect, url, token, **options):
        self.dialect = dialect
        self.options = {"url": url, "token": token, **options}

    def __call__(self, path, *arguments):
        (said,) = self.all([path, *arguments])
        if "error" in said:
            raise Failed(said["error"])
        return said["value"]

    def all(self, *calls):
        """Many calls in one process; of each {"value"} or {"error"}."""
        done = subprocess.run(
            ["node", HERE / "calls.mjs", self.dialect],
            cwd=node_packages.installed(HERE),
            input=json.dumps({**self.options, "calls": calls}).encode(),
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)


def command_line(url, token, folder, *words):
    """The CLI's exports plug-in; it insists on a token that is a JWT, so it gets one and the redirection swaps it."""
    packages = node_packages.installed(HERE)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "NO_UPDATE_NOTIFIER": "1",
        "NO_COLOR": "1",
        "CENTRE_URL": url,
        "CENTRE_TOKEN": token,
        "CL_CLI_ORGANIZATION": "export-centre",
        "CL_CLI_ACCESS_TOKEN": _jwt(),
    }
    # The whole CLI would make it.
    (folder / "cache" / "@commercelayer" / "cli-plugin-exports").mkdir(parents=True, exist_ok=True)
    plugin = packages / "node_modules" / "@commercelayer" / "cli-plugin-exports" / "bin" / "run.js"
    return subprocess.run(
        ["node", "--import", HERE / "redirect.mjs", plugin, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _jwt():
    """Not signed: only the CLI looks into it, for the kind of application and the time it ends."""
    claims = {
        "organization": {"slug": "export-centre", "id": "one"},
        "application": {"kind": "integration", "id": "one", "public": False},
        "test": True,
        "exp": 4102444800,
        "rand": 0.1,
    }
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )
