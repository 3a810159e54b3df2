"""dev.py bench: what it refuses, what it makes of figures, and one small run of it for real."""

import csv
import json
import os
import subprocess
import sys
from itertools import chain

import openpyxl
import pytest

import dev
from benchmarks import peers, report, run, targets
from benchmarks.measuring import ROOT, Failed, Run, children_of, cpu_of, measured, tree_cpu
from benchmarks.shop import make_shop
from benchmarks.targets import OURS, Figures, Race

PAIRS = {
    "csv-sqlite": ("sqlite3 -csv", 0.5),
    "csv-postgresql": ("psql \\copy", 0.5),
    "csv": ("SQLAlchemy rows + csv.writer", 4),
    "csv-django": ("django-import-export", 5),
    "xlsx": ("openpyxl write-only", 20),
    "xlsx-rust": ("jetxl", 3),
    "json": ("rows + json", 5),
}


def race(peer, factor, rows=1_000_000):
    """Ours took 2 s, 1 s and 3 s of CPU, the peer `factor` times as much each time."""
    ours = [Run(cpu, cpu, 300) for cpu in (2.0, 1.0, 3.0)]
    return Race(
        "Race", rows, {OURS: ours, peer: [Run(one.cpu * factor, one.wall * factor, 50) for one in ours]}
    )


def good_figures():
    figures = Figures({key: race(*pair) for key, pair in PAIRS.items()})
    figures.one_worker, figures.two_workers = [4.0], [2.0]
    figures.clicks = [0.3] * 20
    figures.pages = {
        database: {door: [20.0] * 100 for door in ("dashboard", *targets.APIS)}
        for database in ("sqlite", "postgresql")
    }
    figures.polls = {"list": 900.0, "export": 600.0}
    figures.memory = {1_000_000: 300.0, 10_000_000: 305.0}
    return figures


def found(figures, what):
    return next(one for one in targets.results(figures) if what in one.what)


# What it refuses


@pytest.mark.parametrize("rows", ["many", "0", "-5"])
def test_a_wrong_number_of_rows_is_refused(rows):
    done = command("bench", "--rows", rows)
    assert done.returncode == 2
    assert "whole number" in done.stderr


@pytest.mark.parametrize("rows", ["999", "10000001"])
def test_more_or_fewer_rows_than_can_be_measured_are_refused_before_anything_is_installed(rows):
    done = command("bench", "--rows", rows)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "--rows: from 1,000 to 10,000,000 can be measured.\n"


def test_an_unknown_stage_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        run.parsed(["--only", "csv,everything"])
    assert "there is no everything" in capsys.readouterr().err


