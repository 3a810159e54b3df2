#!/usr/bin/env python3
"""Set up, run and test the export centre with nothing but Python 3.11: people and CI start here.

    python3 dev.py setup    make .venv and put the browser's htmx and the fonts of PDF files in place
    python3 dev.py demo     the whole centre on this machine, with a made-up shop or your own database
    python3 dev.py lint     the checks alone
    python3 dev.py test     the checks and all tests; after -- come arguments for pytest
    python3 dev.py bench    how fast, next to others; --quick takes fewer rows

Standard library only. The processes of the demo are kept by dashboard/supervisor.py.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from dashboard.launch import PYTHON, ROOT, Demo, StartError, launch

VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
STAMP = VENV / "installed"
HTMX = ROOT / "static" / "vendor" / "htmx-2.0.10.min.js"
FONTS = ROOT / "dashboard" / "drawing" / "fonts"
FACES = ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf")

# What a lock file holds beside its own packages.
HOLDS = {"demo": {"demo"}, "test": {"test", "demo"}, "bench": {"bench", "test", "demo"}}

# Everything in dashboard/ is checked strictly, but for the floors 4 and up.
UPPER_FLOORS = {"__init__.py", "__pycache__", "api", "app.py", "cli.py", "demo.py", "views"}


# -- setup ---------------------------------------------------------------------------------------------


def setup(wanted: str) -> None:
    """Install one lock file (`demo`, `test` or `bench`) unless that is done, or one that holds it."""
    locks = b"".join(lock.read_bytes() for lock in sorted(LOCKS.glob("*.lock")))
    digest = hashlib.sha256(locks).hexdigest()
    done = STAMP.read_text().split() if STAMP.exists() else []
    held = any(wanted in HOLDS.get(name, ()) for name in done[1:])
    placed = [PYTHON, HTMX, *(FONTS / face for face in FACES)]
    if done[:1] == [digest] and held and all(path.exists() for path in placed):
        return
    say(f"Setting up .venv from requirements/{wanted}.lock ...")
    make_venv()
    install(wanted)
    place_assets()
    STAMP.write_text(f"{digest} {wanted}\n")


def make_venv() -> None:
    """Also over one that was left half made; one whose Python is gone is made anew."""
    if PYTHON.exists() and STAMP.exists():
        return
    if not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        cause = (made.stdout + made.stderr).strip()
        raise StartError(
            f"{cause}\nNo virtual environment could be made. On Debian: apt-get install python3-venv"
        )


def install(name: str) -> None:
    packages = ["--require-hashes", "-r", str(LOCKS / f"{name}.lock")]
    try:
        pip("install", "--require-hashes", "-r", str(LOCKS / "uv.lock"))
        uv = {**os.environ, "UV_NATIVE_TLS": "1"}
        if "PIP_INDEX_URL" in uv:
            uv.setdefault("UV_DEFAULT_INDEX", uv["PIP_INDEX_URL"])
        quietly(
            [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--compile-bytecode", *packages], uv
        )
    except StartError as problem:
        # Seen behind a proxy with its own certificate, where pip works and uv does not.
        say(f"uv did not do it, so pip installs, which takes longer.\n{problem}")
        pip("install", *packages)


def place_assets() -> None:
    """What is no Python comes from wheels of Python packages, too: a registry with hashes, and no Django."""
    assets = ROOT / "var" / "assets"
    shutil.rmtree(assets, ignore_errors=True)
    pip("install", "--no-deps", "--require-hashes", "--target", str(assets), "-r", str(LOCKS / "assets.lock"))
    (licence,) = assets.glob("django_htmx-*.dist-info/licenses/LICENSE")
    htmx = assets / "django_htmx" / "static" / "django_htmx" / "htmx-2.min.js"
    place(HTMX.parent, {HTMX.name: htmx, "htmx-LICENSE.txt": licence})
    dejavu = assets / "rinoh_typeface_dejavusans"
    place(FONTS, {**{face: dejavu / face for face in FACES}, "LICENSE.txt": dejavu / "LICENSE"})


def place(folder: Path, files: dict[str, Path]) -> None:
    """Make the folder anew with these files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, file in files.items():
        shutil.copy(file, folder / name)


def pip(*arguments: str) -> None:
    quietly([PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], dict(os.environ))


def quietly(command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise StartError(
            f"{' '.join(str(word) for word in command)}\n{(done.stdout + done.stderr).strip()[-2000:]}"
        )


# -- test ----------------------------------------------------------------------------------------------


def lint() -> list[str]:
    """Run every check, show what each says, and name those that failed."""
    floors = sorted(str(path) for path in (ROOT / "dashboard").iterdir() if path.name not in UPPER_FLOORS)
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy", "--strict", "dev.py", *floors],
        "djlint": ["djlint", "--lint", "--quiet", "templates"],
    }
    return [name for name, check in checks.items() if failed(name, check)]


def failed(name: str, command: list[str]) -> bool:
    say(f"-- {name}")
    return subprocess.run([PYTHON, "-m", *command], cwd=ROOT).returncode != 0


