"""The asynchronous client. The synchronous one is made of this file: see make_sync.py."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

import httpx

from . import _calls, models
from ._calls import Call
from ._tokens import TokenHolder, stamp_of
from .errors import ConnectionFailedError, VecraftError
from .models import ConsistencyLevel, Filter, Json, Moment, Vector
from .retries import Pauses, RetryPolicy, passing

T = TypeVar("T")


class AsyncOperations:
    """Everything that a client and a session can do."""

    async def _run(self, call: Call[T]) -> T:
        raise NotImplementedError

    # --- search ---

    async def vector_search(
        self,
        vector: Vector | None = None,
        *,
        text: str | None = None,
        k: int = 10,
        collection: str | None = None,
        consistency_level: ConsistencyLevel | None = None,
        max_staleness_ms: int | None = None,
        min_required_offset: int | None = None,
        filters: Filter | None = None,
        as_of: Moment | None = None,
        exact: bool = False,
        ef: int | None = None,
        include: Iterable[str] | None = None,
        score_threshold: float | None = None,
        allow_partial: bool = False,
    ) -> models.SearchResponse:
        """Finds the ``k`` records nearest to a vector, or to a text in a collection of texts.

        ``include`` names what hits carry: ``metadata`` (the default) and ``vector``.
        """
        return await self._run(
            _calls.vector_search(
                vector=vector,
                text=text,
                k=k,
                collection=collection,
                consistency_level=consistency_level,
                max_staleness_ms=max_staleness_ms,
                min_required_offset=min_required_offset,
                filters=filters,
                as_of=as_of,
                exact=exact,
                ef=ef,
                include=include,
                score_threshold=score_threshold,
                allow_partial=allow_partial,
            )
        )

    # --- records ---

    async def insert_vector(
        self,
        vector: Vector | None = None,
        *,
        text: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        id: str | None = None,
        collection: str | None = None,
        request_id: str | None = None,
    ) -> models.WriteResult:
        """Writes one record; without an id, one is made."""
        return await self._run(
            _calls.insert_vector(
                vector=vector,
                text=text,
                metadata=metadata,
                id=id,
                collection=collection,
                request_id=request_id,
            )
        )

    async def upsert(
        self,
        collection: str,
        records: Iterable[models.Upsert],
        *,
        ack: str | None = None,
        request_id: str | None = None,
    ) -> models.BatchResult:
        """Writes records; replaces vector and metadata of those that are there.

        Each record has an outcome of its own: see ``conflicts`` and ``undecided`` of the result.
        ``ack="applied"`` answers once eventual reads see it too.
        """
        return await self._run(_calls.upsert(collection, records, ack=ack, request_id=request_id))

    async def get(
        self,
        collection: str,
        id: str,
        *,
        consistency_level: ConsistencyLevel | None = None,
        max_staleness_ms: int | None = None,
        as_of: Moment | None = None,
    ) -> models.Record:
        """The record, as it is or was; NotFoundError when there is none."""
        return await self._run(
            _calls.get(
                collection,
                id,
                consistency_level=consistency_level,
                max_staleness_ms=max_staleness_ms,
                as_of=as_of,
            )
        )

    async def get_many(
        self,
        collection: str,
        ids: Iterable[str],
        *,
        consistency_level: ConsistencyLevel | None = None,
        max_staleness_ms: int | None = None,
    ) -> list[models.Record]:
        """Those of the records that are there."""
        return await self._run(
            _calls.get_many(
                collection,
                ids,
                consistency_level=consistency_level,
                max_staleness_ms=max_staleness_ms,
            )
        )

    async def patch(
        self,
        collection: str,
        id: str,
        metadata: Mapping[str, Any],
        *,
        if_version: int | None = None,
        request_id: str | None = None,
    ) -> models.WriteResult:
        """Merges keys into the metadata of a record; a value of None removes its key."""
        return await self._run(
            _calls.patch(collection, id, metadata, if_version=if_version, request_id=request_id)
        )

    async def delete(
        self,
        collection: str,
        id: str,
        *,
        if_version: int | None = None,
        request_id: str | None = None,
    ) -> models.WriteResult:
        """Deletes a record; fine when there is none."""
        return await self._run(
            _calls.delete(collection, id, if_version=if_version, request_id=request_id)
        )

    async def delete_many(
        self,
        collection: str,
        *,
        ids: Iterable[str] | None = None,
        filters: Filter | None = None,
        request_id: str | None = None,
    ) -> models.DeleteResult:
        """Deletes records by ids, or what a filter matches now."""
        return await self._run(
            _calls.delete_many(collection, ids=ids, filters=filters, request_id=request_id)
        )

    async def scroll(
        self,
        collection: str,
        *,
        filters: Filter | None = None,
        page_size: int = 500,
        include: Iterable[str] = ("metadata", "vector"),
        consistency_level: ConsistencyLevel | None = None,
    ) -> AsyncIterator[models.Record]:
        """Every record of one instant exactly once, whatever is written meanwhile."""
        cursor: str | None = None
        wanted = tuple(include)
        while True:
            page = await self._run(
                _calls.scroll(
                    collection,
                    filters=filters,
                    limit=page_size,
                    cursor=cursor,
                    include=wanted,
                    consistency_level=consistency_level,
                )
            )
            for record in page.records:
                yield record
            if page.cursor is None:
                return
            cursor = page.cursor

    async def count(
        self,
        collection: str,
        *,
        filters: Filter | None = None,
        consistency_level: ConsistencyLevel | None = None,
        max_staleness_ms: int | None = None,
    ) -> int:
        """How many records there are, or match."""
        return await self._run(
            _calls.count(
                collection,
                filters=filters,
                consistency_level=consistency_level,
                max_staleness_ms=max_staleness_ms,
            )
        )

    # --- transactions and lineage ---

    async def transact(
        self,
        operations: Iterable[models.Upsert | models.Patch | models.Delete],
        *,
        request_id: str | None = None,
    ) -> models.TransactionResult:
        """Applies all operations at one instant, over any collections, or none.

        ConflictError when a precondition of one does not hold; nothing is applied then.
        """
        return await self._run(_calls.transact(operations, request_id=request_id))

    async def operation(self, request_id: str) -> Json:
        """Who did what when with this request, and which replicas have applied it."""
        return await self._run(_calls.operation(request_id))

    async def history(
        self, collection: str, id: str, *, limit: int = 100
    ) -> list[models.VersionEntry]:
        """The versions of a record, newest first."""
        return await self._run(_calls.history(collection, id, limit=limit))

    # --- collections and the cluster ---

    async def create_collection(
        self,
        name: str,
        *,
        dimension: int | None = None,
        metric: str | None = None,
        shards: int | None = None,
        replicas: int | None = None,
        pool: str | None = None,
        schema: Mapping[str, str] | None = None,
        time_travel_window_s: int | None = None,
        index: Mapping[str, Any] | None = None,
        embedding: Mapping[str, Any] | None = None,
    ) -> models.Collection:
        """Makes a collection; fine when it is there with the same definition."""
        given = _calls.definition(
            dimension=dimension,
            metric=metric,
            shards=shards,
            replicas=replicas,
            pool=pool,
            schema=schema,
            time_travel_window_s=time_travel_window_s,
            index=index,
            embedding=embedding,
        )
        return await self._run(_calls.create_collection(name, given))

    async def list_collections(self) -> list[models.Collection]:
        """All collections."""
        return await self._run(_calls.list_collections())

    async def get_collection(self, name: str) -> models.Collection:
        """A collection with the state of its shards in ``raw``."""
        return await self._run(_calls.get_collection(name))

    async def alter_collection(
        self,
        name: str,
        *,
        replicas: int | None = None,
        pool: str | None = None,
        schema: Mapping[str, str] | None = None,
        time_travel_window_s: int | None = None,
        index: Mapping[str, Any] | None = None,
    ) -> models.Collection:
        """Adds fields to the schema, changes the replicas, the pool, the window or the index."""
        changes = _calls.definition(
            dimension=None,
            metric=None,
            shards=None,
            replicas=replicas,
            pool=pool,
            schema=schema,
            time_travel_window_s=time_travel_window_s,
            index=index,
            embedding=None,
        )
        return await self._run(_calls.alter_collection(name, changes))

    async def drop_collection(self, name: str) -> None:
        """Drops a collection with everything in it."""
        return await self._run(_calls.drop_collection(name))

    async def cluster(self) -> Json:
        """Roles, nodes, versions, replicas and their lag."""
        return await self._run(_calls.cluster())

    async def journal(self) -> Json:
        """The partitions of the journal."""
        return await self._run(_calls.journal())


class AsyncVecraftClient(AsyncOperations):
    """A client of one endpoint. Safe for use by many tasks.

    A call that fails for a reason that may pass is repeated with the same request id, so that a
    write happens once however often its answer is lost.
    """

    def __init__(
        self,
        endpoint: str = "http://127.0.0.1:8750",
        *,
        api_key: str | None = None,
        timeout_seconds: float = 30.0,
        retries: RetryPolicy | None = None,
        verify: Any = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connects at the first call.

        Args:
            endpoint: where the server listens.
            api_key: sent with every call; without one, that of the environment's VECRAFT_API_KEY.
            timeout_seconds: of one try.
            retries: how patient the client is.
            verify: as of httpx: True, False, or an ssl.SSLContext.
            transport: as of httpx, to reach the server in another way.
        """
        key = os.environ.get("VECRAFT_API_KEY") if api_key is None else api_key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._retries = retries or RetryPolicy()
        self._http = httpx.AsyncClient(
            base_url=endpoint,
            headers=headers,
            timeout=timeout_seconds,
            verify=verify,
            transport=transport,
        )

    def create_session(self, token: str | None = None) -> AsyncSession:
        """A session, whose reads see what it wrote and never go back.

        ``token`` continues another session, for example of another process.
        """
        return AsyncSession(self, token)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncVecraftClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(self, call: Call[T]) -> T:
        return await self._send(call, None, None)

    async def _send(
        self, call: Call[T], tokens: TokenHolder | None, default_level: ConsistencyLevel | None
    ) -> T:
        content = call.content()
        request_id = call.request_id or _calls.new_request_id()
        sent = tokens.token if tokens else None
        headers = call.all_headers(request_id, sent, default_level)
        pauses = Pauses(self._retries)
        while True:
            error: VecraftError
            received: httpx.Headers | None = None
            try:
                response = await self._http.request(
                    call.method, call.path, content=content, headers=headers, params=call.query
                )
            except httpx.TransportError as e:
                error = ConnectionFailedError(
                    f"{type(e).__name__}: {e}", code="unreachable", request_id=request_id
                )
                error.__cause__ = e
            else:
                received = response.headers
                if response.status_code < 400:
                    answer = _calls.Answer(
                        status=response.status_code,
                        body=_calls.parse_json(response.content) or {},
                        token=received.get("x-session-token"),
                        request_id=received.get("x-request-id", request_id),
                    )
                    if tokens:
                        tokens.update(sent, answer.token, stamp_of(answer.body))
                    result = call.parse(answer)
                    pause = pauses.next(received) if call.again(result) else None
                    if pause is None:
                        return result
                    await asyncio.sleep(pause)
                    continue
                if tokens:
                    # A conflict tells of the data too: what was before it must not be read later.
                    tokens.update(sent, received.get("x-session-token"), 0)
                error = _calls.to_error(response.status_code, response.content, request_id)
                if not passing(response.status_code, _calls.error_code(response.content)):
                    raise error
            pause = pauses.next(received)
            if pause is None:
                raise error
            await asyncio.sleep(pause)


class AsyncSession(AsyncOperations):
    """A client whose reads see its own writes and never go back. Safe for use by many tasks.

    Reads that name no level are read-your-writes.
    """

    def __init__(self, client: AsyncVecraftClient, token: str | None = None) -> None:
        self._client = client
        self._tokens = TokenHolder(token)

    @property
    def token(self) -> str | None:
        """What continues this session elsewhere; None before its first call."""
        return self._tokens.token

    async def _run(self, call: Call[T]) -> T:
        return await self._client._send(call, self._tokens, ConsistencyLevel.READ_YOUR_WRITES)
