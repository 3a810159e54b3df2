"""`python3 dev.py demo` as a person runs it: it comes up, mends itself, and goes down whole."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"valkey", "web", "clock", "worker-1", "worker-2"}

pytestmark = [
    pytest.mark.valkey,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc"),
]


class Running:
    """A demo, its console and its processes."""

    def __init__(self, data: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.data = data
        self.console: list[str] = []
        command = [sys.executable, "dev.py", "demo", "--port", str(self.port), "--data-dir", str(data)]
        environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        self.process = subprocess.Popen(
            [*command, "--orders", "300"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=lambda: self.console.extend(self.process.stdout), daemon=True).start()

    def children(self) -> list[int]:
        return [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if parent(pid) == self.process.pid
        ]

    def healthz(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def says(self, text: str) -> bool:
        return any(text in line for line in self.console)


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it ended meanwhile
        return 0


def title(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def within(seconds: float, question) -> bool:
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def demo(tmp_path):
    demo = Running(tmp_path / "my data")
    yield demo
    demo.process.terminate()
    demo.process.wait(15)


def test_the_demo_comes_up_mends_itself_and_goes_down_whole(demo):
    assert within(60, lambda: demo.says("Ctrl-C stops it.")), demo.console
    assert demo.healthz() == 200
    children = demo.children()
    titles = {pid: title(pid) for pid in children}
    assert {log.stem for log in (demo.data / "logs").iterdir()} >= NAMES
    assert len(children) == len(NAMES)

    # Where to sign in is said; the passwords are in a file of this user alone, and in no title.
    credentials = json.loads((demo.data / "credentials.json").read_text())
    assert (demo.data / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert credentials["url"] == f"http://127.0.0.1:{demo.port}"
    assert credentials["source"] == f"sqlite:///{demo.data / 'shop.sqlite'}"
    for person in (credentials[key] for key in ("superuser", "staff", "no_export")):
        assert demo.says(person["email"])
        assert not demo.says(person["password"])
        assert not any(person["password"] in text for text in titles.values())
    assert not any((demo.data / "secret").read_text() in text for text in titles.values())

    # Whatever is killed comes back.
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for name in NAMES:
        assert within(10, lambda name=name: demo.says(f"{name} ended, starting again")), name
    assert within(40, lambda: len(demo.children()) == len(NAMES) and demo.healthz() == 200)

    # Ctrl-C ends everything in time.
    children = demo.children()
    grandchildren = [
        pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent(pid) in children
    ]
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(10) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in [*children, *grandchildren])
    assert demo.healthz() == 0
