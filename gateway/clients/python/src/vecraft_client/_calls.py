"""The API as data: what a call sends and how its answer is read. No I/O here.

Both clients run these calls, so that neither can differ from the other.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from . import models
from .errors import VecraftError, error_for
from .models import ConsistencyLevel, Filter, Json, Moment, Vector, moment, plain_vector

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """An answer below 400."""

    status: int
    body: Json
    token: str | None
    request_id: str


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call. ``parse`` reads its answer; ``again`` says that an answer needs another try."""

    method: str
    path: str
    parse: Callable[[Answer], T]
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    #: What a session fills in when the caller does not say: only reads have a level.
    level: ConsistencyLevel | None = None
    is_read: bool = False
    again: Callable[[T], bool] = lambda _: False

    def content(self) -> bytes | None:
        """The body as bytes; a number that JSON does not have is a ValueError here."""
        if self.body is None:
            return None
        return json.dumps(self.body, allow_nan=False, separators=(",", ":")).encode()

    def all_headers(
        self, request_id: str, token: str | None, default_level: ConsistencyLevel | None
    ) -> dict[str, str]:
        headers = {**self.headers, "X-Request-Id": request_id}
        if token is not None:
            headers["X-Session-Token"] = token
        level = self.level or (default_level if self.is_read else None)
        if level is not None:
            headers["X-Consistency-Level"] = level.value
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        return headers


def new_request_id() -> str:
    return str(uuid.uuid4())


def parse_json(content: bytes) -> Json | None:
    """The object in an answer, None when it is not one."""
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def error_code(content: bytes) -> str | None:
    """The code of an error, None when the answer is not one of Vecraft's."""
    body = parse_json(content)
    error = body.get("error") if body else None
    return error.get("code") if isinstance(error, dict) else None


def to_error(status: int, content: bytes, request_id: str) -> VecraftError:
    body = parse_json(content) or {}
    error = body.get("error")
    if not isinstance(error, dict):
        error = {}
    code = error.get("code", f"http_{status}")
    return error_for(status, code)(
        error.get("message", f"the server answered {status}"),
        status=status,
        code=code,
        field=error.get("field"),
        request_id=error.get("request_id", request_id),
    )


def _collection(name: str) -> str:
    return "/v1/collections/" + quote(name, safe="")


def _record(collection: str, record_id: str) -> str:
    return f"{_collection(collection)}/vectors/{quote(record_id, safe='')}"


def _staleness(max_staleness_ms: int | None) -> dict[str, str]:
    return {} if max_staleness_ms is None else {"X-Max-Staleness-Ms": str(max_staleness_ms)}


# --- search -------------------------------------------------------------------------------------


def vector_search(
    *,
    vector: Vector | None,
    text: str | None,
    k: int,
    collection: str | None,
    consistency_level: ConsistencyLevel | None,
    max_staleness_ms: int | None,
    min_required_offset: int | None,
    filters: Filter | None,
    as_of: Moment | None,
    exact: bool,
    ef: int | None,
    include: Iterable[str] | None,
    score_threshold: float | None,
    allow_partial: bool,
) -> Call[models.SearchResponse]:
    body: Json = {"k": k}
    if vector is not None:
        body["vector"] = plain_vector(vector)
    if text is not None:
        body["text"] = text
    if collection is not None:
        body["collection"] = collection
    if max_staleness_ms is not None:
        body["max_staleness_ms"] = max_staleness_ms
    if min_required_offset is not None:
        body["min_required_offset"] = min_required_offset
    if filters is not None:
        body["filters"] = filters if isinstance(filters, str) else dict(filters)
    if as_of is not None:
        body["as_of"] = moment(as_of)
    if exact:
        body["exact"] = True
    if ef is not None:
        body["ef"] = ef
    if include is not None:
        body["include"] = list(include)
    if score_threshold is not None:
        body["score_threshold"] = score_threshold
    if allow_partial:
        body["allow_partial"] = True
    return Call(
        "POST",
        "/v1/vectors/search",
        lambda answer: models.SearchResponse.from_json(answer.body, answer.token),
        body=body,
        level=consistency_level,
        # A read of the past has its moment; a level beside it would say something else.
        is_read=as_of is None,
    )


