"""The supervisor of the demo, with real processes: it starts again what ends, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard import supervisor as module
from dashboard.supervisor import Supervisor, processes_of

ROOT = Path(__file__).resolve().parent.parent
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgrp()  # as an RQ work-horse does
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with Supervisor(ROOT, tmp_path / "logs", said.append) as supervisor:
        yield supervisor
    for number, handler in handlers.items():
        signal.signal(number, handler)


def within(seconds: float, question) -> bool:
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended stays in the table until its parent asks for it.
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_is_killed_is_started_again(supervisor, said):
    child = supervisor.start("sleeper", SLEEP, os.environ)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 5
    supervisor.watch(until=lambda: child.process.pid != first or time.monotonic() > end)
    assert child.process.pid != first
    assert child.is_running
    assert said == ["sleeper ended, starting again in 0.5 s (SIGKILL)"]


def test_what_ends_says_why_on_the_console_and_waits_longer_each_time(supervisor, said):
    child = supervisor.start(
        "broken", [sys.executable, "-c", "raise SystemExit('no such setting')"], os.environ
    )
    end = time.monotonic() + 10
    supervisor.watch(until=lambda: len(said) == 2 or time.monotonic() > end)
    assert said == [
        "broken ended, starting again in 0.5 s (exit 1: no such setting)",
        "broken ended, starting again in 1 s (exit 1: no such setting)",
    ]
    assert [child.pause() for _ in range(5)] == [2, 4, 8, 10, 10]
    child.started_at -= module.STEADY + 1
    assert child.pause() == module.FIRST_PAUSE


def test_of_a_log_the_last_exception_is_the_reason_else_the_last_line(tmp_path):
    log = tmp_path / "log"
    trace = "Traceback (most recent call last):\n  File 'x'\nsome.where.CatalogError: sources.toml, line 3: no url\n"
    log.write_text(f"INFO  [alembic] one\n{trace}(Background on this error at: example.invalid)\n")
    assert module.reason(log) == "some.where.CatalogError: sources.toml, line 3: no url"
    log.write_text("first\nSECRET_KEY is not set\n")
    assert module.reason(log) == "SECRET_KEY is not set"
    log.write_text("")
    assert module.reason(log) == ""


def test_a_child_that_ends_takes_what_it_started_with_it(supervisor):
    child = supervisor.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
    assert within(5, lambda: len(processes_of(child.process.pid)) == 2)
    session = child.process.pid
    os.kill(session, signal.SIGKILL)
    end = time.monotonic() + 5
    supervisor.watch(until=lambda: child.start_at > 0 or time.monotonic() > end)
    assert within(2, lambda: not any(is_there(pid) for pid in processes_of(session)))


def test_stopping_ends_even_what_does_not_listen(supervisor, monkeypatch):
    monkeypatch.setattr(module, "SECOND_TERM", 0.1)
    monkeypatch.setattr(module, "KILL", 0.4)
    first = supervisor.start("first", SLEEP, os.environ)
    stubborn = supervisor.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
    assert within(5, lambda: stubborn.log.read_text().count("ready") == 2)
    pids = [*processes_of(stubborn.process.pid), first.process.pid]
    begun = time.monotonic()
    supervisor.stop()
    assert len(pids) == 3
    assert not any(is_there(pid) for pid in pids)
    assert time.monotonic() - begun < 3
    assert (first.process.returncode, stubborn.process.returncode) == (-signal.SIGTERM, -signal.SIGKILL)


def test_the_limits_leave_ten_seconds_untouched():
    assert module.SECOND_TERM < module.KILL < module.LAST_KILL < 9


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_nothing_stays_when_the_supervisor_itself_is_killed(tmp_path):
    script = f"""
import os, sys
from pathlib import Path
from dashboard.supervisor import Supervisor
with Supervisor(Path.cwd(), Path(sys.argv[1])) as supervisor:
    print(supervisor.start("sleeper", {SLEEP!r}, os.environ).process.pid, flush=True)
    supervisor.watch()
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert is_there(pid)
        parent.kill()
        assert within(5, lambda: not is_there(pid))
