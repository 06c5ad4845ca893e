"""What calls take and give back. Stamps (versions, moments) are integers here, text on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, runtime_checkable

Json = dict[str, Any]


@runtime_checkable
class SupportsToList(Protocol):
    """A vector of another library, such as a NumPy array."""

    def tolist(self) -> Any: ...


#: A vector: a sequence of numbers, or an array of NumPy and the like.
Vector = Sequence[float] | SupportsToList
#: A moment: a stamp, an RFC 3339 text, or a time with a zone.
Moment = int | str | datetime
#: A filter: an object with operators, or an SQL-like text.
Filter = Mapping[str, Any] | str


class ConsistencyLevel(str, Enum):
    """How fresh a read must be."""

    #: No waiting; the answer says how stale it is.
    EVENTUAL = "eventual"
    #: Nothing older than ``max_staleness_ms`` is missing.
    BOUNDED_STALENESS = "bounded"
    #: Sees what the session wrote and read before.
    READ_YOUR_WRITES = "read_your_writes"
    #: Sees every write that was acknowledged before the read began.
    STRONG = "strong"


def _stamp(value: str | int | None) -> int:
    return 0 if value is None else int(value)


@dataclass(frozen=True)
class ConsistencyInfo:
    """How fresh an answer is."""

    level_requested: ConsistencyLevel
    level_achieved: ConsistencyLevel
    staleness_ms: int
    max_allowed_staleness_ms: int | None
    index_version: int
    cache_hit: bool
    sync_performed: bool
    as_of: int
    shards_answered: int
    shards_total: int

    @classmethod
    def from_json(cls, body: Json) -> ConsistencyInfo:
        allowed = body.get("max_allowed_staleness_ms")
        return cls(
            level_requested=ConsistencyLevel(body.get("level_requested", "eventual")),
            level_achieved=ConsistencyLevel(body.get("level_achieved", "eventual")),
            staleness_ms=int(body.get("staleness_ms", 0)),
            max_allowed_staleness_ms=None if allowed is None else int(allowed),
            index_version=int(body.get("index_version", 0)),
            cache_hit=bool(body.get("cache_hit", False)),
            sync_performed=bool(body.get("sync_performed", False)),
            as_of=_stamp(body.get("as_of")),
            shards_answered=int(body.get("shards_answered", 0)),
            shards_total=int(body.get("shards_total", 0)),
        )


@dataclass(frozen=True)
class SearchInfo:
    """How an answer was found."""

    exact: bool
    strategy: str
    visited: int
    took_us: int

    @classmethod
    def from_json(cls, body: Json) -> SearchInfo:
        return cls(
            exact=bool(body.get("exact", False)),
            strategy=str(body.get("strategy", "")),
            visited=int(body.get("visited", 0)),
            took_us=int(body.get("took_us", 0)),
        )


@dataclass(frozen=True)
class SearchResult:
    """One hit. A larger score is nearer."""

    id: str
    score: float
    distance: float | None
    version: int
    metadata: Json
    vector: list[float] | None = None

    @classmethod
    def from_json(cls, body: Json) -> SearchResult:
        return cls(
            id=body["id"],
            score=float(body["score"]),
            distance=body.get("distance"),
            version=_stamp(body.get("version")),
            metadata=body.get("metadata") or {},
            vector=body.get("vector"),
        )


@dataclass(frozen=True)
class SearchResponse:
    """The hits, nearest first, and what is to be known about them."""

    results: list[SearchResult]
    consistency_info: ConsistencyInfo
    search_info: SearchInfo
    session_token: str | None = None

    @classmethod
    def from_json(cls, body: Json, token: str | None) -> SearchResponse:
        return cls(
            results=[SearchResult.from_json(hit) for hit in body.get("results", [])],
            consistency_info=ConsistencyInfo.from_json(body.get("consistency_info", {})),
            search_info=SearchInfo.from_json(body.get("search_info", {})),
            session_token=token,
        )


@dataclass(frozen=True)
class Record:
    """A record as it is or was at a moment."""

    id: str
    version: int
    metadata: Json
    vector: list[float] | None = None

    @classmethod
    def from_json(cls, body: Json) -> Record:
        return cls(
            id=body["id"],
            version=_stamp(body.get("version")),
            metadata=body.get("metadata") or {},
            vector=body.get("vector"),
        )


@dataclass(frozen=True)
class WriteResult:
    """A write happened."""

    id: str
    version: int
    request_id: str
    session_token: str | None = None

    @classmethod
    def from_json(
        cls, body: Json, record_id: str, request_id: str, token: str | None
    ) -> WriteResult:
        return cls(
            id=body.get("id", record_id),
            version=_stamp(body.get("version", body.get("hlc"))),
            request_id=body.get("request_id", request_id),
            session_token=token,
        )


@dataclass(frozen=True)
class ItemResult:
    """What became of one record of a batch: written, created, updated, conflict, ..."""

    id: str
    version: int
    outcome: str


@dataclass(frozen=True)
class BatchResult:
    """What became of the records of a batch, in their order."""

    results: list[ItemResult]
    hlc: int
    request_id: str
    session_token: str | None = None

    @property
    def conflicts(self) -> list[ItemResult]:
        """Those whose precondition did not hold."""
        return [item for item in self.results if item.outcome == "conflict"]

    @property
    def undecided(self) -> list[ItemResult]:
        """Those of which it is not known that they were written; repeat with the request id."""
        return [i for i in self.results if i.outcome in ("unavailable", "outcome_unknown")]

    @classmethod
    def from_json(cls, body: Json, request_id: str, token: str | None) -> BatchResult:
        return cls(
            results=[
                ItemResult(item["id"], _stamp(item.get("version")), item["outcome"])
                for item in body.get("results", [])
            ],
            hlc=_stamp(body.get("hlc")),
            request_id=body.get("request_id", request_id),
            session_token=token,
        )


@dataclass(frozen=True)
class DeleteResult:
    """How many records a delete by ids or by filter removed.

    ``skipped`` counts those that matched and changed before they could be deleted.
    """

    deleted: int
    skipped: int
    as_of: int | None
    session_token: str | None = None

    @classmethod
    def from_json(cls, body: Json, token: str | None) -> DeleteResult:
        as_of = body.get("as_of")
        return cls(
            deleted=int(body.get("deleted") or body.get("accepted") or 0),
            skipped=int(body.get("skipped", 0)),
            as_of=None if as_of is None else _stamp(as_of),
            session_token=token,
        )


@dataclass(frozen=True)
class TransactionResult:
    """A transaction that is committed."""

    hlc: int
    results: list[Json]
    request_id: str
    session_token: str | None = None

    @classmethod
    def from_json(cls, body: Json, request_id: str, token: str | None) -> TransactionResult:
        return cls(
            hlc=_stamp(body.get("hlc")),
            results=list(body.get("results", [])),
            request_id=body.get("request_id", request_id),
            session_token=token,
        )


@dataclass(frozen=True)
class VersionEntry:
    """One version in the history of a record."""

    version: int
    kind: str
    request_id: str
    principal: str
    time: str
    metadata: Json | None

    @classmethod
    def from_json(cls, body: Json) -> VersionEntry:
        return cls(
            version=_stamp(body.get("version")),
            kind=body.get("kind", ""),
            request_id=body.get("request_id", ""),
            principal=body.get("principal", ""),
            time=body.get("time", ""),
            metadata=body.get("metadata"),
        )


@dataclass(frozen=True)
class Collection:
    """A collection; ``raw`` is everything that the server says about it."""

    name: str
    dimension: int
    metric: str
    schema: dict[str, str]
    records: int
    raw: Json

    @classmethod
    def from_json(cls, body: Json) -> Collection:
        return cls(
            name=body["name"],
            dimension=int(body["dimension"]),
            metric=body.get("metric", "cosine"),
            schema=dict(body.get("schema") or {}),
            records=int(body.get("records", 0)),
            raw=body,
        )


def plain_vector(vector: Vector) -> list[float]:
    """The vector as the JSON encoder takes it."""
    values = vector.tolist() if isinstance(vector, SupportsToList) else vector
    return [float(value) for value in values]


@dataclass(frozen=True)
class Upsert:
    """A record to write: with a vector, or a text where the collection has an embedding.

    ``if_absent`` writes only when there is none, ``if_version`` only over that version.
    """

    id: str
    vector: Vector | None = None
    text: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    if_absent: bool = False
    if_version: int | None = None
    collection: str = "default"

    def item(self) -> Json:
        """The record as an item of a batch."""
        item: Json = {"id": self.id}
        if self.vector is not None:
            item["vector"] = plain_vector(self.vector)
        if self.text is not None:
            item["text"] = self.text
        if self.metadata:
            item["metadata"] = dict(self.metadata)
        if self.if_absent:
            item["if_absent"] = True
        if self.if_version is not None:
            item["if_version"] = str(self.if_version)
        return item

    def operation(self) -> Json:
        """The record as an operation of a transaction."""
        return {"collection": self.collection, "upsert": self.item()}


@dataclass(frozen=True)
class Patch:
    """A change of the metadata of a record that must be there; None as a value removes the key."""

    id: str
    metadata: Mapping[str, Any]
    if_version: int | None = None
    collection: str = "default"

    def operation(self) -> Json:
        """The patch as an operation of a transaction."""
        patch: Json = {"id": self.id, "metadata": dict(self.metadata)}
        if self.if_version is not None:
            patch["if_version"] = str(self.if_version)
        return {"collection": self.collection, "patch": patch}


@dataclass(frozen=True)
class Delete:
    """A record to delete."""

    id: str
    if_version: int | None = None
    collection: str = "default"

    def operation(self) -> Json:
        """The delete as an operation of a transaction."""
        delete: Json = {"id": self.id}
        if self.if_version is not None:
            delete["if_version"] = str(self.if_version)
        return {"collection": self.collection, "delete": delete}


def moment(value: Moment) -> str:
    """A moment as the API takes it."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone, such as datetime.now(timezone.utc)")
        return value.isoformat()
    return str(value)