# --- records ------------------------------------------------------------------------------------


def insert_vector(
    *,
    vector: Vector | None,
    text: str | None,
    metadata: Mapping[str, Any] | None,
    id: str | None,
    collection: str | None,
    request_id: str | None,
) -> Call[models.WriteResult]:
    body: Json = {}
    if id is not None:
        body["id"] = id
    if vector is not None:
        body["vector"] = plain_vector(vector)
    if text is not None:
        body["text"] = text
    if metadata is not None:
        body["metadata"] = dict(metadata)
    if collection is not None:
        body["collection"] = collection
    return Call(
        "POST",
        "/v1/vectors",
        lambda a: models.WriteResult.from_json(a.body, id or "", a.request_id, a.token),
        body=body,
        request_id=request_id,
    )


def upsert(
    collection: str,
    records: Iterable[models.Upsert],
    *,
    ack: str | None,
    request_id: str | None,
) -> Call[models.BatchResult]:
    body: Json = {"vectors": [record.item() for record in records]}
    if ack is not None:
        body["ack"] = ack
    return Call(
        "POST",
        f"{_collection(collection)}/vectors",
        lambda a: models.BatchResult.from_json(a.body, a.request_id, a.token),
        body=body,
        request_id=request_id,
        again=lambda result: bool(result.undecided),
    )


def get(
    collection: str,
    id: str,
    *,
    consistency_level: ConsistencyLevel | None,
    max_staleness_ms: int | None,
    as_of: Moment | None,
) -> Call[models.Record]:
    return Call(
        "GET",
        _record(collection, id),
        lambda a: models.Record.from_json(a.body),
        headers=_staleness(max_staleness_ms),
        query={} if as_of is None else {"as_of": moment(as_of)},
        level=consistency_level,
        is_read=as_of is None,
    )


def get_many(
    collection: str,
    ids: Iterable[str],
    *,
    consistency_level: ConsistencyLevel | None,
    max_staleness_ms: int | None,
) -> Call[list[models.Record]]:
    return Call(
        "POST",
        f"{_collection(collection)}/vectors/get",
        lambda a: [models.Record.from_json(r) for r in a.body.get("vectors", [])],
        body={"ids": list(ids)},
        headers=_staleness(max_staleness_ms),
        level=consistency_level,
        is_read=True,
    )


def patch(
    collection: str,
    id: str,
    metadata: Mapping[str, Any],
    *,
    if_version: int | None,
    request_id: str | None,
) -> Call[models.WriteResult]:
    body: Json = {"metadata": dict(metadata)}
    if if_version is not None:
        body["if_version"] = str(if_version)
    return Call(
        "PATCH",
        _record(collection, id),
        lambda a: models.WriteResult.from_json(a.body, id, a.request_id, a.token),
        body=body,
        request_id=request_id,
    )


def delete(
    collection: str, id: str, *, if_version: int | None, request_id: str | None
) -> Call[models.WriteResult]:
    return Call(
        "DELETE",
        _record(collection, id),
        lambda a: models.WriteResult.from_json(a.body, id, a.request_id, a.token),
        query={} if if_version is None else {"if_version": str(if_version)},
        request_id=request_id,
    )


def delete_many(
    collection: str,
    *,
    ids: Iterable[str] | None,
    filters: Filter | None,
    request_id: str | None,
) -> Call[models.DeleteResult]:
    if (ids is None) == (filters is None):
        raise ValueError("give ids or filters, one of them")
    body: Json
    if ids is not None:
        body = {"ids": list(ids)}
    else:
        body = {"filters": filters if isinstance(filters, str) else dict(filters or {})}
    return Call(
        "POST",
        f"{_collection(collection)}/vectors/delete",
        lambda a: models.DeleteResult.from_json(a.body, a.token),
        body=body,
        request_id=request_id,
    )


@dataclass(frozen=True)
class Page:
    """One page of a scroll."""

    records: list[models.Record]
    cursor: str | None


