"""The clients against a real server."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from vecraft_client import (
    AsyncVecraftClient,
    ConflictError,
    ConsistencyLevel,
    Delete,
    InvalidArgumentError,
    NotFoundError,
    Patch,
    Upsert,
    VecraftClient,
)


def records(count: int) -> list[Upsert]:
    return [
        Upsert(f"r{i}", [1.0, i, i * i, 1.0 / (i + 1)], metadata={"year": 2000 + i})
        for i in range(count)
    ]


def test_the_example_of_the_design(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As written there, but for the endpoint."""
    # fmt: off
    from vecraft_client import VecraftClient, ConsistencyLevel  # noqa: I001

    client = VecraftClient(endpoint=endpoint)

    # Bounded staleness query
    response = client.vector_search(
        vector=[0.1, 0.2, 0.3, 0.4],
        k=10,
        consistency_level=ConsistencyLevel.BOUNDED_STALENESS,
        max_staleness_ms=500
    )

    print(f"Actual staleness: {response.consistency_info.staleness_ms}ms")
    print(f"Cache hit: {response.consistency_info.cache_hit}")

    # Strong consistency query (always fresh)
    response = client.vector_search(
        vector=[0.1, 0.2, 0.3, 0.4],
        k=10,
        consistency_level=ConsistencyLevel.STRONG
    )

    # Read-your-writes consistency
    user_session = client.create_session()
    user_session.insert_vector(vector=[0.5, 0.6, 0.7, 0.8], metadata={"user": "alice"})

    # This query will see the just-inserted vector
    response = user_session.vector_search(
        vector=[0.5, 0.6, 0.7, 0.8],
        k=5,
        consistency_level=ConsistencyLevel.READ_YOUR_WRITES
    )
    # fmt: on

    assert "Actual staleness: " in capsys.readouterr().out
    assert response.results[0].metadata == {"user": "alice"}
    assert response.results[0].score == pytest.approx(1.0, abs=1e-5)
    assert response.consistency_info.level_achieved == ConsistencyLevel.READ_YOUR_WRITES


def test_write_and_read_a_record(client: VecraftClient, collection: str) -> None:
    session = client.create_session()
    written = session.insert_vector(
        [1, 2, 3, 4], id="a/b", metadata={"n": 1}, collection=collection
    )
    read = session.get(collection, "a/b")
    assert (read.id, read.vector, read.metadata) == ("a/b", [1, 2, 3, 4], {"n": 1})
    assert read.version == written.version
    session.patch(collection, "a/b", {"n": None, "m": 2})
    assert session.get(collection, "a/b").metadata == {"m": 2}
    session.delete(collection, "a/b")
    with pytest.raises(NotFoundError) as missing:
        session.get(collection, "a/b")
    assert missing.value.code == "record_not_found"


def test_an_id_is_made_where_none_is_given(client: VecraftClient, collection: str) -> None:
    first = client.insert_vector([1, 2, 3, 4], collection=collection)
    second = client.insert_vector([1, 2, 3, 4], collection=collection)
    assert first.id and second.id and first.id != second.id


def test_a_repeated_request_writes_once(client: VecraftClient, collection: str) -> None:
    request_id = str(uuid.uuid4())
    first = client.insert_vector([1, 2, 3, 4], collection=collection, request_id=request_id)
    again = client.insert_vector([1, 2, 3, 4], collection=collection, request_id=request_id)
    assert (again.id, again.version) == (first.id, first.version)
    assert client.count(collection, consistency_level=ConsistencyLevel.STRONG) == 1
    with pytest.raises(ConflictError) as reused:
        client.insert_vector([4, 3, 2, 1], collection=collection, request_id=request_id)
    assert reused.value.code == "request_id_reused"


def test_batches_filters_counts_and_scrolls(client: VecraftClient, collection: str) -> None:
    session = client.create_session()
    done = session.upsert(collection, records(100))
    assert [item.outcome for item in done.results] == ["written"] * 100
    assert session.count(collection) == 100
    assert session.count(collection, filters={"year": {"$gte": 2090}}) == 10
    assert session.count(collection, filters="year >= 2090 AND year != 2095") == 9
    seen = [r.id for r in session.scroll(collection, page_size=7)]
    assert sorted(seen) == sorted(f"r{i}" for i in range(100))
    some = list(session.scroll(collection, filters="year < 2030", page_size=7))
    assert len(some) == 30 and all(r.vector and r.metadata for r in some)
    assert len(session.get_many(collection, ["r1", "r2", "nothing"])) == 2
    found = session.vector_search(
        [1, 50, 2500, 1 / 51], collection=collection, k=3, filters="year = 2050"
    )
    assert [hit.id for hit in found.results] == ["r50"]
    gone = session.delete_many(collection, filters="year < 2010")
    assert gone.deleted == 10
    assert session.count(collection) == 90


def test_preconditions(client: VecraftClient, collection: str) -> None:
    session = client.create_session()
    first = session.upsert(collection, [Upsert("a", [1, 2, 3, 4], if_absent=True)])
    assert first.results[0].outcome == "created"
    again = session.upsert(collection, [Upsert("a", [4, 3, 2, 1], if_absent=True)])
    assert [item.id for item in again.conflicts] == ["a"]
    version = session.get(collection, "a").version
    changed = session.upsert(collection, [Upsert("a", [1, 1, 1, 1], if_version=version)])
    assert changed.results[0].outcome == "updated"
    with pytest.raises(ConflictError):
        session.delete(collection, "a", if_version=version)


