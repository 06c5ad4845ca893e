"""Client of the Vecraft vector database.

>>> from vecraft_client import VecraftClient, ConsistencyLevel
>>> client = VecraftClient(endpoint="http://127.0.0.1:8750")
>>> client.vector_search(vector=[0.1, 0.2], k=10, consistency_level=ConsistencyLevel.STRONG)
"""

from ._async import AsyncSession, AsyncVecraftClient
from ._sync import Session, VecraftClient
from .errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    DeadlineExceededError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    SnapshotExpiredError,
    UnavailableError,
    VecraftError,
)
from .models import (
    BatchResult,
    Collection,
    ConsistencyInfo,
    ConsistencyLevel,
    Delete,
    DeleteResult,
    ItemResult,
    Patch,
    Record,
    SearchInfo,
    SearchResponse,
    SearchResult,
    TransactionResult,
    Upsert,
    Vector,
    VersionEntry,
    WriteResult,
)
from .retries import RetryPolicy

__all__ = [
    "AsyncSession",
    "AsyncVecraftClient",
    "AuthenticationError",
    "BatchResult",
    "Collection",
    "ConflictError",
    "ConnectionFailedError",
    "ConsistencyInfo",
    "ConsistencyLevel",
    "DeadlineExceededError",
    "Delete",
    "DeleteResult",
    "InvalidArgumentError",
    "ItemResult",
    "NotFoundError",
    "OutcomeUnknownError",
    "Patch",
    "PermissionDeniedError",
    "RateLimitedError",
    "Record",
    "RetryPolicy",
    "SearchInfo",
    "SearchResponse",
    "SearchResult",
    "Session",
    "SnapshotExpiredError",
    "TransactionResult",
    "UnavailableError",
    "Upsert",
    "VecraftClient",
    "VecraftError",
    "Vector",
    "VersionEntry",
    "WriteResult",
]
