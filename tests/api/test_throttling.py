"""Rate limits, with a real Valkey; and what happens without one."""

import time

import pytest
from redis import Redis

from dashboard import config
from dashboard.api import throttling
from tests.factories import PASSWORD
from tests.processes import free_port

EXPORTS = "/api/v1/exports/"
LOGIN = "/api/v1/auth/login/"


def statuses(caller, count, method="GET", path=EXPORTS, **options):
    return [caller.open(method, path, **options).status_code for _ in range(count)]


def test_there_is_no_limit_unless_it_is_set(mine, app):
    assert app.extensions["settings"].rate_limit == ()
    assert set(statuses(mine, 30)) == {200}


def test_too_many_requests_of_a_token_are_refused_until_the_window_has_moved_on(limited, mine):
    limited("3/2 seconds")
    assert statuses(mine, 4) == [200, 200, 200, 429]
    refused = mine.get(EXPORTS)
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 2
    assert "Too many requests" in refused.json["detail"]
    time.sleep(seconds + 0.1)
    assert mine.get(EXPORTS).status_code == 200


def test_each_token_counts_for_itself(limited, user, as_, stranger):
    limited("2/minute")
    first, second, other = as_(user), as_(user), as_(stranger)
    assert statuses(first, 3) == [200, 200, 429]
    assert statuses(second, 2) == [200, 200]
    assert statuses(other, 2) == [200, 200]


def test_refused_requests_of_all_kinds_count(limited, mine):
    limited("2/minute")
    assert statuses(mine, 1, "POST") == [415]
    assert statuses(mine, 1, path=f"{EXPORTS}99999/") == [404]
    assert statuses(mine, 1) == [429]


def test_requests_without_a_good_token_count_for_their_address(limited, as_, mine):
    limited("2/minute")
    guess = {"Authorization": "Token guess"}
    assert statuses(as_(None), 3, headers=guess) == [401, 401, 429]
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert statuses(as_(None), 1, headers=guess, environ_base=elsewhere) == [401]
    assert mine.get(EXPORTS).status_code == 200, "a good token is not blocked by its neighbours"


def test_a_network_of_ipv6_addresses_is_one_address(limited, as_):
    limited("2/minute")

    def ask(address):
        return as_(None).get(EXPORTS, environ_base={"REMOTE_ADDR": address}).status_code

    assert [ask(f"2001:db8:0:1::{n}") for n in (1, 2, 3)] == [401, 401, 429]
    assert ask("2001:db8:0:2::1") == 401


def test_logins_count_for_their_address(limited, as_, user):
    limited("2/minute")
    body = {"username": user.email, "password": PASSWORD}
    assert statuses(as_(None), 3, "POST", LOGIN, json=body) == [200, 200, 429]


def test_a_session_of_our_pages_counts_for_its_person(limited, client, login, user, as_, mine):
    login(client, user)
    limited("2/minute")
    assert [client.get(EXPORTS).status_code for _ in range(3)] == [200, 200, 429]
    assert mine.get(EXPORTS).status_code == 200


def test_of_several_limits_the_first_that_is_full_decides(limited, mine):
    limited("100/minute; 2/hour")
    assert statuses(mine, 3) == [200, 200, 429]
    assert int(mine.get(EXPORTS).headers["Retry-After"]) > 60


def test_dialects_read_how_much_is_left(limited, app):
    limited("5/minute; 2/hour")
    with app.app_context():
        throttling.count("token:1")
        state = throttling.state()
        assert (state.limit, state.remaining, state.interval) == (2, 1, 3600)
        throttling.count("token:1")
        with pytest.raises(throttling.Throttled) as refused:
            throttling.count("token:1")
        error = refused.value
        assert (error.limit, error.remaining, error.interval) == (2, 0, 3600)
        assert error.reset - time.time() - 1 < error.seconds <= 3600
        assert throttling.state().remaining == 0


def test_without_a_limit_there_is_nothing_to_tell(app):
    with app.app_context():
        throttling.count("token:1")
        assert throttling.state() is None


def test_everybody_is_let_in_while_redis_is_away(limited, mine):
    limited("1/minute", port=free_port())
    began = time.monotonic()
    assert set(statuses(mine, 20)) == {200}
    assert time.monotonic() - began < 5


def test_a_redis_that_hangs_is_asked_once_in_a_while(limited, mine):
    """It takes connections and says nothing: one request waits for a second, the others do not."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        limited("1/minute", port=silent.getsockname()[1])
        began = time.monotonic()
        assert set(statuses(mine, 10)) == {200}
        assert 0.9 < time.monotonic() - began < 4


def test_counters_go_by_themselves(limited, mine, redis_port):
    limited("5/minute")
    mine.get(EXPORTS)
    connection = Redis(port=redis_port)
    keys = connection.keys("*")
    assert keys
    assert all(0 < connection.ttl(key) <= 120 for key in keys)


@pytest.mark.parametrize(
    "text", ["0/minute", "many", "5", "5/fortnight", "-1/minute", "5/minute;", "5/minute; x", "5.5/minute"]
)
def test_a_limit_that_cannot_be_read_stops_the_start(environment, text):
    with pytest.raises(config.SettingsError, match="RATE_LIMIT must be such as"):
        config.read({**environment, "RATE_LIMIT": text})


def test_limits_are_written_as_the_library_does(environment):
    both = config.read({**environment, "RATE_LIMIT": "50/10 seconds; 200 per minute"}).rate_limit
    assert [(one.amount, one.get_expiry()) for one in both] == [(50, 10), (200, 60)]