def command(*arguments):
    # -S: without site-packages, as on a bare machine.
    words = [sys.executable, "-S", str(ROOT / "dev.py"), *arguments]
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("installed", "wanted", "anew"),
    [("bench", "demo", False), ("bench", "test", False), ("test", "demo", False), ("test", "bench", True),
     ("demo", "test", True)],
)  # fmt: skip
def test_set_up_for_the_benchmark_holds_everything_else(monkeypatch, tmp_path, installed, wanted, anew):
    steps = []
    monkeypatch.setattr(dev, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(dev, "make_venv", lambda: None)
    monkeypatch.setattr(dev, "install", steps.append)
    for name in [name for name in vars(dev) if name.startswith("place_")]:
        monkeypatch.setattr(dev, name, lambda *_: None)
    dev.setup(installed)
    dev.setup(wanted)
    assert steps == ([installed, wanted] if anew else [installed])


# What it makes of figures


def test_good_figures_meet_every_target():
    assert {one.verdict for one in targets.results(good_figures())} == {"pass"}


@pytest.mark.parametrize("key", PAIRS)
def test_a_ratio_on_the_wrong_side_is_a_miss(key):
    figures = good_figures()
    peer, factor = PAIRS[key]
    figures.races[key] = race(peer, factor / 2)
    assert targets.summary(targets.results(figures))["missed"] == 1


def test_a_ratio_is_that_of_the_medians():
    assert race("other", 4).ratio("other", OURS) == 4
    assert race("other", 4).faster("other") == 4
    assert race("other", 4).cpu(OURS) == 2.0


def test_the_best_rust_writer_is_the_one_that_needed_least():
    figures = good_figures()
    figures.races["xlsx-rust"].runs["rustpy-xlsxwriter"] = [Run(3.0, 3.0)]
    assert found(figures, "rustpy-xlsxwriter").verdict == "MISS"


def test_what_was_not_measured_is_neither_met_nor_missed_and_says_so():
    figures = Figures(missing={"psql \\copy": "there is no program psql"})
    assert {one.verdict for one in targets.results(figures)} == {"not measured"}
    assert "not measured: psql \\copy (there is no program psql)" in report.shown(figures)


@pytest.mark.parametrize(
    ("memory", "verdicts"),
    [
        ({1_000_000: 401.0}, ["MISS", "not measured"]),
        ({1_000_000: 300.0, 10_000_000: 350.0}, ["pass", "MISS"]),
        ({1_000_000: 390.0, 10_000_000: 402.0}, ["pass", "MISS"]),
    ],
)
def test_memory_must_be_small_and_must_not_grow(memory, verdicts):
    figures = Figures(memory=memory)
    assert [one.verdict for one in targets.results(figures) if "memory" in one.what] == verdicts


def test_slow_answers_are_a_miss_at_the_95th_of_a_hundred():
    figures = good_figures()
    figures.pages["sqlite"]["dashboard"] = [20.0] * 95 + [500.0] * 5
    assert found(figures, "List of 1,000,000, SQLite").verdict == "pass"
    figures.pages["sqlite"]["dashboard"] = [20.0] * 94 + [500.0] * 6
    assert found(figures, "List of 1,000,000, SQLite").verdict == "MISS"
    figures.pages["postgresql"]["rebilly"] = [51.0] * 100
    assert found(figures, "Rebilly, lists and exports of 1,000,000, PostgreSQL").verdict == "MISS"
    figures.polls["export"] = 499.0
    assert found(figures, "fragments").figure == "499 (export)"
    assert found(figures, "fragments").verdict == "MISS"


def test_it_exits_1_on_a_miss_and_writes_what_it_shows(tmp_path, capsys):
    figures, out = good_figures(), tmp_path / "RESULTS.md"
    assert run.ended(figures, "python3 dev.py bench", 12, out) == 0
    figures.clicks = [0.6] * 20
    assert run.ended(figures, "python3 dev.py bench", 12, out) == 1
    text = out.read_text()
    assert "| Click to finished file of 1,000 rows, median | at most 0.5 s | 0.60 s | MISS |" in text
    assert f"Python {sys.version.split()[0]}" in text
    assert "1 missed" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [out]


# What it measures with


def test_a_command_is_measured_with_its_children(tmp_path):
    burn = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', sys.argv[1]])"
    child = "x = b'.' * 60_000_000\nfor _ in range(3_000_000): pass"
    cost = measured([sys.executable, "-S", "-c", burn, child], tmp_path / "out")
    assert cost.cpu > 0.05
    assert cost.wall > 0.05
    assert 60 < cost.peak_mb < 110


def test_a_command_that_fails_stops_the_run_with_what_it_said(tmp_path):
    with pytest.raises(Failed, match="no such thing"):
        measured([sys.executable, "-S", "-c", "raise SystemExit('no such thing')"], tmp_path / "out")


def test_the_cpu_of_a_living_process_and_of_its_children_is_read():
    with subprocess.Popen(["sleep", "30"]) as sleeping:
        try:
            assert sleeping.pid in children_of(os.getpid())
            assert cpu_of(sleeping.pid) == 0
            assert tree_cpu(os.getpid()) >= cpu_of(os.getpid()) > 0
        finally:
            sleeping.kill()
    assert cpu_of(sleeping.pid) == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "shop.sqlite"
    make_shop(path, 50)
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    "name",
    [name for name, peer in peers.PEERS.items() if "django" not in peer.imports[0] and "no file" not in name],
)
def test_every_peer_writes_every_row_and_column(name, small, tmp_path):
    for module in peers.PEERS[name].imports:
        pytest.importorskip(module)
    out = tmp_path / ("out.xlsx" if "xl" in name.lower() else "out")
    peers.PEERS[name].write(small, str(out))
    assert read(out, name) == (list(peers.COLUMNS), 50)


def test_django_import_export_writes_every_row_and_column(small, tmp_path):
    pytest.importorskip("import_export")
    words = [sys.executable, "-m", "benchmarks.peers", "django-import-export", small, str(tmp_path / "out")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {"cpu", "wall", "peak_mb"}
    assert read(tmp_path / "out", "csv") == (list(peers.COLUMNS), 50)


def read(path, name):
    """Names of the columns, and how many rows."""
    if path.suffix:
        rows = list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    elif "json" in name:
        objects = json.loads(path.read_text())
        rows = list(chain([objects[0]], (one.values() for one in objects)))
    else:
        rows = list(csv.reader(path.open(newline="")))
    return list(rows[0]), len(rows) - 1


@pytest.mark.valkey
def test_a_small_run_measures_the_real_pipeline_and_leaves_nothing_behind(tmp_path):
    words = [sys.executable, "-m", "benchmarks.run", "--only", "csv", "--rows", "1000"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    out = tmp_path / "R.md"
    done = subprocess.run(
        [*words, "--out", str(out)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    assert "CSV from SQLite, 1,000 rows" in out.read_text()
    assert OURS in out.read_text()
    assert list(tmp_path.iterdir()) == [out]
