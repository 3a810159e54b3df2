"""What workers run. Each file is one job, named in `dashboard.queue.JOBS`; a job gets the number of an export.

Jobs run in an app context that the worker (or a test) opens. They may be started twice, late or never: every step
claims before it works and commits by conditional update, so a second job for the same work finds nothing to do.
"""
