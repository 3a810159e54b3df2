"""What workers run. Each file is one job, named in `dashboard.queue.JOBS`; a job gets the number of an export.

Jobs run in an app context that the worker (or a test) opens. They may be started twice, late or never: every step
claims before it works and commits by conditional update, so a second job for the same work finds nothing to do.

What is set here counts only when polars is not loaded yet, which the modules of this package do.
"""

import os

# Of the cores each worker takes one: a thread renders a part, as many workers as are free an export.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
# polars keeps what memory it has had: parts are all alike, and a new page of memory costs the kernel more
# than a copy of its content.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:-1,muzzy_decay_ms:-1,narenas:1")
