"""A worker as production runs it, that also notes what each of its work-horses cost: `python -m benchmarks.worker`."""

from __future__ import annotations

import json
import os
from typing import Any

from jobs import worker


class MeasuredWorker(worker.ExportWorker):
    def wait_for_horse(self) -> tuple[Any, Any, Any]:
        pid, status, used = super().wait_for_horse()
        if used:
            note = {"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
            with open(os.environ["HORSES"], "a") as file:
                file.write(json.dumps(note) + "\n")
        return pid, status, used


if __name__ == "__main__":
    worker.ExportWorker = MeasuredWorker  # type: ignore[misc]
    worker.main()
