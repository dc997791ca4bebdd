"""Each request that writes is told, before it goes and when it is answered."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.clients.clients import WriteClients
from reconciler.clients.link_service import LinkServiceWriter
from reconciler.live.environment import organization_of
from reconciler.model.configuration import Configuration
from reconciler.model.errors import OutcomeUnknown
from reconciler.model.outcome import Write
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, fleet
from tests.run import read


def service(clients: Any, configuration: Configuration, told: list[Write]) -> LinkServiceWriter:
    live = read(clients, fleet(), configuration).environments["sales"]
    sales = ENVIRONMENTS["sales"]
    writing = WriteClients.beside(clients, on_write=told.append)
    return writing.link_service(sales, organization_of(sales, live), live.service_host or "")


def test_a_write_is_told_twice_and_a_read_never(cloud: Cloud, configuration: Configuration) -> None:
    told: list[Write] = []
    with clients_of(cloud, configuration) as clients:
        writer = service(clients, configuration, told)
        writer.lakes()
        assert told == []
        writer.register_organization()
    before, after = told
    assert (before.id, before.method, before.url, before.time) == (after.id, after.method, after.url, after.time)
    assert (before.status, before.request_id) == (None, "")
    assert after.status == 200
    assert "?" not in before.url
    assert before.id == [entry.correlation for entry in cloud.record if entry.write][-1]


def test_each_attempt_is_told_by_an_id_of_its_own(cloud: Cloud, configuration: Configuration) -> None:
    told: list[Write] = []
    with clients_of(cloud, configuration) as clients:
        writer = service(clients, configuration, told)
        cloud.faults.add("throttle", "link.register", times=1, retry_after=0)
        writer.register_organization()
    assert [write.status for write in told] == [None, 429, None, 200]
    assert len({write.id for write in told}) == 2


def test_what_is_never_answered_is_told_once(cloud: Cloud, configuration: Configuration) -> None:
    told: list[Write] = []
    with clients_of(cloud, configuration) as clients:
        writer = service(clients, configuration, told)
        cloud.faults.add("reset-after", "link.register", times=1)
        with pytest.raises(OutcomeUnknown):
            writer.register_organization()
    assert [write.status for write in told] == [None]
