"""A local cloud for each test, and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.simulator import running
from tests.simulator.local import SEED, Client, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.simulator import Cloud


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "state", SEED) as served:
        yield served


@pytest.fixture
def client(cloud: Cloud) -> Iterator[Client]:
    made = client_of(cloud)
    yield made
    made.session.close()


@pytest.fixture
def sales(client: Client) -> dict[str, str]:
    return client.environment("sales")