def test(pytest_arguments: list[str]) -> int:
    broken = lint()
    # Much of a test is waiting for processes, so one more than there are cores. A file stays in one process.
    side_by_side = ["-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    if failed("pytest", ["pytest", *side_by_side, *pytest_arguments]):
        broken.append("pytest")
    return report(broken)


def report(broken: list[str]) -> int:
    if broken:
        say(f"Failed: {', '.join(broken)}")
    return 1 if broken else 0


# -- bench ---------------------------------------------------------------------------------------------


def bench(options: argparse.Namespace) -> int:
    """The figures, and 1 when a target is missed; a signal ends the measuring, too."""
    if options.rows and not 1_000 <= options.rows <= 10_000_000:
        raise StartError("--rows: from 1,000 to 10,000,000 can be measured.")
    setup("bench")
    words = ["--quick"] if options.quick else []
    words += ["--rows", str(options.rows)] if options.rows else []
    measuring = subprocess.Popen([PYTHON, "-m", "benchmarks.run", *words], cwd=ROOT)
    try:
        return measuring.wait()
    finally:
        if measuring.poll() is None:
            measuring.terminate()
            measuring.wait()


# -- demo ----------------------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> None:
    """Everything that can be wrong with the command is said before anything is started."""
    source = checked_source(options.source)
    check_port(options.port)
    data = checked_directory(options.data_dir)
    with (data / "lock").open("w") as lock:
        hold(lock.fileno(), data)
        if source:
            setup("demo")
        else:
            setup_and_make_shop(data, options.orders)
        launch(Demo(data, options.port, options.workers, source, say))


def checked_source(source: str | None) -> str | None:
    if source is None:
        return None
    if Path(source).is_file():
        return f"sqlite:///{Path(source).resolve()}"
    if not re.match(r"[a-z][a-z0-9+_]*://", source):
        raise StartError("--source: neither a file nor a database URL such as postgresql://user@host/name.")
    scheme, path = source.split("://", 1)
    if not scheme.startswith("sqlite"):
        return source
    path, _, query = path.partition("?")
    if not Path(path[1:]).is_file():
        raise StartError(f"--source: there is no SQLite file {path[1:] or '(no name)'}.")
    return f"{scheme}:///{Path(path[1:]).resolve()}" + (f"?{query}" if query else "")


def check_port(port: int) -> None:
    if not 1 <= port <= 65_535:
        raise StartError(f"--port: {port} is no port.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartError(f"--port: {port} cannot be used ({error}). Try another: --port 8001") from None


def checked_directory(path: Path) -> Path:
    path = path.resolve()
    if set("?#") & set(str(path)):
        raise StartError("--data-dir: a path with ? or # does not fit into a database URL.")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise StartError(f"--data-dir: {path} cannot be written ({error.strerror}).") from None
    return path


def hold(lock: int, data: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StartError(f"--data-dir: another demo is running on {data}.") from None


def setup_and_make_shop(data: Path, orders: int | None) -> None:
    """Both at once: the shop is made in the time that the installation takes."""
    shop = [sys.executable, "-m", "benchmarks.shop", str(data / "shop.sqlite"), "--keep"]
    shop += ["--until", str(date.today()), "--catalog", str(data / "sources.toml")]
    shop += ["--orders", str(orders)] if orders else []
    making = subprocess.Popen(shop, cwd=ROOT)
    try:
        setup("demo")
        if making.wait():
            raise StartError("The demo shop could not be made.")
    finally:
        making.kill()


# -- command line --------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py", description="Set up, run and test the export centre.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="make .venv, put htmx and fonts in place")
    commands.add_parser("lint", help="ruff, mypy and djlint")
    testing = commands.add_parser("test", help="lint, then every test")
    testing.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    measuring = commands.add_parser("bench", help="measure it next to others; exits 1 on a missed target")
    measuring.add_argument("--quick", action="store_true", help="in minutes, with fewer rows")
    measuring.add_argument("--rows", type=counting, metavar="N", help="so many orders (1,000 to 10,000,000)")
    running = commands.add_parser("demo", help="the whole centre on this machine")
    running.add_argument("--port", type=int, default=8000)
    running.add_argument("--data-dir", type=Path, default=ROOT / "var" / "demo", metavar="DIR")
    running.add_argument(
        "--source", metavar="URL", help="your own database, or a SQLite file, instead of the shop"
    )
    running.add_argument("--orders", type=counting, metavar="N", help="orders in the shop (20000)")
    running.add_argument("--workers", type=counting, default=2, metavar="N")
    return parser.parse_args(arguments)


def counting(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 is wanted")
    return int(text)


def run(options: argparse.Namespace) -> int:
    if options.command == "demo":
        demo(options)
        return 0
    if options.command == "bench":
        return bench(options)
    setup("demo" if options.command == "setup" else "test")
    if options.command == "lint":
        return report(lint())
    return test(options.pytest) if options.command == "test" else 0


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - a bare machine may have an older one
        raise SystemExit("Python 3.11 or newer is wanted.")
    # Leave by way of every `finally` and `with`, whichever way we are told to stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0 if arguments[:1] == ["demo"] else 130))
    try:
        return run(parsed(arguments))
    except StartError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
