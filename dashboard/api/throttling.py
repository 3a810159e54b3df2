"""Rate limits of the API: requests of each token, and of each address that comes without a good one.

`api.auth` counts every request; dialects read `state` for their own headers and answer `Throttled` in their own words.
Off unless the setting RATE_LIMIT says otherwise. The counters are in the queue's Redis; while that is away nothing is
counted and everybody is let in.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from flask import Flask, current_app, g, request
from limits import RateLimitItem
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from dashboard.extensions import settings

# How long a Redis that did not answer is not asked again: each question may take a second.
AWAY_SECONDS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Window:
    """How much is left of the limit that is nearest to its end."""

    limit: int
    remaining: int
    reset: int  # when there is room for more, in seconds since the epoch
    seconds: int  # until then, at least 1
    interval: int  # length of the window in seconds


class Throttled(Exception):
    """Too many requests; the text is fit for people. `seconds`: when to come again."""

    def __init__(self, window: Window) -> None:
        self.limit, self.remaining = window.limit, window.remaining
        self.reset, self.interval = window.reset, window.interval
        self.seconds = window.seconds
        super().__init__(f"Too many requests. Try again in {self.seconds} s.")


def state() -> Window | None:
    """Of this request; None when there is no limit, or none was counted."""
    window: Window | None = g.get("throttling_window")
    return window


def count(who: str) -> None:
    """Count this request for somebody, `token:7` or `user:3`. Raises Throttled."""
    g.throttling_window = None
    limiter = _limiter()
    if not settings.rate_limit or limiter.is_away():
        return
    try:
        windows = [limiter.count(item, who) for item in settings.rate_limit]
    except (RedisError, OSError) as error:
        limiter.away_until = time.monotonic() + AWAY_SECONDS
        log.warning("rate_limit_not_counted", error=type(error).__name__)
        return
    full = [window for window, allowed in windows if not allowed]
    g.throttling_window = (
        max(full, key=lambda one: one.reset) if full else min((one for one, _ in windows), key=_left)
    )
    if full:
        raise Throttled(g.throttling_window)


def count_address() -> None:
    """Count this request, which comes without a good token, for its address. Raises Throttled."""
    count(f"address:{_network(request.remote_addr or '')}")


def _left(window: Window) -> float:
    return window.remaining / window.limit


def _network(address: str) -> str:
    """What one caller has to itself: an IPv4 address, or the 64 bits of an IPv6 one that a network is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


class _Limiter:
    def __init__(self, app: Flask) -> None:
        # The address is that of the pool, with its time limits of a web request.
        pool = app.extensions["redis"].connection_pool
        storage = RedisStorage("redis://", connection_pool=pool, key_prefix="rate-limit")
        self._windows = SlidingWindowCounterRateLimiter(storage)
        self.away_until = 0.0

    def is_away(self) -> bool:
        return time.monotonic() < self.away_until

    def count(self, item: RateLimitItem, who: str) -> tuple[Window, bool]:
        allowed = self._windows.hit(item, who)
        reset, remaining = self._windows.get_window_stats(item, who)
        left = remaining if allowed else 0
        seconds = max(1, math.ceil(reset - time.time()))
        return Window(item.amount, left, math.ceil(reset), seconds, item.get_expiry()), allowed


def _limiter() -> _Limiter:
    app = current_app
    if "rate_limiter" not in app.extensions:
        app.extensions["rate_limiter"] = _Limiter(app)
    limiter: _Limiter = app.extensions["rate_limiter"]
    return limiter
