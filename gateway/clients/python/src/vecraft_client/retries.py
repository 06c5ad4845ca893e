"""When a failed try is repeated, and after how long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Other errors with the same status do not go away by themselves.
PASSING_CODES = frozenset(
    {
        "unavailable",
        "not_ready",
        "outcome_unknown",
        "deadline_exceeded",
        "rate_limited",
        "back_pressure",
        "embedding_unavailable",
    }
)
_PROXY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a client is. A repeated try has the request id of the first.

    Attributes:
        attempts: how often a call is tried at most, 1 for no repetition.
        total_seconds: no try begins later than this after the first.
        first_pause_seconds: before the second try; doubles for each further one.
        longest_pause_seconds: where the doubling ends.
    """

    attempts: int = 8
    total_seconds: float = 30.0
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 2.0


def passing(status: int, code: str | None) -> bool:
    """Whether a second try may succeed where one ended so; code None: not an answer of Vecraft."""
    if code is None:
        return status in _PROXY_STATUSES
    return code in PASSING_CODES


class Pauses:
    """The pauses between the tries of one call; not for reuse."""

    def __init__(self, policy: RetryPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._began = clock()
        self._tries = 1
        self._pause = policy.first_pause_seconds

    def next(self, headers: Mapping[str, str] | None = None) -> float | None:
        """Seconds to wait before the next try, None when there is to be none."""
        if self._tries >= self._policy.attempts:
            return None
        # Half to whole: clients that failed together do not come back together.
        pause = self._pause * random.uniform(0.5, 1.0)
        after = (headers or {}).get("retry-after", "")
        if after.isdigit():
            pause = max(pause, float(after))
        if self._clock() - self._began + pause > self._policy.total_seconds:
            return None
        self._tries += 1
        self._pause = min(self._pause * 2, self._policy.longest_pause_seconds)
        return pause
