"""What calls raise. Every error of the server carries its code from the closed list of the API."""

from __future__ import annotations


class VecraftError(Exception):
    """A call failed.

    Attributes:
        status: HTTP status, 0 when no answer came.
        code: stable name of the error, such as ``dimension_mismatch``.
        field: what the error is about, such as ``vectors[0].vector``; None when nothing particular.
        request_id: names the request in the server's logs; a write is repeated with the same one.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "unknown",
        field: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.field = field
        self.request_id = request_id

    def __str__(self) -> str:
        about = f" ({self.field})" if self.field else ""
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message}{about} [{self.code}{request}]"


class InvalidArgumentError(VecraftError):
    """The request is malformed or breaks a limit (400, 405, 413, 415)."""


class AuthenticationError(VecraftError):
    """The API key is missing or unknown (401)."""


class PermissionDeniedError(VecraftError):
    """The API key may not do this (403)."""


class NotFoundError(VecraftError):
    """No such collection, record or request (404)."""


class ConflictError(VecraftError):
    """A precondition did not hold, or the request id was used for something else (409)."""


class SnapshotExpiredError(VecraftError):
    """The moment asked for is no longer kept (410)."""


class RateLimitedError(VecraftError):
    """Too much at once, and trying again did not help in time (429)."""


class UnavailableError(VecraftError):
    """The server cannot do it now. A write was certainly not applied (503)."""


class OutcomeUnknownError(VecraftError):
    """It is not known whether the write happened.

    Repeat it with the ``request_id`` of this error to learn it: it then happens once, or has.
    """


class DeadlineExceededError(OutcomeUnknownError):
    """The server ran out of time; of a write, the outcome is unknown (504)."""


class ConnectionFailedError(OutcomeUnknownError):
    """No answer came from the endpoint, also after trying again."""


_BY_STATUS: dict[int, type[VecraftError]] = {
    400: InvalidArgumentError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: InvalidArgumentError,
    409: ConflictError,
    410: SnapshotExpiredError,
    413: InvalidArgumentError,
    415: InvalidArgumentError,
    429: RateLimitedError,
    503: UnavailableError,
    504: DeadlineExceededError,
}


def error_for(status: int, code: str) -> type[VecraftError]:
    """The class of an error with this status and code."""
    if code == "outcome_unknown":
        return OutcomeUnknownError
    return _BY_STATUS.get(status, VecraftError)
