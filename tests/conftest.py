"""The local cloud for tests, and a fleet on it: real clients over real HTTPS, nothing mocked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from azure.core.pipeline.transport import RequestsTransport

from reconciler.clients.budgets import Clock
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.clients.endpoints import read_endpoints
from reconciler.model.configuration import Configuration, SignIn
from reconciler.simulator import Cloud, running
from tests.fleet import CLOUD


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked again is asked at once: every wait of every pipeline is the transport's sleep, or one for a turn,
    which the clock of the budgets then leaps over. How long it would wait is the question of tests/clients."""
    leapt, leaping = 0.0, Lock()

    def wait_until(clock: Clock, moment: float) -> None:
        nonlocal leapt
        with leaping:
            leapt += max(0.0, moment - clock.now())

    monkeypatch.setattr(RequestsTransport, "sleep", lambda _transport, _seconds: None)
    monkeypatch.setattr(Clock, "now", lambda _clock: time.monotonic() + leapt)
    monkeypatch.setattr(Clock, "wait_until", wait_until)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A local cloud of two environments; the links of one exist."""
    with running(tmp_path / "cloud", seed=CLOUD) as found:
        yield found


@pytest.fixture
def start_cloud(tmp_path: Path) -> Callable[..., AbstractContextManager[Cloud]]:
    """Starts a local cloud with another seed or other switches."""

    def start(seed: Any = CLOUD, **options: Any) -> AbstractContextManager[Cloud]:
        return running(tmp_path / "cloud", seed=seed, **options)

    return start


@pytest.fixture
def configuration() -> Configuration:
    """Few threads, and the local cloud's user signed in."""
    return Configuration(concurrency=4, sign_in=SignIn.DEVICE_CODE)


@contextmanager
def clients_of(cloud: Cloud, configuration: Configuration, **changes: Any) -> Iterator[ReadClients]:
    """Reading clients of a local cloud."""
    endpoints = replace(read_endpoints(Path(cloud.endpoints)), **changes)
    with open_clients(configuration, endpoints, prompt=pytest.fail) as clients:
        yield clients
