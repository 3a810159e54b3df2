"""A worker forks for each job; Polars' threads would not be there in the child, which then waits for ever."""

import subprocess
import sys

from tests.processes import ROOT

THREADS = """
import os, jobs.worker
print([open(f"/proc/self/task/{one}/comm").read().strip() for one in os.listdir("/proc/self/task")])
"""


def test_nothing_that_the_worker_imports_starts_polars():
    done = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "polars-0" not in done.stdout
