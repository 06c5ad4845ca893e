"""What every answer of the API must be, beside what its OpenAPI document says."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

import requests
import schemathesis

# Made by run before the calls begin; half of the generated paths are led to it.
COLLECTION = "docs"
DIMENSION = 4
# Milliseconds after which a tail ends: without a timeout it has no end.
TAIL_MS = "300"
LONG_MS = 10_000
TAIL = "GET /v1/journal/tail"
DROP = "DELETE /v1/collections/{collection}"
UNKNOWN_HEADER = "x-schemathesis-unknown-property"
INTERNALS = re.compile(
    r"Exception|\bat [a-z]+(\.\w+)+\(|io\.vecraft|java\.|com\.linecorp|io\.(netty|grpc)|Traceback"
)
RETRY = (429, 503)


def _half(*parts: object) -> bool:
    """Half of all values, the same ones in every run."""
    return hashlib.sha256(repr(parts).encode()).digest()[0] % 2 == 0


@schemathesis.hook
def map_path_parameters(
    context: schemathesis.HookContext, path_parameters: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Leads half of the calls to what exists, so that they get past the look-up of the name."""
    if path_parameters and context.operation.label != DROP:
        for name, value in {"collection": COLLECTION, "partition": 3}.items():
            if name in path_parameters and _half(path_parameters[name], name):
                path_parameters[name] = value
    return path_parameters


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Vectors of the collection's dimension, or nearly all would be refused for that alone."""
    return _fitted(body)


def _fitted(value: Any) -> Any:
    if isinstance(value, list):
        return [_fitted(item) for item in value]
    if not isinstance(value, dict):
        return value
    fitted = {name: _fitted(item) for name, item in value.items()}
    vector = fitted.get("vector")
    if isinstance(vector, list) and vector and _half(vector):
        fitted["vector"] = (vector * DIMENSION)[:DIMENSION]
    return fitted


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """A header that nobody has described is not bad input: HTTP lets everybody add some."""
    return not any(name.lower() == UNKNOWN_HEADER for name in case.headers or {})


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]
) -> None:
    """Time for most calls to be done, and for a tail to end; headers that HTTP can carry."""
    for name, value in dict(case.headers or {}).items():
        # An id from an answer may become a header's value.
        case.headers[name] = str(value).encode("latin-1", "replace").decode("latin-1")
    given = str((case.headers or {}).get("X-Timeout-Ms", ""))
    if case.operation.label == TAIL:
        if not given or given.isdecimal():
            case.headers["X-Timeout-Ms"] = TAIL_MS
    elif given.isdecimal() and 0 < int(given) < LONG_MS and not _half(case.path, case.body):
        case.headers["X-Timeout-Ms"] = str(LONG_MS)


def _codes(schema: dict[str, Any]) -> dict[str, int]:
    """The closed list of codes, each with its status, as the document's description gives them."""
    described = schema["components"]["schemas"]["ErrorCode"]
    statuses = dict(re.findall(r"(\w+): HTTP (\d+)", described["description"]))
    return {code: int(statuses[code]) for code in described["enum"]}


@schemathesis.check
def contract(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Errors have the contract's shape and a code of its list; nothing shows its insides."""
    request_id = (response.headers.get("x-request-id") or [""])[0]
    assert request_id, "no X-Request-Id"
    if response.status_code < 400:
        return
    assert response.status_code not in (500, 501), f"status {response.status_code}"
    if response.request.method == "HEAD":
        return
    body = json.loads(response.content)
    error = body["error"]
    codes = _codes(case.operation.schema.raw_schema)
    assert codes.get(error["code"]) == response.status_code, f"{error} with {response.status_code}"
    assert error["request_id"] == request_id, f"{error} in the answer to {request_id}"
    shown = INTERNALS.search(response.content.decode())
    assert not shown, f"shows {shown}: {body}"
    if response.status_code in RETRY:
        assert response.headers.get("retry-after"), "no Retry-After"


def prepare(endpoint: str) -> None:
    """A collection with records, a history and a key, before the first call."""
    with requests.Session() as http:
        made = http.put(
            f"{endpoint}/v1/collections/{COLLECTION}",
            json={"dimension": DIMENSION, "shards": 2, "schema": {"year": "integer"}},
            timeout=60,
        )
        assert made.status_code == 201, made.text
        records = [
            {"id": f"doc-{n}", "vector": [n, 1, 2, 3], "metadata": {"year": 2000 + n}}
            for n in range(1, 40)
        ]
        for body in ({"vectors": records}, {"vectors": records[:3], "ack": "applied"}):
            written = http.post(
                f"{endpoint}/v1/collections/{COLLECTION}/vectors", json=body, timeout=60
            )
            assert written.status_code == 200, written.text


if __name__ == "__main__":
    prepare(os.environ["VECRAFT_ENDPOINT"])