def scroll(
    collection: str,
    *,
    filters: Filter | None,
    limit: int,
    cursor: str | None,
    include: Iterable[str],
    consistency_level: ConsistencyLevel | None,
) -> Call[Page]:
    body: Json = {"limit": limit, "include": list(include)}
    if cursor is not None:
        body["cursor"] = cursor
    if filters is not None:
        body["filters"] = filters if isinstance(filters, str) else dict(filters)
    return Call(
        "POST",
        f"{_collection(collection)}/vectors/scroll",
        lambda a: Page(
            [models.Record.from_json(r) for r in a.body.get("vectors", [])], a.body.get("cursor")
        ),
        body=body,
        level=consistency_level,
        # Later pages are of the instant of the first.
        is_read=cursor is None,
    )


def count(
    collection: str,
    *,
    filters: Filter | None,
    consistency_level: ConsistencyLevel | None,
    max_staleness_ms: int | None,
) -> Call[int]:
    body: Json = {}
    if filters is not None:
        body["filters"] = filters if isinstance(filters, str) else dict(filters)
    return Call(
        "POST",
        f"{_collection(collection)}/vectors/count",
        lambda a: int(a.body["count"]),
        body=body,
        headers=_staleness(max_staleness_ms),
        level=consistency_level,
        is_read=True,
    )


# --- transactions and lineage -------------------------------------------------------------------


def transact(
    operations: Iterable[models.Upsert | models.Patch | models.Delete],
    *,
    request_id: str | None,
) -> Call[models.TransactionResult]:
    return Call(
        "POST",
        "/v1/transactions",
        lambda a: models.TransactionResult.from_json(a.body, a.request_id, a.token),
        body={"operations": [operation.operation() for operation in operations]},
        request_id=request_id,
    )


def operation(request_id: str) -> Call[Json]:
    return Call("GET", f"/v1/operations/{quote(request_id, safe='')}", lambda a: a.body)


def history(collection: str, id: str, *, limit: int) -> Call[list[models.VersionEntry]]:
    return Call(
        "GET",
        f"{_record(collection, id)}/history",
        lambda a: [models.VersionEntry.from_json(v) for v in a.body.get("versions", [])],
        query={"limit": str(limit)},
    )


# --- collections and the cluster ----------------------------------------------------------------


def create_collection(name: str, definition: Json) -> Call[models.Collection]:
    return Call(
        "PUT", _collection(name), lambda a: models.Collection.from_json(a.body), body=definition
    )


def definition(
    *,
    dimension: int | None,
    metric: str | None,
    shards: int | None,
    replicas: int | None,
    pool: str | None,
    schema: Mapping[str, str] | None,
    time_travel_window_s: int | None,
    index: Mapping[str, Any] | None,
    embedding: Mapping[str, Any] | None,
) -> Json:
    given: Json = {
        "dimension": dimension,
        "metric": metric,
        "shards": shards,
        "replicas": replicas,
        "pool": pool,
        "schema": dict(schema) if schema is not None else None,
        "time_travel_window_s": time_travel_window_s,
        "index": dict(index) if index is not None else None,
        "embedding": dict(embedding) if embedding is not None else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def list_collections() -> Call[list[models.Collection]]:
    return Call(
        "GET",
        "/v1/collections",
        lambda a: [models.Collection.from_json(c) for c in a.body.get("collections", [])],
    )


def get_collection(name: str) -> Call[models.Collection]:
    return Call("GET", _collection(name), lambda a: models.Collection.from_json(a.body))


def alter_collection(name: str, changes: Json) -> Call[models.Collection]:
    return Call(
        "PATCH", _collection(name), lambda a: models.Collection.from_json(a.body), body=changes
    )


def drop_collection(name: str) -> Call[None]:
    return Call("DELETE", _collection(name), lambda a: None)


def cluster() -> Call[Json]:
    return Call("GET", "/v1/cluster", lambda a: a.body)


def journal() -> Call[Json]:
    return Call("GET", "/v1/journal", lambda a: a.body)
