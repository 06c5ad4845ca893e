"""The newest session token of a session."""

from __future__ import annotations

import threading

from .models import Json


def stamp_of(body: Json) -> int:
    """The moment that an answer is about, 0 when it does not say."""
    info = body.get("consistency_info")
    stamp = body.get("hlc") or body.get("version")
    if stamp is None and isinstance(info, dict):
        stamp = info.get("as_of")
    return int(stamp) if stamp else 0


class TokenHolder:
    """Keeps what the next call must see. Safe for use by many threads and tasks.

    Tokens are opaque. One that was received includes the one that was sent, and replaces it. Of two
    answers to calls that ran side by side, the later stamp decides which token stays.
    """

    def __init__(self, token: str | None = None) -> None:
        self._lock = threading.Lock()
        self._token = token
        self._stamp = 0

    @property
    def token(self) -> str | None:
        with self._lock:
            return self._token

    def update(self, sent: str | None, received: str | None, stamp: int) -> None:
        if received is None:
            return
        with self._lock:
            if stamp > self._stamp or self._token == sent:
                self._token = received
                self._stamp = max(stamp, self._stamp)
