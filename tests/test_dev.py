"""dev.py: needs nothing but Python, refuses early in one line, and keeps its secrets to itself."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

import dev
from dashboard import config, launch
from dashboard.drawing import fonts
from dashboard.launch import Demo, StartError
from dashboard.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, **options) -> subprocess.CompletedProcess:
    # -S: without site-packages, as on a bare machine.
    command = [sys.executable, "-S", str(ROOT / "dev.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def refused(*arguments: str, **options) -> str:
    done = run("demo", *arguments, **options)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_it_runs_on_a_bare_python_from_any_folder(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("setup", "demo", "lint", "test"))


def test_a_source_that_is_not_there_is_refused_in_one_line(tmp_path):
    assert "no SQLite file" in refused("--source", f"sqlite:///{tmp_path}/none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    assert "no SQLite file" in refused("--source", "sqlite://")
    assert "neither a file nor a database URL" in refused("--source", "none.sqlite", cwd=tmp_path)


def test_a_source_may_be_a_file_a_relative_url_or_any_other_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.sqlite").touch()
    absolute = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    assert dev.checked_source("shop.sqlite") == absolute
    assert dev.checked_source("sqlite:///shop.sqlite") == absolute
    assert dev.checked_source(absolute) == absolute
    assert (
        dev.checked_source("sqlite+pysqlite:///shop.sqlite?mode=ro")
        == f"sqlite+pysqlite{absolute[6:]}?mode=ro"
    )
    assert dev.checked_source("postgresql+psycopg://u:p@h:5432/d") == "postgresql+psycopg://u:p@h:5432/d"
    assert dev.checked_source(None) is None


def test_a_port_in_use_is_refused_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"--port: {port}" in refused("--port", port, "--data-dir", str(tmp_path))
    assert "--port: 70000" in refused("--port", "70000", "--data-dir", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_data_dir_that_cannot_be_written_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(
        "--port", free_port(), "--data-dir", str(tmp_path / "file" / "data")
    )
    assert "does not fit" in refused("--port", free_port(), "--data-dir", str(tmp_path / "what?"))


def test_a_second_demo_on_the_same_data_is_refused_in_one_line(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another demo" in refused("--port", free_port(), "--data-dir", str(tmp_path))


@pytest.mark.parametrize("arguments", [("--workers", "0"), ("--orders", "-1"), ("--orders", "many")])
def test_a_wrong_number_is_refused(arguments):
    done = run("demo", *arguments)
    assert done.returncode == 2
    assert "whole number" in done.stderr


def test_everything_is_installed_by_hash_and_from_no_named_host():
    locks = {path.name: path.read_text() for path in dev.LOCKS.glob("*.lock")}
    assert set(locks) == {"web.lock", "demo.lock", "test.lock", "bench.lock", "assets.lock", "uv.lock"}
    for name, text in locks.items():
        requirements = re.split(r"\n(?=\S)", text.strip())
        assert all("==" in item and "--hash=sha256:" in item for item in requirements if item[0] != "#"), name
        assert "://" not in text, name


def test_the_locks_agree_on_every_version():
    versions: dict[str, set[str]] = {}
    for path in dev.LOCKS.glob("*.lock"):
        for name, version in re.findall(r"^(\S+)==([^\s;]+)", path.read_text(), re.M):
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_htmx_is_the_version_that_its_name_says():
    version = re.search(r"htmx-(\d+\.\d+\.\d+)\.min\.js", dev.HTMX.name)[1]
    assert f'version:"{version}"' in dev.HTMX.read_text()


def test_the_fonts_of_pdf_files_are_placed_where_they_are_looked_for():
    assert dev.FONTS == fonts.FOLDER
    assert set(dev.FACES) == {f"{name}.ttf" for name in (fonts.REGULAR, fonts.BOLD)}
    assert "Bitstream Vera" in (dev.FONTS / "LICENSE.txt").read_text()


def test_a_folder_of_assets_is_made_anew(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "htmx-1.js").touch()
    (tmp_path / "new").write_text("2")
    dev.place(tmp_path / "vendor", {"htmx-2.js": tmp_path / "new"})
    assert [path.name for path in (tmp_path / "vendor").iterdir()] == ["htmx-2.js"]


@pytest.fixture
def demo(tmp_path) -> Demo:
    return Demo(tmp_path, 8000, 2, None, lambda text: None)


def test_the_secret_is_random_kept_and_readable_by_its_owner_alone(demo):
    path = demo.data / "secret"
    assert launch.kept_secret(path) == launch.kept_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text()) >= 32
    path.unlink()
    assert launch.kept_secret(path) != ""


def test_the_demo_gives_its_processes_every_setting_that_must_be_set(demo, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    environment = launch.settings(demo)
    settings = config.read(environment)
    assert settings.public_url == demo.url
    assert settings.storage_root == demo.data / "files"
    assert (demo.data / "valkey.secret").read_text() in settings.redis_url
    assert settings.sources == str(demo.catalog)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/5")
    assert launch.settings(demo)["REDIS_URL"] == "redis://127.0.0.1:1/5"


@pytest.mark.valkey
def test_valkey_wants_its_password_and_has_kept_its_data_after_a_kill(demo, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    environment = launch.settings(demo)
    with Supervisor(ROOT, demo.logs, demo.say) as supervisor:
        launch.start_queue_server(supervisor, demo, environment)
        queue = Redis.from_url(environment["REDIS_URL"])
        assert queue.set("kept", "yes")
        assert queue.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with pytest.raises(AuthenticationError):
            Redis(port=queue.connection_pool.connection_kwargs["port"]).ping()
        # As in `appendfsync everysec`: written at once, though not yet forced to the disk.
        supervisor.children[0].process.kill()
        supervisor.children[0].process.wait()
        assert not launch.answers_ping(environment["REDIS_URL"])
        supervisor.watch(until=lambda: launch.answers_ping(environment["REDIS_URL"]))
        assert queue.get("kept") == b"yes"
    assert not launch.answers_ping(environment["REDIS_URL"])
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_step_that_fails_ends_the_start_with_its_last_line(demo):
    demo.logs.mkdir()
    with pytest.raises(StartError, match=r"^No module named|can't open|No such module|no_such_module"):
        launch.once(["no_such_module"], dict(os.environ), demo.logs / "step.log")


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])