def test_a_transaction_applies_all_or_nothing(client: VecraftClient, collection: str) -> None:
    other = f"{collection}-b"
    client.create_collection(other, dimension=4)
    session = client.create_session()
    done = session.transact(
        [
            Upsert("a", [1, 2, 3, 4], metadata={"n": 1}, collection=collection),
            Upsert("b", [1, 2, 3, 4], if_absent=True, collection=other),
        ]
    )
    assert session.get(collection, "a").version == done.hlc
    assert session.get(other, "b").version == done.hlc
    with pytest.raises(ConflictError):
        session.transact(
            [
                Patch("a", {"n": 2}, collection=collection),
                Upsert("b", [1, 2, 3, 4], if_absent=True, collection=other),
            ]
        )
    assert session.get(collection, "a").metadata == {"n": 1}
    session.transact([Delete("a", collection=collection), Delete("b", collection=other)])
    assert session.count(collection) == session.count(other) == 0
    client.drop_collection(other)


def test_history_and_the_past(client: VecraftClient, collection: str) -> None:
    session = client.create_session()
    first = session.insert_vector([1, 2, 3, 4], id="a", metadata={"n": 1}, collection=collection)
    second = session.insert_vector([4, 3, 2, 1], id="a", metadata={"n": 2}, collection=collection)
    session.delete(collection, "a")
    versions = session.history(collection, "a")
    assert [v.version for v in versions][1:] == [second.version, first.version]
    assert versions[1].request_id == second.request_id
    assert session.get(collection, "a", as_of=first.version).metadata == {"n": 1}
    then = session.vector_search([1, 2, 3, 4], collection=collection, as_of=second.version)
    assert [hit.metadata for hit in then.results] == [{"n": 2}]
    assert session.operation(second.request_id)["operations"]


def test_errors_name_the_field(client: VecraftClient, collection: str) -> None:
    with pytest.raises(InvalidArgumentError) as wrong:
        client.upsert(collection, [Upsert("a", [1, 2, 3])])
    assert wrong.value.code == "dimension_mismatch"
    assert wrong.value.field == "vectors[0].vector"
    assert wrong.value.request_id
    with pytest.raises(NotFoundError):
        client.get_collection("no-such-collection")


def test_texts(client: VecraftClient) -> None:
    name = f"texts-{uuid.uuid4().hex[:8]}"
    made = client.create_collection(name, embedding={"provider": "hashing"})
    assert made.dimension > 0
    session = client.create_session()
    session.upsert(
        name,
        [
            Upsert("journal", text="every write goes through the journal"),
            Upsert("cat", text="the cat sleeps on the warm windowsill"),
        ],
    )
    found = session.vector_search(text="writes and the journal", collection=name, k=1)
    assert found.results[0].id == "journal"
    client.drop_collection(name)


def test_collections(client: VecraftClient, collection: str) -> None:
    assert collection in [c.name for c in client.list_collections()]
    again = client.create_collection(collection, dimension=4, schema={"year": "integer"})
    assert again.dimension == 4
    with pytest.raises(ConflictError):
        client.create_collection(collection, dimension=5)
    changed = client.alter_collection(collection, schema={"price": "float"})
    assert changed.schema == {"year": "integer", "price": "float"}
    assert client.alter_collection(collection, replicas=1).raw["replicas"] == 1


def test_a_session_is_continued_elsewhere(endpoint: str, collection: str) -> None:
    with VecraftClient(endpoint) as here, VecraftClient(endpoint) as there:
        session = here.create_session()
        session.insert_vector([1, 2, 3, 4], id="a", collection=collection)
        assert there.create_session(session.token).get(collection, "a").id == "a"


def test_threads_share_a_session(client: VecraftClient, collection: str) -> None:
    session = client.create_session()

    def write_and_read(i: int) -> bool:
        session.insert_vector([1, 2, 3, i], id=f"t{i}", collection=collection)
        return session.get(collection, f"t{i}").id == f"t{i}"

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(write_and_read, range(40)))


def test_the_cluster_is_described(client: VecraftClient) -> None:
    assert client.cluster()
    roles = {p["role"].upper() for p in client.journal()["partitions"]}
    assert roles == {"SYSTEM", "TRANSACTION", "DATA"}


async def test_the_asynchronous_client(endpoint: str, collection: str) -> None:
    async with AsyncVecraftClient(endpoint) as client:
        session = client.create_session()
        await session.upsert(collection, records(20))
        assert await session.count(collection) == 20
        seen = [r.id async for r in session.scroll(collection, page_size=6)]
        assert len(seen) == len(set(seen)) == 20
        found = await session.vector_search([1, 5, 25, 1 / 6], collection=collection, k=1)
        assert found.results[0].id == "r5"


def test_eventual_reads_become_current(client: VecraftClient, collection: str) -> None:
    client.upsert(collection, records(10), ack="applied")
    give_up = time.monotonic() + 30
    while client.count(collection, consistency_level=ConsistencyLevel.EVENTUAL) != 10:
        assert time.monotonic() < give_up
        time.sleep(0.01)
