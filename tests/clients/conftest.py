"""Real clients against real centres: `centre` makes files, in `idle` nothing moves, so that what waits can be stopped.

`maya` and `boss` of a centre are people; `centre.tokens` has their tokens.
"""

import pytest

from tests.processes import Centre

ENDED = ("completed", "failed", "cancelled")


@pytest.fixture(scope="session")
def waiting_room(tmp_path_factory, shop, prepared):
    made = Centre(tmp_path_factory.mktemp("idle"), shop, max_waiting=1000).prepare(like=prepared)
    made.start("queue", "web")
    yield made
    made.stop()


@pytest.fixture
def idle(waiting_room):
    """A centre without workers; nothing waits in it when a test begins."""
    for export in waiting_room.ask("GET", "/api/v1/exports/?status=waiting&limit=100", "boss").json():
        waiting_room.ask("POST", f"/api/v1/exports/{export['id']}/set_cancel/", "boss")
    return waiting_room
