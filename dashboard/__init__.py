"""The export centre.

Floors, from the bottom up; a module imports from lower floors only (tests/test_floors.py enforces it):

    6  processes   wsgi, jobs.worker, jobs.clock, dashboard.demo
    5  app         dashboard.app, dashboard.cli
    4  doors       dashboard.views (pages), dashboard.api (programs), jobs.* (workers)
    3  verbs       row_ids, spans, planning and asked, then lifecycle (every change of an export), search,
                   accounts, tokens, manifest, mail, delivery
    2  records     models
    1  ground      config and database, then extensions and queue
    0  parts       formats, sources, storage, filter_files: a plain Python prompt is enough for them
    0  rules       columns, languages, criteria, dateranges, relative_dates, recurrence, guard, drawing: pure,
                   and below the parts
"""
