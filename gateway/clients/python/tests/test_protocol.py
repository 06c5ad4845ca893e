"""What the clients send and how they take answers, against a transport of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import httpx
import numpy as np
import pytest

from vecraft_client import (
    AsyncVecraftClient,
    ConflictError,
    ConnectionFailedError,
    ConsistencyLevel,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    RetryPolicy,
    UnavailableError,
    Upsert,
    VecraftClient,
)
from vecraft_client._tokens import TokenHolder

QUICK = RetryPolicy(attempts=4, first_pause_seconds=0.001, longest_pause_seconds=0.002)
Handler = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers with what it was given, the last answer again and again; keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content, request=request
        )

    def client(self) -> VecraftClient:
        return VecraftClient("http://test", transport=httpx.MockTransport(self), retries=QUICK)

    def body(self, index: int = -1) -> Any:
        return json.loads(self.requests[index].content)


def ok(body: dict[str, Any], token: str | None = None) -> httpx.Response:
    return httpx.Response(200, json=body, headers={"X-Session-Token": token} if token else {})


def failed(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": code, **more}})


WRITTEN = {"id": "a", "version": "900000000000000001", "hlc": "900000000000000001"}
NOTHING_FOUND = {"results": [], "consistency_info": {"as_of": "5"}, "search_info": {}}


def test_the_key_is_the_one_given_or_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sent(**options: Any) -> str | None:
        server = Server(ok(NOTHING_FOUND))
        with VecraftClient("http://test", transport=httpx.MockTransport(server), **options) as it:
            it.vector_search([1.0])
        return server.requests[-1].headers.get("Authorization")

    monkeypatch.delenv("VECRAFT_API_KEY", raising=False)
    assert sent() is None
    monkeypatch.setenv("VECRAFT_API_KEY", "of-the-environment")
    assert sent() == "Bearer of-the-environment"
    assert sent(api_key="given") == "Bearer given"
    assert sent(api_key="") is None


def test_a_write_is_repeated_with_the_same_request_id_and_body() -> None:
    server = Server(
        failed(503, "unavailable"),
        httpx.ReadError("reset"),
        failed(504, "deadline_exceeded"),
        ok(WRITTEN),
    )
    result = server.client().insert_vector([1, 2], metadata={"a": 1})
    assert result.version == 900000000000000001
    assert len(server.requests) == 4
    assert len({r.headers["X-Request-Id"] for r in server.requests}) == 1
    assert len({r.content for r in server.requests}) == 1


def test_a_caller_s_request_id_is_used() -> None:
    server = Server(ok(WRITTEN))
    server.client().insert_vector([1], request_id="mine")
    assert server.requests[0].headers["X-Request-Id"] == "mine"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "dimension_mismatch", InvalidArgumentError),
        (404, "record_not_found", NotFoundError),
        (409, "conflict", ConflictError),
        (503, "staleness_exceeded", UnavailableError),
    ],
)
def test_errors_that_stay_are_raised_at_once(status: int, code: str, kind: type[Exception]) -> None:
    server = Server(failed(status, code, field="vector", request_id="r1"))
    with pytest.raises(kind) as raised:
        server.client().insert_vector([1])
    assert len(server.requests) == 1
    error = raised.value
    assert (error.code, error.field, error.request_id, error.status) == (  # type: ignore[attr-defined]
        code,
        "vector",
        "r1",
        status,
    )


def test_patience_ends() -> None:
    server = Server(failed(503, "outcome_unknown"))
    with pytest.raises(OutcomeUnknownError) as raised:
        server.client().insert_vector([1])
    assert len(server.requests) == 4
    assert raised.value.request_id == server.requests[0].headers["X-Request-Id"]


def test_nobody_there() -> None:
    with pytest.raises(ConnectionFailedError):
        Server(httpx.ConnectError("refused")).client().list_collections()


def test_an_answer_of_a_proxy_is_repeated() -> None:
    server = Server(httpx.Response(502, content=b"<html>bad gateway"), ok({"collections": []}))
    assert server.client().list_collections() == []


def test_a_batch_with_an_undecided_record_is_repeated() -> None:
    def result(outcome: str) -> httpx.Response:
        return ok({"results": [{"id": "a", "version": "7", "outcome": outcome}], "hlc": "7"})

    server = Server(result("outcome_unknown"), result("unavailable"), result("written"))
    done = server.client().upsert("c", [Upsert("a", [1.0])])
    assert not done.undecided
    assert len({r.headers["X-Request-Id"] for r in server.requests}) == 1


def test_a_session_sends_the_newest_token_and_reads_its_writes() -> None:
    server = Server(ok(WRITTEN, "t1"), ok(NOTHING_FOUND, "t2"))
    client = server.client()
    session = client.create_session()
    assert session.token is None
    session.insert_vector([1])
    session.vector_search([1])
    assert "X-Session-Token" not in server.requests[0].headers
    assert "X-Consistency-Level" not in server.requests[0].headers
    assert server.requests[1].headers["X-Session-Token"] == "t1"
    assert server.requests[1].headers["X-Consistency-Level"] == "read_your_writes"


def test_a_conflict_moves_the_session_on() -> None:
    error = {"error": {"code": "conflict", "message": "no", "request_id": "r"}}
    server = Server(
        ok(WRITTEN, "t1"),
        httpx.Response(409, json=error, headers={"X-Session-Token": "t2"}),
        httpx.Response(409, json=error),
        ok(NOTHING_FOUND, "t3"),
    )
    session = server.client().create_session()
    session.insert_vector([1])
    for _ in range(2):
        with pytest.raises(ConflictError):
            session.insert_vector([1])
    session.vector_search([1])
    assert server.requests[2].headers["X-Session-Token"] == "t2"
    assert server.requests[3].headers["X-Session-Token"] == "t2"


def test_of_answers_side_by_side_the_later_token_stays() -> None:
    holder = TokenHolder("start")
    holder.update(sent="start", received="newer", stamp=9)
    holder.update(sent="start", received="older", stamp=8)
    holder.update(sent="start", received="of unknown time", stamp=0)
    assert holder.token == "newer"
    holder.update(sent="newer", received="newer still", stamp=0)
    assert holder.token == "newer still"


def test_a_client_carries_no_token() -> None:
    server = Server(ok(WRITTEN, "t1"))
    client = server.client()
    client.insert_vector([1])
    client.insert_vector([1])
    assert "X-Session-Token" not in server.requests[1].headers


def test_arrays_and_moments() -> None:
    server = Server(ok(NOTHING_FOUND))
    server.client().vector_search(
        np.array([0.5, 2], dtype=np.float32), as_of=datetime(2026, 11, 23, tzinfo=timezone.utc)
    )
    assert server.body() == {"k": 10, "vector": [0.5, 2.0], "as_of": "2026-11-23T00:00:00+00:00"}


def test_what_json_has_no_number_for_is_refused_before_sending() -> None:
    server = Server(ok(WRITTEN))
    with pytest.raises(ValueError):
        server.client().insert_vector([float("nan")])
    assert server.requests == []


def test_ids_are_encoded() -> None:
    server = Server(ok({"id": "a/b ?", "version": "1", "metadata": {}}))
    assert server.client().get("c", "a/b ?").id == "a/b ?"
    assert server.requests[0].url.raw_path == b"/v1/collections/c/vectors/a%2Fb%20%3F"


def test_scroll_follows_the_cursor() -> None:
    def page(record_id: str, cursor: str | None) -> httpx.Response:
        more = {} if cursor is None else {"cursor": cursor}
        return ok({"vectors": [{"id": record_id, "version": "1"}], **more})

    server = Server(page("a", "c1"), page("b", None))
    ids = [r.id for r in server.client().scroll("c", filters={"x": 1}, page_size=1)]
    assert ids == ["a", "b"]
    first = {"limit": 1, "include": ["metadata", "vector"], "filters": {"x": 1}}
    assert [server.body(0), server.body(1)] == [first, {**first, "cursor": "c1"}]


async def test_the_asynchronous_client_does_the_same() -> None:
    server = Server(failed(429, "rate_limited"), ok(WRITTEN, "t1"), ok(NOTHING_FOUND, "t2"))
    async with AsyncVecraftClient(
        "http://test", transport=httpx.MockTransport(server), retries=QUICK, api_key="k"
    ) as client:
        session = client.create_session()
        await session.insert_vector([1])
        found = await session.vector_search([1], consistency_level=ConsistencyLevel.STRONG)
    assert found.consistency_info.as_of == 5
    assert server.requests[0].headers["Authorization"] == "Bearer k"
    assert server.requests[2].headers["X-Session-Token"] == "t1"
    assert server.requests[2].headers["X-Consistency-Level"] == "strong"
    assert session.token == "t2"
