"""A real standalone for the tests of a session, on a free port and with data of its own."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest

from vecraft_client import VecraftClient

ROOT = pathlib.Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server listens; VECRAFT_ENDPOINT names one that runs already."""
    if os.environ.get("VECRAFT_ENDPOINT"):
        yield os.environ["VECRAFT_ENDPOINT"]
        return
    directory = tmp_path_factory.mktemp("vecraft")
    log = directory / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [ROOT / "vecraft", "standalone", "--port", "0", "--data", directory / "data"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _wait_until_ready(server, log)
    finally:
        server.terminate()
        assert server.wait(timeout=60) in (0, 143), log.read_text()


def _wait_until_ready(server: subprocess.Popen[bytes], log: pathlib.Path) -> str:
    give_up = time.monotonic() + 300
    while time.monotonic() < give_up:
        ready = re.search(r"ready at (http\S+)", log.read_text())
        if ready:
            return ready.group(1)
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@pytest.fixture
def client(endpoint: str) -> Iterator[VecraftClient]:
    with VecraftClient(endpoint) as it:
        yield it


@pytest.fixture
def collection(client: VecraftClient) -> Iterator[str]:
    """An empty collection of four dimensions."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    client.create_collection(name, dimension=4, schema={"year": "integer"})
    yield name
    client.drop_collection(name)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped test is a failure: a run that is green has run everything."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
